/** A thread that gives way to the others of its process where all of them want to work at once. */
import { getPriority, setPriority } from 'node:os';

/** Steps of niceness: of one core that two want, the other gets three quarters. */
const STEPS = 5;
const NICEST = 19;

/**
 * Concerns the calling thread alone, and is no privilege. On Linux only: elsewhere a priority is that of the whole process,
 * which would give way to other programs. Where it is not allowed all stays as it is.
 */
export function giveWay(platform: NodeJS.Platform = process.platform): void {
  if (platform !== 'linux') return;
  try {
    setPriority(Math.min(NICEST, getPriority() + STEPS));
  } catch {
    // Slower answers while lines come in are all that follows.
  }
}
