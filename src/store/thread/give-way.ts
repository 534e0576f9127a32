/** A thread that gives way to the others of its process where all of them want to work at once. */
import { getPriority, setPriority } from 'node:os';

/** Steps of niceness: of one core that two want, the other gets three quarters, or nine tenths with twice as many. */
export const STEPS = 5;
const NICEST = 19;

/**
 * Concerns the calling thread alone, and is no privilege. On Linux only: elsewhere a priority is that of the whole process,
 * which would give way to other programs. Where it is not allowed all stays as it is.
 */
export function giveWay(steps: number = STEPS, platform: NodeJS.Platform = process.platform): void {
  if (platform !== 'linux') return;
  try {
    setPriority(Math.min(NICEST, getPriority() + steps));
  } catch {
    // What others wait for takes longer, which is all that follows.
  }
}
