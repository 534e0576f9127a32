/** No process that was started to be measured outlives the benchmark. */
import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();

/** Ends it with this process, at the latest. */
export function endWithUs<T extends ChildProcess>(child: T): T {
  children.add(child);
  child.once('close', () => children.delete(child));
  return child;
}

process.once('exit', endAll);

/** A signal to stop is an end like any other: what is to be done at the end is done. */
export function endOnSignals(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}

function endAll(): void {
  for (const child of children) {
    // A group, where it leads one; else the process alone.
    if (!killGroup(child.pid)) child.kill('SIGKILL');
  }
}

function killGroup(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(-pid, 'SIGKILL');
  } catch {
    return false;
  }
}
