/**
 * Finds stored connections by their address pair. An ordinary index would cost more than the rows themselves: its
 * keys are spread at random. Instead each batch leaves one sorted list behind, and lists of like size are merged, so
 * that there are never many to search.
 */
import type Database from 'better-sqlite3';
import { invariant } from '../../../domain/errors.ts';

/** So many lists of like size become one. */
const MERGED_LISTS = 8;
/** Longer lists are merged no more. */
const LIST_PAIRS_MAX = 262_144;
/** Lists held in memory after a search, about 3 MB each at the most. */
const CACHED_LISTS_MAX = 8;
const HASH_BYTES = 4;
const ROW_BYTES = 8;

interface ListInfo {
  readonly id: number;
  readonly first: number;
  readonly last: number;
  readonly pairs: number;
}

interface PairList {
  readonly hashes: Uint32Array;
  readonly rows: Float64Array;
}

export interface AddressLists {
  /** Notes a row of the batch. Times in ms since the epoch. */
  add(hash: number, row: number, start: number, end: number): void;
  /** Rows that may hold a connection with this hash and a life that touches [from, to]. */
  find(hash: number, from: number, to: number): number[];
  /** Latest end of all connections listed; -Infinity when there are none. */
  latestEnd(): number;
  /** Stores what was added. */
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
  const cache = new Map<number, PairList>();
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
    infos = sql.all.all();
  };
  reset();

  const listOf = (id: number): PairList => {
    const known = cache.get(id);
    if (known !== undefined) return known;
    const list = decodeList(sql.list.get(id) ?? Buffer.alloc(0));
    const [oldest] = cache.keys();
    if (cache.size >= CACHED_LISTS_MAX && oldest !== undefined) cache.delete(oldest);
    cache.set(id, list);
    return list;
  };

  const store = (list: PairList, from: number, to: number): void => {
    const pairs = list.rows.length;
    const id = Number(sql.add.run(from, to, pairs, encodeList(list)).lastInsertRowid);
    infos.push({ id, first: from, last: to, pairs });
  };

  /** Merges the newest lists when enough of them are of like size. */
  const merge = (): void => {
    for (;;) {
      const tail = infos.slice(-MERGED_LISTS);
      const size = sizeClass(tail[0]);
      const total = tail.reduce((sum, info) => sum + info.pairs, 0);
      if (tail.length < MERGED_LISTS || total > LIST_PAIRS_MAX || tail.some((info) => sizeClass(info) > size))
        return;
      const merged = joinLists(tail.map((info) => decodeList(sql.list.get(info.id) ?? Buffer.alloc(0))));
      for (const info of tail) {
        sql.drop.run(info.id);
        cache.delete(info.id);
      }
      infos.length -= MERGED_LISTS;
      store(merged, Math.min(...tail.map((info) => info.first)), Math.max(...tail.map((info) => info.last)));
    }
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
      const found: number[] = [];
      for (const info of infos) {
        if (info.first > to || info.last < from) continue;
        const list = listOf(info.id);
        for (let at = lowerBound(list.hashes, hash); list.hashes[at] === hash; at++)
          found.push(list.rows[at] ?? 0);
      }
      return found;
    },
    latestEnd: () => infos.reduce((latest, info) => Math.max(latest, info.last), Number.NEGATIVE_INFINITY),
    write() {
      if (added === 0) return;
      store(sortedList(hashes.subarray(0, added), rows.subarray(0, added)), first, last);
      clearAdded();
      merge();
    },
    reset,
  };
}

function sizeClass(info: ListInfo | undefined): number {
  return Math.floor(Math.log2(Math.max(1, info?.pairs ?? 0)) / Math.log2(MERGED_LISTS));
}

/** Places that fit beside a hash of 32 bits into the 53 bits of a number. */
const PLACES = 2 ** 21;

function sortedList(hashes: Uint32Array, rows: Float64Array): PairList {
  invariant(hashes.length <= PLACES, `a list of ${hashes.length} rows cannot be sorted`);
  // Hash and place in one number sort as numbers, without a comparison of ours.
  const keys = Float64Array.from(hashes, (hash, place) => hash * PLACES + place).sort();
  const sorted: PairList = { hashes: new Uint32Array(keys.length), rows: new Float64Array(keys.length) };
  keys.forEach((key, at) => {
    const hash = Math.floor(key / PLACES);
    sorted.hashes[at] = hash;
    sorted.rows[at] = rows[key - hash * PLACES] ?? 0;
  });
  return sorted;
}

function joinLists(lists: readonly PairList[]): PairList {
  const length = lists.reduce((sum, list) => sum + list.rows.length, 0);
  const hashes = new Uint32Array(length);
  const rows = new Float64Array(length);
  let at = 0;
  for (const list of lists) {
    hashes.set(list.hashes, at);
    rows.set(list.rows, at);
    at += list.rows.length;
  }
  return sortedList(hashes, rows);
}

function lowerBound(sorted: Uint32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function encodeList({ hashes, rows }: PairList): Buffer {
  return Buffer.concat([
    Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength),
    Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength),
  ]);
}

/** Shape: as in the table; every machine that Node.js runs on is little endian. */
function decodeList(bytes: Buffer): PairList {
  const length = Math.floor(bytes.length / (HASH_BYTES + ROW_BYTES));
  // A copy, because the two arrays must begin at multiples of their element's size.
  const hashes = new Uint32Array(length);
  const rows = new Float64Array(length);
  new Uint8Array(hashes.buffer).set(bytes.subarray(0, length * HASH_BYTES));
  new Uint8Array(rows.buffer).set(bytes.subarray(length * HASH_BYTES, length * (HASH_BYTES + ROW_BYTES)));
  return { hashes, rows };
}

function grown<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
