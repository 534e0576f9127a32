import { ERRORS } from '../../src/domain/errors.ts';
import { page, table } from './markdown.ts';

/** docs/errors.md: every code that a user can meet. */
export function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, exit, title, remedy }]) => [
    { code },
    String(status),
    String(exit),
    title,
    remedy,
  ]);
  return page('Errors', '`src/domain/errors.ts`', [
    'A command prints `error:` with what is wrong and `hint:` with what to do, and ends with the exit status below. The API ' +
      'answers with a problem document (RFC 9457) of the HTTP status below, which has the same sentence as `detail`, the ' +
      'same hint as `remedy`, and the code as `code`. A line of a log that cannot be read is no error: it is counted as ' +
      'rejected, with its reason.',
    table(['code', 'HTTP', 'exit', 'what it is', 'what to do'], rows),
  ]);
}
