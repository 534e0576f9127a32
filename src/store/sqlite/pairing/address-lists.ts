/**
 * Finds stored connections by their address pair. An ordinary index would cost more than the rows themselves: its
 * keys are spread at random. Instead each batch leaves one sorted list behind, and lists of like size are merged, so
 * that there are never many to search.
 */
import type Database from 'better-sqlite3';
import type { HashFilter } from './hash-filter.ts';
import { ListMaker, type MadeList } from './list-maker.ts';

/** So many lists of like size become one. */
const MERGED_LISTS = 8;
/** Longer lists are merged no more. */
const LIST_PAIRS_MAX = 262_144;
/** Bytes of lists held in memory, those that were made or searched last: lines come whose partners came not long before. */
const CACHED_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes of filters, which say of most lists that a hash is not in them; past it, those that were made first go. */
const FILTER_BYTES_MAX = 8 * 1024 * 1024;
const HASH_BYTES = 4;
const ROW_BYTES = 8;
/** Of a row less the first one of its list, where all of them are that near. */
const NEAR_BYTES = 4;

interface ListInfo {
  readonly id: number;
  readonly first: number;
  readonly last: number;
  readonly pairs: number;
}

export interface AddressLists {
  /** Notes a row of the batch. Times in ms since the epoch. */
  add(hash: number, row: number, start: number, end: number): void;
  /** The same of many: their lives lie within [start, end]. */
  addAll(hashes: Uint32Array, rows: Float64Array, start: number, end: number): void;
  /** Rows that may hold a connection with this hash and a life that touches [from, to]. */
  find(hash: number, from: number, to: number): number[];
  /** Latest end of all connections listed; -Infinity when there are none. */
  latestEnd(): number;
  /** Stores what was added: once a transaction, or when it is searched. */
  write(): void;
  reset(): void;
}

