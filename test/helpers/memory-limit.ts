/** A bound for the memory of processes, by control groups of Linux. */
import { existsSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';
/** The first version has a tree for memory, the second one tree for all. */
const IS_FIRST = existsSync(join(ROOT, 'memory', 'memory.limit_in_bytes'));
const FOLDER = IS_FIRST ? join(ROOT, 'memory') : ROOT;

export interface MemoryLimit {
  /** Puts a process under it. */
  take(pid: number): void;
  /** Bytes that were taken at most, with what the system keeps of files; null: not told. */
  peak(): number | null;
  /** How many processes were killed for taking too much. */
  kills(): number;
}

/** Null where groups cannot be made. */
export function limitMemory(t: { teardown(work: () => void): void }, bytes: number): MemoryLimit | null {
  let group: string;
  try {
    group = mkdtempSync(join(FOLDER, 'meshwake-'));
  } catch {
    return null;
  }
  t.teardown(() => rmdirSync(group));
  const write = (name: string, value: number): boolean => {
    try {
      writeFileSync(join(group, name), String(value));
      return true;
    } catch {
      return false;
    }
  };
  const read = (name: string): string => {
    const path = join(group, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  if (!write(IS_FIRST ? 'memory.limit_in_bytes' : 'memory.max', bytes)) return null;
  // Nothing is put aside to a disk instead.
  write(IS_FIRST ? 'memory.memsw.limit_in_bytes' : 'memory.swap.max', IS_FIRST ? bytes : 0);
  return {
    take: (pid) => writeFileSync(join(group, 'cgroup.procs'), String(pid)),
    peak: () => Number(read(IS_FIRST ? 'memory.max_usage_in_bytes' : 'memory.peak')) || null,
    kills: () =>
      Number(/^oom_kill (\d+)/m.exec(read(IS_FIRST ? 'memory.oom_control' : 'memory.events'))?.[1] ?? 0),
  };
}
