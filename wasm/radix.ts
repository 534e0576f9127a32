/** Sorting by some bits at once, lowest first: what all that is sorted here has in common. Keys are numbers of 64 bits, one behind the other. */

export const BITS: u64 = 11;
export const BUCKETS: i32 = 2_048;

// @ts-ignore: decorator
@inline
export function bucketAt(counts: usize, key: u64, shift: u64): usize {
  return counts + 4 * <usize>((key >> shift) & <u64>(BUCKETS - 1));
}

/** True when keys that differ in these bits have to be sorted by those from `shift` on. */
// @ts-ignore: decorator
@inline
export function differsAt(differing: u64, shift: u64): bool {
  return ((differing >> shift) & <u64>(BUCKETS - 1)) !== 0;
}

/** Says in `counts`, of BUCKETS numbers, where the first key of each bucket goes. */
export function findPlaces(counts: usize, keys: usize, count: i32, shift: u64): void {
  memory.fill(counts, 0, 4 * <usize>BUCKETS);
  for (let i = 0; i < count; i++) {
    const bucket = bucketAt(counts, load<u64>(keys + 8 * <usize>i), shift);
    store<i32>(bucket, load<i32>(bucket) + 1);
  }
  let sum = 0;
  for (let i = 0; i < BUCKETS; i++) {
    const bucket = counts + 4 * <usize>i;
    const size = load<i32>(bucket);
    store<i32>(bucket, sum);
    sum += size;
  }
}

/** Where the next key of a bucket goes. */
// @ts-ignore: decorator
@inline
export function takePlace(bucket: usize): usize {
  const place = load<i32>(bucket);
  store<i32>(bucket, place + 1);
  return <usize>place;
}