export function createAddressLists(
  db: Database.Database,
  table: 'address_list' | 'loose_list' = 'address_list',
  maker = new ListMaker(),
): AddressLists {
  const sql = {
    all: db.prepare<[], ListInfo>(`SELECT id, first, last, pairs FROM ${table} ORDER BY id`),
    list: db.prepare<[number], Buffer>(`SELECT list FROM ${table} WHERE id = ?`).pluck(),
    add: db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?)`),
    drop: db.prepare(`DELETE FROM ${table} WHERE id = ?`),
  };
  let infos: ListInfo[] = [];
  /** Numbers are never given again: of what retention dropped, `infos` still has its own. */
  let nextId = 1;
  /** By list, in the order in which they were made or searched. */
  const cache = new Map<number, StoredList>();
  let cachedBytes = 0;
  /** By list, in the order in which they were made. */
  const filters = new Map<number, HashFilter>();
  let filterBytes = 0;
  let added = 0;
  let hashes = new Uint32Array(4_096);
  let rows = new Float64Array(4_096);
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;

  const clearAdded = () => {
    added = 0;
    first = Number.POSITIVE_INFINITY;
    last = Number.NEGATIVE_INFINITY;
  };

  /** Makes room for so many more. */
  const reserve = (more: number): void => {
    if (added + more <= rows.length) return;
    const capacity = Math.max(2 * rows.length, added + more);
    hashes = grown(hashes, new Uint32Array(capacity));
    rows = grown(rows, new Float64Array(capacity));
  };

  const reset = () => {
    clearAdded();
    cache.clear();
    cachedBytes = 0;
    filters.clear();
    filterBytes = 0;
    infos = sql.all.all();
    nextId = Math.max(nextId, (infos.at(-1)?.id ?? 0) + 1);
  };
  reset();

  const read = ({ id, pairs }: ListInfo): { readonly list: Buffer; readonly pairs: number } => {
    const list = sql.list.get(id);
    // Retention drops lists that are behind it.
    return list === undefined ? { list: Buffer.alloc(ROW_BYTES), pairs: 0 } : { list, pairs };
  };

  const listOf = (info: ListInfo): StoredList => {
    const known = cache.get(info.id);
    const list = known ?? new StoredList(read(info));
    dropCached(info.id);
    hold(info.id, list);
    if (!filters.has(info.id)) addFilter(info.id, maker.filterOf(list.hashes()));
    return list;
  };

  /** The one that was asked for last is dropped last. */
  const hold = (id: number, list: StoredList): void => {
    cache.set(id, list);
    cachedBytes += list.byteLength;
    for (const [oldest] of cache) {
      if (cachedBytes <= CACHED_BYTES_MAX || oldest === id) break;
      dropCached(oldest);
    }
  };

  const dropCached = (id: number): void => {
    cachedBytes -= cache.get(id)?.byteLength ?? 0;
    cache.delete(id);
  };

  const addFilter = (id: number, filter: HashFilter): void => {
    filters.set(id, filter);
    filterBytes += filter.byteLength;
    for (const [oldest] of filters) {
      if (filterBytes <= FILTER_BYTES_MAX) break;
      dropFilter(oldest);
    }
  };

  const dropFilter = (id: number): void => {
    filterBytes -= filters.get(id)?.byteLength ?? 0;
    filters.delete(id);
  };

  const store = ({ list, filter }: MadeList, pairs: number, from: number, to: number): void => {
    const id = nextId++;
    sql.add.run(id, from, to, pairs, list);
    infos.push({ id, first: from, last: to, pairs });
    addFilter(id, filter);
    hold(id, new StoredList({ list, pairs }));
  };

  /** Merges the newest lists when enough of them are of like size. */
  const merge = (): void => {
    for (;;) {
      const tail = infos.slice(-MERGED_LISTS);
      const size = sizeClass(tail[0]);
      const total = tail.reduce((sum, info) => sum + info.pairs, 0);
      if (tail.length < MERGED_LISTS || total > LIST_PAIRS_MAX || tail.some((info) => sizeClass(info) > size))
        return;
      // Fewer pairs than were noted, where retention dropped a list.
      const lists = tail.map(read);
      const pairs = lists.reduce((sum, list) => sum + list.pairs, 0);
      const made = maker.merge(lists);
      for (const info of tail) {
        sql.drop.run(info.id);
        dropCached(info.id);
        dropFilter(info.id);
      }
      infos.length -= MERGED_LISTS;
      const from = Math.min(...tail.map((info) => info.first));
      if (pairs > 0) store(made, pairs, from, Math.max(...tail.map((info) => info.last)));
    }
  };

  const write = (): void => {
    if (added === 0) return;
    store(maker.make(hashes.subarray(0, added), rows.subarray(0, added)), added, first, last);
    clearAdded();
    merge();
  };

  return {
    add(hash, row, start, end) {
      reserve(1);
      hashes[added] = hash;
      rows[added] = row;
      added++;
      if (start < first) first = start;
      if (end > last) last = end;
    },
    addAll(moreHashes, moreRows, start, end) {
      reserve(moreRows.length);
      hashes.set(moreHashes, added);
      rows.set(moreRows, added);
      added += moreRows.length;
      if (start < first) first = start;
      if (end > last) last = end;
    },
    find(hash, from, to) {
      write();
      const found: number[] = [];
      for (const info of infos) {
        if (info.first > to || info.last < from || filters.get(info.id)?.mayHave(hash) === false) continue;
        const list = listOf(info);
        for (let at = list.lowerBound(hash); at < list.length && list.hash(at) === hash; at++)
          found.push(list.row(at));
      }
      return found;
    },
    latestEnd: () => infos.reduce((latest, info) => Math.max(latest, info.last), Number.NEGATIVE_INFINITY),
    write,
    reset,
  };
}

function sizeClass(info: ListInfo | undefined): number {
  return Math.floor(Math.log2(Math.max(1, info?.pairs ?? 0)) / Math.log2(MERGED_LISTS));
}

/** A list as it is stored, and as `wasm/lists.ts` makes it. */
class StoredList {
  readonly length: number;
  readonly #list: Buffer;
  readonly #base: number;
  readonly #rowsAt: number;
  readonly #isNear: boolean;

  constructor({ list, pairs }: { readonly list: Buffer; readonly pairs: number }) {
    this.#list = list;
    this.length = pairs;
    this.#base = list.readDoubleLE(0);
    this.#rowsAt = ROW_BYTES + pairs * HASH_BYTES;
    this.#isNear = list.length === this.#rowsAt + pairs * NEAR_BYTES;
  }

  get byteLength(): number {
    return this.#list.byteLength;
  }

  hash(at: number): number {
    return this.#list.readUInt32LE(ROW_BYTES + at * HASH_BYTES);
  }

  /** All of them, 32 bits each. */
  hashes(): Uint8Array {
    return this.#list.subarray(ROW_BYTES, this.#rowsAt);
  }

  row(at: number): number {
    const from = this.#rowsAt + at * (this.#isNear ? NEAR_BYTES : ROW_BYTES);
    return this.#base + (this.#isNear ? this.#list.readUInt32LE(from) : this.#list.readDoubleLE(from));
  }

  /** First place whose hash is not less. */
  lowerBound(hash: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.hash(middle) < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function grown<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
