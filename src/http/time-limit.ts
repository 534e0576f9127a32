/** How long a question may take: `?timeout=`, or what the server allows. */
import { steadyNow, withDeadline } from '../answers/deadline.ts';
import { AppError, quoted } from '../domain/errors.ts';
import { formatDuration, parseDuration } from '../domain/time.ts';

/**
 * Waits for an answer. What has begun and takes long is given up soon after.
 * Shape: `text` is the parameter; `most` is in ms, and holds without one. Errors: `bad_parameter`, `timeout`, those of `work`.
 */
export async function within<T>(text: string | undefined, most: number, work: () => Promise<T>): Promise<T> {
  const ms = text === undefined ? most : readTimeout(text, most);
  // Begun before the clock, and as a promise: what throws at once leaves no clock behind that nobody listens to.
  const answer = (async () => withDeadline(steadyNow() + ms, work))();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new AppError('timeout', `cannot answer within ${formatDuration(ms)}`));
    }, ms);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function readTimeout(text: string, most: number): number {
  const ms = parseDuration(text);
  if (ms !== null && ms > 0 && ms <= most) return ms;
  throw new AppError(
    'bad_parameter',
    `cannot read parameter "timeout": got ${quoted(text)}, expected a duration such as 5s, at most ${most / 1_000}s`,
  );
}
