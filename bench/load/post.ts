/** Sends lines to a server as fast as it takes them, or at a rate. */
import type { Lines } from '../input/repeat.ts';

/** Bodies under way at once. */
const AT_ONCE = 2;

export interface Posted {
  /** Lines that the server took so far. */
  lines: number;
  /** Hour of the last of them, ms since the epoch. */
  hour: number;
}

export interface PostOptions {
  /** Lines a second; null: as fast as it goes. */
  readonly rate: number | null;
  /** Ends it, after the bodies that are under way. */
  readonly signal: AbortSignal;
}

/**
 * Sends until the lines end or the signal comes, and counts in `posted`.
 * Errors: `Error` when the server does not take a body whole.
 */
export async function postLines(
  url: string,
  lines: Iterator<Lines>,
  posted: Posted,
  { rate, signal }: PostOptions,
): Promise<void> {
  const started = performance.now();
  const before = posted.lines;
  let begun = 0;
  const sender = async (): Promise<void> => {
    while (!signal.aborted) {
      const next = lines.next();
      if (next.done === true) return;
      const { count, hour } = next.value;
      // The memory of these lines is used again for the next ones.
      const body = Buffer.from(next.value.bytes);
      const due = rate === null ? 0 : started + (begun / rate) * 1_000;
      begun += count;
      await pause(due - performance.now(), signal);
      if (signal.aborted) return;
      await post(url, body, count);
      posted.lines += count;
      posted.hour = Math.max(posted.hour, hour);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  if (posted.lines === before && !signal.aborted) throw new Error('there were no lines to send');
}

async function post(url: string, body: Buffer, count: number): Promise<void> {
  const answer = await fetch(`${url}/api/v1/ingest`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: new Uint8Array(body),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`the server answered ${answer.status}: ${text.slice(0, 300)}`);
  const { accepted } = JSON.parse(text) as { accepted: number };
  if (accepted !== count)
    throw new Error(`the server took ${accepted} of ${count} lines: ${text.slice(0, 300)}`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
