/** Reads CPU profiles as Node.js writes them (`--cpu-prof`), one for each thread. */
import { type Stage, stageOf } from './stages.ts';

/** Where a function is: lines and columns from 0. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** The part of the format that is needed. Source: Chrome DevTools Protocol, `Profiler.Profile`. */
export interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number;
    readonly callFrame: CallFrame;
  }>;
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface BusyFunction {
  readonly name: string;
  readonly seconds: number;
}

/** Seconds of a thread by stage; time in which it waited is in none. */
export function secondsByStage(profile: CpuProfile): Map<Stage, number> {
  const seconds = new Map<Stage, number>();
  for (const { functionName, url, time } of selfTimes(profile)) {
    const stage = stageOf(functionName, url);
    if (stage !== null) seconds.set(stage, (seconds.get(stage) ?? 0) + time);
  }
  return seconds;
}

/** Functions by the time that they took themselves, most first. */
export function busiest(profile: CpuProfile, count: number): BusyFunction[] {
  const byName = new Map<string, number>();
  for (const { functionName, url, time } of selfTimes(profile)) {
    if (functionName === '(idle)') continue;
    const file = url.replace(/^.*\/src\//, '').replace(/^.*\/node_modules\//, '');
    const name = `${functionName.slice(0, 40) || '(top level)'}${file === '' ? '' : ` in ${file}`}`;
    byName.set(name, (byName.get(name) ?? 0) + time);
  }
  return [...byName]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, seconds]) => ({ name, seconds }));
}

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile) {
  const times = new Map<number, number>();
  for (const [index, node] of samples.entries()) {
    times.set(node, (times.get(node) ?? 0) + (timeDeltas[index] ?? 0) / 1e6);
  }
  return nodes.map(({ id, callFrame }) => ({ ...callFrame, time: times.get(id) ?? 0 }));
}
