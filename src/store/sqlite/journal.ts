/** Which flows changed with which version: so that whoever keeps what was derived from flows need not read all of them again. */

/** Changed flows that are remembered; beyond them the oldest versions are forgotten. */
export const JOURNAL_FLOWS_MAX = 1_000_000;

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
      const flows = new Set<FlowKey>();
      if (since === current) return flows;
      const first = entries[0];
      const last = entries[entries.length - 1];
      if (first === undefined || first.version > since + 1 || last?.version !== current) return null;
      for (const entry of entries) if (entry.version > since) for (const key of entry.flows) flows.add(key);
      return flows;
    },
  };
}
