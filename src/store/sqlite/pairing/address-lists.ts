/**
 * Finds stored connections by their address pair. An ordinary index would cost more than the rows themselves: its
 * keys are spread at random. Instead each batch leaves one sorted list behind, and lists of like size are merged, so
 * that there are never many to search.
 */
import type Database from 'better-sqlite3';
import { HashFilter } from './hash-filter.ts';
import { orderOf } from './radix-sort.ts';

/** So many lists of like size become one. */
const MERGED_LISTS = 8;
/** Longer lists are merged no more. */
const LIST_PAIRS_MAX = 262_144;
/** Lists held in memory after a search, the longest 2 MB each. */
const CACHED_LISTS_MAX = 8;
/** Bytes of filters, which say of most lists that a hash is not in them; past it, those that were made first go. */
const FILTER_BYTES_MAX = 8 * 1024 * 1024;
const HASH_BYTES = 4;
const ROW_BYTES = 8;
/** Of a row less the first one of its list, where all of them are that near. */
const NEAR_BYTES = 4;
const TWO_32 = 2 ** 32;

interface ListInfo {
  readonly id: number;
  readonly first: number;
  readonly last: number;
  readonly pairs: number;
}

export interface AddressLists {
  /** Notes a row of the batch. Times in ms since the epoch. */
  add(hash: number, row: number, start: number, end: number): void;
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
): AddressLists {
  const sql = {
    all: db.prepare<[], ListInfo>(`SELECT id, first, last, pairs FROM ${table} ORDER BY id`),
    list: db.prepare<[number], Buffer>(`SELECT list FROM ${table} WHERE id = ?`).pluck(),
    add: db.prepare(`INSERT INTO ${table} (first, last, pairs, list) VALUES (?, ?, ?, ?)`),
    drop: db.prepare(`DELETE FROM ${table} WHERE id = ?`),
  };
  let infos: ListInfo[] = [];
  const cache = new Map<number, StoredList>();
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

  const reset = () => {
    clearAdded();
    cache.clear();
    filters.clear();
    filterBytes = 0;
    infos = sql.all.all();
  };
  reset();

  const read = ({ id, pairs }: ListInfo): StoredList => {
    const list = sql.list.get(id);
    // Retention drops lists that are behind it.
    return list === undefined ? new StoredList(Buffer.alloc(ROW_BYTES), 0) : new StoredList(list, pairs);
  };

  const listOf = (info: ListInfo): StoredList => {
    const known = cache.get(info.id);
    const list = known ?? read(info);
    const [oldest] = cache.keys();
    if (known !== undefined) cache.delete(info.id);
    else if (cache.size >= CACHED_LISTS_MAX && oldest !== undefined) cache.delete(oldest);
    // The one that was asked for last is dropped last.
    cache.set(info.id, list);
    if (!filters.has(info.id)) addFilter(info.id, list.hashes());
    return list;
  };

  const addFilter = (id: number, listed: Uint32Array): void => {
    const filter = new HashFilter(listed);
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

  const store = (listed: Uint32Array, of: Float64Array, from: number, to: number): void => {
    const pairs = listed.length;
    const id = Number(sql.add.run(from, to, pairs, encodeList(listed, of)).lastInsertRowid);
    infos.push({ id, first: from, last: to, pairs });
    addFilter(id, listed);
  };

  /** Merges the newest lists when enough of them are of like size. */
  const merge = (): void => {
    for (;;) {
      const tail = infos.slice(-MERGED_LISTS);
      const size = sizeClass(tail[0]);
      const total = tail.reduce((sum, info) => sum + info.pairs, 0);
      if (tail.length < MERGED_LISTS || total > LIST_PAIRS_MAX || tail.some((info) => sizeClass(info) > size))
        return;
      const mergedHashes = new Uint32Array(total);
      const mergedRows = new Float64Array(total);
      let length = 0;
      for (const info of tail) {
        const list = read(info);
        for (let at = 0; at < list.length; at++) {
          mergedHashes[length] = list.hash(at);
          mergedRows[length++] = list.row(at);
        }
        sql.drop.run(info.id);
        cache.delete(info.id);
        dropFilter(info.id);
      }
      infos.length -= MERGED_LISTS;
      const from = Math.min(...tail.map((info) => info.first));
      store(mergedHashes, mergedRows, from, Math.max(...tail.map((info) => info.last)));
    }
  };

  const write = (): void => {
    if (added === 0) return;
    store(hashes.subarray(0, added), rows.subarray(0, added), first, last);
    clearAdded();
    merge();
  };

  return {
    add(hash, row, start, end) {
      if (added === rows.length) {
        hashes = grown(hashes, new Uint32Array(added * 2));
        rows = grown(rows, new Float64Array(added * 2));
      }
      hashes[added] = hash;
      rows[added] = row;
      added++;
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

/** Shape: as in the table. Every machine that Node.js runs on is little endian. */
function encodeList(hashes: Uint32Array, rows: Float64Array): Buffer {
  const order = orderOf(hashes);
  const length = order.length;
  let base = Number.POSITIVE_INFINITY;
  let last = 0;
  for (let i = 0; i < length; i++) {
    const row = rows[i] ?? 0;
    if (row < base) base = row;
    if (row > last) last = row;
  }
  const isNear = last - base < TWO_32;
  const list = Buffer.allocUnsafeSlow(length * (HASH_BYTES + (isNear ? NEAR_BYTES : ROW_BYTES)) + ROW_BYTES);
  list.writeDoubleLE(base, 0);
  const sorted = new Uint32Array(list.buffer, ROW_BYTES, length);
  for (let i = 0; i < length; i++) sorted[i] = hashes[order[i] ?? 0] ?? 0;
  const rowsAt = ROW_BYTES + length * HASH_BYTES;
  if (isNear) {
    const near = new Uint32Array(list.buffer, rowsAt, length);
    for (let i = 0; i < length; i++) near[i] = (rows[order[i] ?? 0] ?? 0) - base;
  } else {
    for (let i = 0; i < length; i++)
      list.writeDoubleLE((rows[order[i] ?? 0] ?? 0) - base, rowsAt + i * ROW_BYTES);
  }
  return list;
}

/** A list as it is stored. */
class StoredList {
  readonly length: number;
  readonly #list: Buffer;
  readonly #base: number;
  readonly #rowsAt: number;
  readonly #isNear: boolean;

  constructor(list: Buffer, pairs: number) {
    this.#list = list;
    this.length = pairs;
    this.#base = list.readDoubleLE(0);
    this.#rowsAt = ROW_BYTES + pairs * HASH_BYTES;
    this.#isNear = list.length === this.#rowsAt + pairs * NEAR_BYTES;
  }

  hash(at: number): number {
    return this.#list.readUInt32LE(ROW_BYTES + at * HASH_BYTES);
  }

  hashes(): Uint32Array {
    return Uint32Array.from({ length: this.length }, (_, at) => this.hash(at));
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
