/** When to try again. */
import { RETRY_AFTER_MS_MAX, RETRY_MS_FIRST, RETRY_MS_MAX } from '../domain/limits.ts';

/**
 * Ms to wait after so many tries, from 1: twice as long each time, with up to half of it left to chance, so that many do not come
 * back at once. What the other side asked for is the least. `random`: 0 to 1.
 */
export function retryDelay(tries: number, random: () => number, retryAfterMs: number | null = null): number {
  const full = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** Math.min(30, tries - 1));
  const own = Math.round(full * (1 - random() / 2));
  return Math.max(own, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MS_MAX));
}
