/** Whether there is memory for a second model. */
import { freemem } from 'node:os';

/** Of what is free, so much may be taken. */
const SHARE = 0.5;
/** A thread takes this much beside its objects, and a model grows while it is made. */
const MORE = 1.5;

/** `heapBytes`: what the first takes. Where the process may not use all memory of the machine, what is left of its own counts. */
export function hasRoomForTwin(heapBytes: number, free = freeBytes()): boolean {
  return MORE * heapBytes < SHARE * free;
}

function freeBytes(): number {
  // 0, or more than any machine has, where nothing is set.
  const most = process.constrainedMemory();
  const free = freemem();
  return most > 0 && most < Number.MAX_SAFE_INTEGER ? Math.min(free, most - process.memoryUsage.rss()) : free;
}
