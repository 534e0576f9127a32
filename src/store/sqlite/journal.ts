/** Which flows changed with which version: so that whoever keeps what was derived from flows need not read all of them again. */

/** Changed flows that are remembered, 8 bytes each; beyond them the oldest versions are forgotten. */
export const JOURNAL_FLOWS_MAX = 4_000_000;

/** A flow as one number; hours have 20 bits, shapes 32. */
export type FlowKey = number;

/** Several flows. */
export type FlowKeys = Float64Array | readonly FlowKey[];

const SHAPES = 2 ** 32;

export interface Journal {
  /** Notes what a version changed; null: more than flows, so that nothing is known of before. Versions come in order. */
  note(version: number, flows: FlowKeys | null): void;
  /** Flows that changed after version `since` and up to `current`, each once. Null: not known. */
  changed(since: number, current: number): ReadonlySet<FlowKey> | null;
  /** The same, sooner: flows that changed with several versions are there several times. */
  listed(since: number, current: number): Float64Array | null;
  /** How many those are. */
  count(since: number, current: number): number | null;
}

export function flowKey(hour: number, shape: number): FlowKey {
  return hour * SHAPES + shape;
}

/** Hour and shape of a key. */
export function readFlowKey(key: FlowKey): { readonly hour: number; readonly shape: number } {
  return { hour: Math.floor(key / SHAPES), shape: key % SHAPES };
}

/** A journal in memory: it knows what this process wrote, and nothing of others. */
export function createJournal(flowsMax = JOURNAL_FLOWS_MAX): Journal {
  const entries: Array<{ readonly version: number; readonly flows: FlowKeys }> = [];
  let held = 0;
  const forget = (): void => {
    entries.length = 0;
    held = 0;
  };
  const isKnown = (since: number, current: number): boolean => {
    const first = entries[0];
    return (
      first !== undefined && first.version <= since + 1 && entries[entries.length - 1]?.version === current
    );
  };
  const count = (since: number, current: number): number | null => {
    if (since === current) return 0;
    if (!isKnown(since, current)) return null;
    return entries.reduce((sum, { version, flows }) => sum + (version > since ? flows.length : 0), 0);
  };
  const listed = (since: number, current: number): Float64Array | null => {
    const most = count(since, current);
    if (most === null) return null;
    const all = new Float64Array(most);
    let at = 0;
    for (const { version, flows } of entries) {
      if (most === 0 || version <= since) continue;
      all.set(flows, at);
      at += flows.length;
    }
    return all;
  };
  return {
    note(version, flows) {
      if (flows === null) return forget();
      const last = entries[entries.length - 1];
      // Another process wrote in between: what it changed is not known.
      if (last !== undefined && last.version !== version - 1) forget();
      entries.push({ version, flows });
      held += flows.length;
      while (held > flowsMax) held -= entries.shift()?.flows.length ?? held;
    },
    changed(since, current) {
      const all = listed(since, current);
      return all === null ? null : new Set(all);
    },
    listed,
    count,
  };
}
