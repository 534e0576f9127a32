/** Prints incidents while lines still come in. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '../compose/runtime.ts';
import { NO_FILTER } from '../domain/filter.ts';
import { PAGE_ITEMS_MAX } from '../domain/limits.ts';
import type { IncidentHead } from '../domain/queries.ts';
import { type Incident, SEVERITIES, type Shift } from '../domain/resources.ts';
import { count, formatCount } from '../output/text.ts';
import { type Io, note } from './io.ts';
import { dbFlag } from './next-commands.ts';

/** Ms between two looks at the store; lines wait for `BATCH_AGE_MS_MAX` at most before they are in it. */
const LOOK_MS = 500;

/** Prints one incident with the shifts there are. */
export type ShowIncident = (incident: Incident, shifts: readonly Shift[]) => Promise<void>;

/**
 * Runs `read`, and meanwhile shows each incident once, as soon as it is known, and notes when one gets worse, ends, or
 * is none any more; looks a last time when `read` has ended. Incidents that are stored already are counted, not shown again;
 * `db` is where, as the user named it.
 * When showing fails (a closed pipe), `read` is interrupted. Returns what `read` does. Errors: of both.
 */
export async function follow<T>(
  runtime: Pick<Runtime, 'store' | 'analysis'>,
  io: Io,
  read: (io: Io) => Promise<T>,
  show: ShowIncident,
  db: string | null,
): Promise<T> {
  const stop = new AbortController();
  const look = createLook(runtime, io, show, db);
  const known = await look.known();
  if (known !== null) note(io, known);
  const ended = new AbortController();
  const reading = read({ ...io, interrupted: AbortSignal.any([io.interrupted, stop.signal]) }).finally(() =>
    ended.abort(),
  );
  try {
    await lookUntil(ended.signal, look.news);
  } catch (error) {
    stop.abort();
    await reading.catch(() => {});
    throw error;
  }
  const result = await reading;
  await look.news();
  return result;
}

async function lookUntil(ended: AbortSignal, look: () => Promise<void>): Promise<void> {
  while (!ended.aborted) {
    await look();
    await delay(LOOK_MS, undefined, { signal: ended }).catch(() => {});
  }
}

interface Look {
  /** Takes what is stored as told. A sentence about it; null when there is nothing. */
  readonly known: () => Promise<string | null>;
  /** Shows what is new since the last look. */
  readonly news: () => Promise<void>;
}

function createLook(
  { store, analysis }: Pick<Runtime, 'store' | 'analysis'>,
  io: Io,
  show: ShowIncident,
  db: string | null,
): Look {
  const shown = new Map<string, IncidentHead>();
  let version = Number.NaN;
  const known = async (): Promise<string | null> => {
    version = store.version();
    const heads = await analysis.incidentHeads(NO_FILTER);
    for (const head of heads) shown.set(head.id, head);
    const open = heads.filter((head) => head.ended === null).length;
    if (heads.length === 0) return null;
    return `${count(heads.length, 'incident')} known already, ${formatCount(open)} of them open: see \`meshwake get incidents${dbFlag(db)}\``;
  };
  const news = async (): Promise<void> => {
    const now = store.version();
    if (now === version) return;
    version = now;
    const heads = await analysis.incidentHeads(NO_FILTER);
    for (const head of heads) {
      const before = shown.get(head.id);
      if (before === undefined) continue;
      const change = changeOf(before, head);
      if (change !== null) note(io, `incident ${head.id} ${change}`);
      shown.set(head.id, head);
    }
    const present = new Set(heads.map(({ id }) => id));
    for (const id of [...shown.keys()].filter((id) => !present.has(id))) {
      note(io, `incident ${id} is withdrawn: further lines explain otherwise what it told`);
      shown.delete(id);
    }
    const fresh = heads.filter(({ id }) => !shown.has(id));
    if (fresh.length === 0) return;
    const shifts = (await analysis.shifts(NO_FILTER, { limit: PAGE_ITEMS_MAX, cursor: null })).items;
    for (const head of fresh) {
      const incident = await analysis.incident(head.id);
      // Lines that came meanwhile may have made another one of it, which the next look finds.
      if (incident === null) continue;
      shown.set(head.id, head);
      await show(incident, shifts);
    }
  };
  return { known, news };
}

/** What is worth a word of an incident that was shown before; null: nothing. */
function changeOf(before: IncidentHead, now: IncidentHead): string | null {
  if (now.ended !== null && before.ended === null)
    return `is over: another routing was seen from ${now.ended} on`;
  if (now.ended === null && before.ended !== null) return 'goes on';
  const rank = (head: IncidentHead) => SEVERITIES.indexOf(head.severity);
  if (rank(now) <= rank(before)) return null;
  return `is ${now.severity} now, with ${formatCount(now.connections)} connections`;
}
