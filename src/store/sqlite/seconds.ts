/** Which lines are there already, and where the next row goes: by the second of their start. */
import type Database from 'better-sqlite3';
import { HASH_BASE, ROWS_PER_SECOND, secondOfRow } from './rows.ts';

/** Hashes of lines held in memory; whole seconds are forgotten past it and read again when they are needed. */
const CACHED_LINES_MAX = 150_000;

interface Second {
  /** Number of the next row within the second. */
  next: number;
  /** Hashes of the lines that started in it: low 32 bits (or the next free number after them) to high 16 bits. */
  readonly seen: Map<number, number>;
}

export interface Seconds {
  /** Notes a line; false: it was there already. */
  add(second: number, hash: number): boolean;
  /**
   * Has the lines of a second in memory. Call before a line that started in it leaves the table: read only afterwards, the
   * second would be without that line, and it could be stored once more.
   */
  learn(second: number): void;
  /** A row number that is free, in this second or, when that is full, in one after it. */
  nextRow(second: number): number;
  /** Call after each transaction: forgets what is beyond the bound. */
  trim(): void;
  reset(): void;
}

export function createSeconds(db: Database.Database): Seconds {
  const columns = 'row, c_start, c_hash, s_start, s_hash';
  const rows = db
    .prepare<[number, number], RowHashes>(`SELECT ${columns} FROM connection WHERE row >= ? AND row < ?`)
    .raw();
  const elsewhere = db
    .prepare<[number], RowHashes>(
      `SELECT ${columns} FROM connection WHERE row IN (SELECT row FROM elsewhere WHERE second = ?)`,
    )
    .raw();
  const latest = db.prepare<[], number>('SELECT max(row) FROM connection').pluck();
  const latestElsewhere = db.prepare<[], number>('SELECT max(second) FROM elsewhere').pluck();
  const cache = new Map<number, Second>();
  let lastSecond = -1;
  let last: Second | null = null;
  let cachedLines = 0;
  /** Every line that started later than this is in the cache; what started before may be in the table alone. */
  let wholeAfter = 0;

  const learnWholeAfter = () => {
    wholeAfter = Math.max(secondOfRow(latest.get() ?? 0), latestElsewhere.get() ?? 0);
  };
  learnWholeAfter();

  const load = (second: number): Second => {
    const loaded: Second = { next: 0, seen: new Map() };
    if (second <= wholeAfter) {
      const first = second * ROWS_PER_SECOND;
      for (const row of rows.all(first, first + ROWS_PER_SECOND)) {
        note(loaded, row, second);
        loaded.next = row[0] - first + 1;
      }
      for (const row of elsewhere.all(second)) note(loaded, row, second);
    }
    cachedLines += loaded.seen.size;
    cache.set(second, loaded);
    return loaded;
  };

  return {
    add(second, hash) {
      if (second !== lastSecond || last === null) {
        last = cache.get(second) ?? load(second);
        lastSecond = second;
      }
      if (!noteHash(last, hash)) return false;
      cachedLines++;
      return true;
    },
    learn(second) {
      if (!cache.has(second)) load(second);
    },
    nextRow(second) {
      for (let at = second; ; at++) {
        const state = cache.get(at) ?? load(at);
        if (state.next < ROWS_PER_SECOND) return at * ROWS_PER_SECOND + state.next++;
      }
    },
    trim() {
      for (const [second, state] of cache) {
        if (cachedLines <= CACHED_LINES_MAX) return;
        cache.delete(second);
        wholeAfter = Math.max(wholeAfter, second);
        cachedLines -= state.seen.size;
        if (second === lastSecond) last = null;
      }
    },
    reset() {
      cache.clear();
      last = null;
      cachedLines = 0;
      learnWholeAfter();
    },
  };
}

/** Row, then start (ms after the row's second) and stored hash of the client's line and of the server's. */
type RowHashes = readonly [number, number | null, number | null, number | null, number | null];

function note(state: Second, [row, ...lines]: RowHashes, second: number): void {
  const base = secondOfRow(row) * 1_000;
  for (const [start, hash] of [lines.slice(0, 2), lines.slice(2)]) {
    if (start == null || hash == null || Math.floor((base + start) / 1_000) !== second) continue;
    noteHash(state, hash + HASH_BASE);
  }
}

/** Notes a hash of 48 bits; false: it was there. In halves, because small integers make no garbage. */
function noteHash({ seen }: Second, hash: number): boolean {
  const high = Math.floor(hash / 0x1_0000_0000);
  for (let low = hash | 0; ; low = (low + 1) | 0) {
    const known = seen.get(low);
    if (known === undefined) {
      seen.set(low, high);
      return true;
    }
    if (known === high) return false;
  }
}
