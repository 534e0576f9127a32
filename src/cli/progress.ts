/** One line on stderr that is written over again while lines come in. Nothing where stderr is no terminal. */
import { formatCount } from '../output/text.ts';
import type { Io } from './io.ts';

/** Ms between two writings. */
const INTERVAL_MS = 200;
const CLEAR = '\r\u001b[K';

export interface Progress {
  /** Says how many lines were read by now; cheap, to be called often. */
  update(lines: number): void;
  /** Takes the line away. */
  clear(): void;
}

export function createProgress(io: Io): Progress {
  if (io.stderr.isTTY !== true || io.env.TERM === 'dumb') return { update: () => {}, clear: () => {} };
  const started = io.now();
  let shown = 0;
  let visible = false;
  return {
    update(lines) {
      const now = io.now();
      if (now - shown < INTERVAL_MS) return;
      shown = now;
      visible = true;
      const rate = Math.round((1_000 * lines) / Math.max(1, now - started));
      io.stderr.write(`${CLEAR}${formatCount(lines)} lines read, ${formatCount(rate)} a second`);
    },
    clear() {
      if (visible) io.stderr.write(CLEAR);
      visible = false;
    },
  };
}
