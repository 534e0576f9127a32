import { openRuntime } from '../compose/local.ts';
import type { Target } from '../config.ts';
import type { Io } from './io.ts';
import { localSource } from './local-source.ts';
import { createClient } from './remote.ts';
import { remoteSource } from './remote-source.ts';
import type { Source } from './source.ts';

/** Errors: those of opening a database to read; `server_unreachable` comes with the first question. */
export async function openSource(target: Target, io: Io, token: string | null): Promise<Source> {
  if (target.kind === 'server') return remoteSource(createClient(target.url, token));
  const { analysis, store, close } = await openRuntime({ db: target.db, mode: 'read', now: io.now });
  return localSource({ analysis, kept: store.reports }, close, io.now);
}
