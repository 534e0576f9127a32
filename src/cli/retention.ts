/** Forgets what is older than a database is to keep, while it is served. */
import { messageOf } from '../domain/errors.ts';
import type { Store } from '../domain/ports.ts';
import { formatTime } from '../domain/time.ts';
import { count } from '../output/text.ts';
import { type Io, note } from './io.ts';

/** How often it is looked for what is too old: only whole hours are dropped. */
const CHECK_MS = 3_600_000;

/**
 * Prunes now and once an hour. Answers how to stop: then nothing more is dropped once the step under way is done.
 * What goes wrong is told, and tried again an hour later.
 */
export function keepFor(retention: number, store: Pick<Store, 'prune'>, io: Io): { stop(): Promise<void> } {
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const prune = async (): Promise<void> => {
    const before = io.now() - retention;
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
  const timer = setInterval(begin, CHECK_MS);
  return {
    stop() {
      clearInterval(timer);
      stopped.abort();
      return running;
    },
  };
}
