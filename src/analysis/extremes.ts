/** Smallest of the numbers, or `otherwise` when there are none. Unlike `Math.min(...)` without a bound on their count. */
export function minOf(numbers: Iterable<number>, otherwise: number): number {
  let least: number | null = null;
  for (const number of numbers) if (least === null || number < least) least = number;
  return least ?? otherwise;
}

/** Largest of the numbers, or `otherwise` when there are none. */
export function maxOf(numbers: Iterable<number>, otherwise: number): number {
  let most: number | null = null;
  for (const number of numbers) if (most === null || number > most) most = number;
  return most ?? otherwise;
}
