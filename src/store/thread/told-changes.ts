/** What changed, for whoever reads the file of a store that lives in another thread: the file may be ahead of what was told. */

export interface Told {
  /** The newest version that was told. */
  version(): number;
  /** Flows that changed after a version and up to that one, each perhaps several times; null: not known. */
  listed(since: number, current: number): Float64Array | null;
  /** Resolves when another version is told, or after `ms`. */
  stored(ms: number): Promise<void>;
}

/** Ms that a transaction is waited for which is in the file: it is told at once. */
const TOLD_MS_MAX = 2_000;

/**
 * Flows that changed after a version and up to `upTo` at least, which was read from the file. Null: not known, so that all has
 * to be read; also where another process stored that version, of which nobody tells.
 */
export function createToldChanges({ version, listed, stored }: Told, msMax = TOLD_MS_MAX) {
  return async (since: number, upTo: number): Promise<Float64Array | null> => {
    const until = performance.now() + msMax;
    for (let left = msMax; version() < upTo && left > 0; left = until - performance.now()) await stored(left);
    return version() < upTo ? null : listed(since, version());
  };
}
