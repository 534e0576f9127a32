/** Sums of lines: made in this thread, and by one of their own once so many lines came that it pays. */
import type { FlowKeys } from '../journal.ts';
import { type SummingThread, startSummingThread } from './summing-thread.ts';
import type { Sums } from './sums.ts';
import { createSumsApart } from './sums-apart.ts';
import { createSumsHere, type SumsDeps } from './sums-here.ts';

/** Of so many lines more are likely to come, for which it pays to start a thread. */
const LINES_APART_MIN = 16_384;

export interface ClosableSums extends Sums {
  close(): void;
}

/** `entry`: of a thread that calls `serveSumming`; null: all is summed up here. */
export function createSums(deps: SumsDeps, entry: URL | null, linesApartMin = LINES_APART_MIN): ClosableSums {
  let sums: Sums = createSumsHere(deps);
  if (entry === null) return { ...sums, close() {} };
  let expected = 0;
  let thread: SummingThread | null = null;
  let isApart = false;
  /** Flows that were written before the end of a transaction. */
  let written: FlowKeys[] = [];

  /** Goes on in the thread. */
  const goApart = (thread: SummingThread): void => {
    written.push(sums.write());
    sums.reset();
    sums = createSumsApart(deps, thread);
    isApart = true;
  };

  return {
    expect(lines) {
      expected += lines;
      if (expected >= linesApartMin) thread ??= startSummingThread(entry);
    },
    addBatch(batch, mates) {
      if (!isApart && thread?.isReady() === true) goApart(thread);
      sums.addBatch(batch, mates);
    },
    addAgain: (batch, index, sign) => sums.addAgain(batch, index, sign),
    addEnds: (shape, start, paired, ambiguous) => sums.addEnds(shape, start, paired, ambiguous),
    endLines: () => sums.endLines(),
    write() {
      const last = sums.write();
      if (written.length === 0) return last;
      const all = [...written, last].flatMap((keys) => [...keys]);
      written = [];
      return all;
    },
    forget: () => sums.forget(),
    reset() {
      written = [];
      sums.reset();
    },
    close() {
      thread?.close();
    },
  };
}
