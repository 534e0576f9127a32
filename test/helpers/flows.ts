/** Made-up lines, and a real store that holds them for one test. */

import { pairingRules } from '../../src/analysis/pairing/rules.ts';
import {
  type AccessLogEntry,
  EMPTY_ENTRY,
  NO_IDENTITY,
  numbersOf,
  type ParsedLine,
} from '../../src/domain/entry.ts';
import { columnsOf } from '../../src/domain/line-columns.ts';
import type { RejectTally, Store } from '../../src/domain/ports.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

/** Fields of a made-up line; what is left out is absent, as on a TCP line. `start_time` may be RFC 3339. */
export type LineDraft = Partial<Omit<AccessLogEntry, 'start_time'>> & {
  readonly start_time: number | string;
  readonly pod?: string | null;
  readonly namespace?: string | null;
};

/** A store that can be given more lines without waiting. */
export interface MemoryStore extends Store {
  add(lines: readonly ParsedLine[]): void;
}

/** Builds one line of TCP, or of HTTP when a method is given. */
export function makeLine(draft: LineDraft): ParsedLine {
  const { pod = null, namespace = null, start_time, ...fields } = draft;
  const entry: AccessLogEntry = {
    ...EMPTY_ENTRY,
    start_time: typeof start_time === 'number' ? start_time : Date.parse(start_time),
    response_code: 0,
    bytes_received: 0,
    bytes_sent: 0,
    duration: 0,
    ...fields,
  };
  const identity = pod === null ? NO_IDENTITY : { ...NO_IDENTITY, pod, namespace, container: 'istio-proxy' };
  return {
    entry,
    identity,
    format: 'made-up',
    envelope: 'none',
    raw: JSON.stringify(entry),
    rebuildable: false,
    utf8: true,
    numbers: numbersOf(entry),
  };
}

/** A temporary store with these lines, one batch. */
export function memoryStore(
  lines: readonly ParsedLine[] = [],
  rejects: readonly RejectTally[] = [],
): MemoryStore {
  const store = openSqliteStore({ path: null, mode: 'write', rules: pairingRules });
  // The work is done when the call returns; only its answer comes later.
  const add = (more: readonly ParsedLine[]) => void store.append(columnsOf(more), []);
  void store.append(columnsOf(lines), rejects);
  return { ...store, add };
}
