/** Sorts by numbers of 32 bits, a third of their bits at a time: several times quicker than comparing. */

const BITS = 11;
const BUCKETS = 2 ** BITS;
const PASSES = 3;

/** Used again and again: new ones for each sort would be work for the garbage collector. */
let first = new Uint32Array(0);
let second = new Uint32Array(0);
/** Of each pass: how many keys are in each bucket, then where the next one of it goes. */
const next = new Uint32Array(PASSES * BUCKETS);

/** Numbers of 32 bits; negative ones come last. */
export type SortKeys = Uint32Array | Int32Array;

/**
 * Places of the keys in ascending order; equal ones stay in theirs, or in that of `before`, which may name some of the places
 * only. The result holds until the next call but one that is given it.
 */
export function orderOf(keys: SortKeys, before?: Uint32Array): Uint32Array {
  const length = before?.length ?? keys.length;
  let order: Uint32Array = begin(length, before);
  let sorted: Uint32Array = (order.buffer === first.buffer ? second : first).subarray(0, length);
  countAll(keys, order);
  for (let pass = 0; pass < PASSES; pass++) {
    const shift = pass * BITS;
    const from = pass * BUCKETS;
    // Where all keys have the same bits, their order stays.
    if (length === 0 || next[from + bucketOf(keys[order[0] as number] as number, shift)] === length) continue;
    for (let bucket = from, sum = 0; bucket < from + BUCKETS; bucket++) {
      const count = next[bucket] as number;
      next[bucket] = sum;
      sum += count;
    }
    for (let i = 0; i < length; i++) {
      const place = order[i] as number;
      const bucket = from + bucketOf(keys[place] as number, shift);
      const to = next[bucket] as number;
      sorted[to] = place;
      next[bucket] = to + 1;
    }
    [order, sorted] = [sorted, order];
  }
  return order;
}

/** The order that there is: in one of the two arrays. */
function begin(length: number, before: Uint32Array | undefined): Uint32Array {
  if (before !== undefined && (before.buffer === first.buffer || before.buffer === second.buffer))
    return before;
  if (first.length < length) {
    first = new Uint32Array(length);
    second = new Uint32Array(length);
  }
  const order = first.subarray(0, length);
  if (before !== undefined) order.set(before);
  else for (let i = 0; i < length; i++) order[i] = i;
  return order;
}

function countAll(keys: SortKeys, order: Uint32Array): void {
  next.fill(0);
  for (let i = 0; i < order.length; i++) {
    const key = keys[order[i] as number] as number;
    count(bucketOf(key, 0));
    count(BUCKETS + bucketOf(key, BITS));
    count(2 * BUCKETS + bucketOf(key, 2 * BITS));
  }
}

function count(bucket: number): void {
  next[bucket] = (next[bucket] as number) + 1;
}

function bucketOf(key: number, shift: number): number {
  return (key >>> shift) & (BUCKETS - 1);
}
