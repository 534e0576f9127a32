/** Forgets what is older than a database is to keep, while it is served. */
import { messageOf } from '../domain/errors.ts';
import { CLOCK_JUMP_MS_MAX } from '../domain/limits.ts';
import type { Store } from '../domain/ports.ts';
import { formatDuration, formatTime, HOUR_MS } from '../domain/time.ts';
import { count } from '../output/text.ts';
import { type Io, note } from './io.ts';

/** How often it is looked for what is too old: only whole hours are dropped. */
const CHECK_MS = HOUR_MS;

export interface RetentionOptions {
  /** Ms that lines are kept. */
  readonly keepMs: number;
  /** Ms since some moment, which nobody can put forward or back. */
  readonly steady?: () => number;
  readonly checkMs?: number;
}

/**
 * Prunes now and once an hour. Answers how to stop: then nothing more is dropped once the step under way is done.
 * What goes wrong is told, and tried again an hour later. After the clock has jumped nothing is forgotten until it has gone
 * evenly from one look to the next: a wrong clock would forget what is not old.
 */
export function keepFor(
  { keepMs, steady = () => performance.now(), checkMs = CHECK_MS }: RetentionOptions,
  store: Pick<Store, 'prune'>,
  io: Io,
): { stop(): Promise<void> } {
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let last = { wall: io.now(), steady: steady() };
  const prune = async (): Promise<void> => {
    const now = { wall: io.now(), steady: steady() };
    const jump = now.wall - last.wall - (now.steady - last.steady);
    last = now;
    if (Math.abs(jump) > CLOCK_JUMP_MS_MAX) {
      const way = jump > 0 ? 'forward' : 'back';
      note(
        io,
        `the clock was put ${way} by ${formatDuration(Math.abs(jump))}: nothing is forgotten this time`,
      );
      return;
    }
    const before = now.wall - keepMs;
    try {
      const { lines } = await store.prune(before, stopped.signal);
      if (lines > 0) note(io, `${count(lines, 'line')} that started before ${formatTime(before)} forgotten`);
    } catch (error) {
      note(io, `cannot forget lines that started before ${formatTime(before)}: ${messageOf(error)}`);
    }
  };
  const begin = (): void => {
    running = running.then(prune);
  };
  begin();
  const timer = setInterval(begin, checkMs);
  return {
    stop() {
      clearInterval(timer);
      stopped.abort();
      return running;
    },
  };
}
