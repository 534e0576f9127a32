/** Sums of lines: made in this thread, and by one of their own once so many lines came that it pays. */
import { type SummingThread, startSummingThread } from './summing-thread.ts';
import type { Sums } from './sums.ts';
import { createSumsApart } from './sums-apart.ts';
import { createSumsHere, type SumsDeps } from './sums-here.ts';

/** Of so many lines more are likely to come, for which it pays to start a thread. */
const LINES_APART_MIN = 16_384;

export interface SumsWithThread extends Sums {
  /**
   * True while a thread waits for the end of a transaction to take over. Not within one: what became known of lines that are not added
   * yet would be written before there is anything that it belongs to, and so be dropped.
   */
  readonly isChanging: boolean;
  close(): void;
}

/** `entry`: of a thread that calls `serveSumming`; null: all is summed up here. */
export function createSums(
  deps: SumsDeps,
  entry: URL | null,
  linesApartMin = LINES_APART_MIN,
): SumsWithThread {
  let sums: Sums = createSumsHere(deps);
  let expected = 0;
  let thread: SummingThread | null = null;
  let isApart = false;
  let isTried = false;
  const start = (entry: URL): void => {
    isTried = true;
    try {
      thread = startSummingThread(entry);
    } catch {
      // Where there may be no more threads, lines are summed up here.
    }
  };
  const isChanging = (): boolean => !isApart && thread?.isReady() === true;

  return {
    get isChanging() {
      return isChanging();
    },
    get packer() {
      return sums.packer;
    },
    expect(lines) {
      expected += lines;
      if (entry !== null && !isTried && expected >= linesApartMin) start(entry);
    },
    addBatch: (batch, mates) => sums.addBatch(batch, mates),
    addAgain: (batch, index, sign) => sums.addAgain(batch, index, sign),
    addEnds: (shape, start, paired, ambiguous) => sums.addEnds(shape, start, paired, ambiguous),
    endLines: () => sums.endLines(),
    write() {
      const flows = sums.write();
      if (thread === null || !isChanging()) return flows;
      sums = createSumsApart(deps, thread);
      isApart = true;
      return flows;
    },
    forget: () => sums.forget(),
    reset: () => sums.reset(),
    close: () => thread?.close(),
  };
}
