/** Prints incidents while lines still come in. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '../compose.ts';
import { NO_FILTER } from '../domain/filter.ts';
import { PAGE_ITEMS_MAX } from '../domain/limits.ts';
import type { Incident, Shift } from '../domain/resources.ts';
import type { Io } from './io.ts';

/** Ms between two looks at the store; lines wait for `BATCH_AGE_MS_MAX` at most before they are in it. */
const LOOK_MS = 500;

/** Prints one incident with the shifts there are. */
export type ShowIncident = (incident: Incident, shifts: readonly Shift[]) => Promise<void>;

/**
 * Runs `read`, and meanwhile shows each incident once, as soon as it is known; looks a last time when `read` has ended.
 * When showing fails (a closed pipe), `read` is interrupted. Returns what `read` does. Errors: of both.
 */
export async function follow<T>(
  runtime: Pick<Runtime, 'store' | 'analysis'>,
  io: Io,
  read: (io: Io) => Promise<T>,
  show: ShowIncident,
): Promise<T> {
  const stop = new AbortController();
  const look = createLook(runtime, show);
  const ended = new AbortController();
  const reading = read({ ...io, interrupted: AbortSignal.any([io.interrupted, stop.signal]) }).finally(() =>
    ended.abort(),
  );
  try {
    await lookUntil(ended.signal, look);
  } catch (error) {
    stop.abort();
    await reading.catch(() => {});
    throw error;
  }
  const result = await reading;
  await look();
  return result;
}

async function lookUntil(ended: AbortSignal, look: () => Promise<void>): Promise<void> {
  while (!ended.aborted) {
    await look();
    await delay(LOOK_MS, undefined, { signal: ended }).catch(() => {});
  }
}

function createLook({ store, analysis }: Pick<Runtime, 'store' | 'analysis'>, show: ShowIncident) {
  const shown = new Set<string>();
  let version = Number.NaN;
  return async (): Promise<void> => {
    const now = store.version();
    if (now === version) return;
    version = now;
    const fresh = (await analysis.incidentIds()).filter((id) => !shown.has(id));
    if (fresh.length === 0) return;
    const shifts = (await analysis.shifts(NO_FILTER, { limit: PAGE_ITEMS_MAX, cursor: null })).items;
    for (const id of fresh) {
      const incident = await analysis.incident(id);
      // Lines that came meanwhile may have made another one of it, which the next look finds.
      if (incident === null) continue;
      shown.add(id);
      await show(incident, shifts);
    }
  };
}
