/** Memory of a process, in bytes; of Linux, which tells it under /proc. */
import { readFileSync } from 'node:fs';

/** `VmRSS`: now; `VmHWM`: the most so far. Null: the system does not say. */
export function memoryOf(pid: number | undefined, what: 'VmRSS' | 'VmHWM'): number | null {
  if (process.platform !== 'linux' || pid === undefined) return null;
  const [, kib] =
    new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return kib === undefined ? null : Number(kib) * 1_024;
}
