/** Memory of a process and of all that it started. Linux alone tells it; elsewhere nothing is known. */
import { readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 20;

export interface MemoryWatch {
  /** MB held now; null where the system does not tell, or the process is gone. */
  now(): number | null;
  /** Stops looking. The most that was held at once, MB; null where the system does not tell. */
  stop(): number | null;
}

/** Watches the process and its descendants until stopped. */
export function watchMemory(pid: number): MemoryWatch {
  let peak: number | null = null;
  let alone = 0;
  const sample = (): void => {
    const tree = descendants(pid).flatMap((id) => memoryOf(id) ?? []);
    if (tree.length === 0) return;
    const held = sum(tree.map(({ rss }) => rss));
    peak = Math.max(peak ?? 0, held);
    // Between two looks a single process may have held more: the system remembers its own peak.
    alone = Math.max(alone, ...tree.map((one) => one.peak));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    now() {
      const tree = descendants(pid).flatMap((id) => memoryOf(id) ?? []);
      return tree.length === 0 ? null : sum(tree.map(({ rss }) => rss));
    },
    stop() {
      clearInterval(timer);
      return peak === null ? null : Math.max(peak, alone);
    },
  };
}

function descendants(pid: number): number[] {
  const children = threadsOf(pid).flatMap(
    (thread) => read(`/proc/${pid}/task/${thread}/children`)?.match(/\d+/g) ?? [],
  );
  return [pid, ...children.flatMap((child) => descendants(Number(child)))];
}

/** Each thread has the children that it started itself. */
function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function memoryOf(pid: number): { readonly rss: number; readonly peak: number } | null {
  const status = read(`/proc/${pid}/status`);
  if (status === null) return null;
  const mb = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024;
  return { rss: mb('VmRSS'), peak: mb('VmHWM') };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
