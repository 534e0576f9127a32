/** Cursors: where a page ended, bound to the question that it belongs to. */
import { AppError } from '../domain/errors.ts';
import type { Filter } from '../domain/filter.ts';
import type { Position } from '../domain/ports.ts';
import { filterText } from './filter-text.ts';
import { hashText } from './hash.ts';

/** A window given as "the last hour" moves with the clock from page to page; by this much it may be off, ms. */
const CLOCK_MS = 10_000;

/** A question and when it was asked, ms since the epoch. */
export interface Question {
  readonly list: string;
  readonly filter: Filter;
  readonly now: number;
}

/** Where to go on, in the window of the first page. */
export interface Resume {
  readonly after: Position | null;
  readonly since: number | null;
  readonly until: number | null;
}

/** Opaque text for the next page. Shape: letters, digits, `-` and `_`. */
export function writeCursor(question: Question, resume: Resume & { readonly after: Position }): string {
  const { since, until, after } = resume;
  const body = [after.start_time, after.id, since, until, question.now];
  return toBase64Url(JSON.stringify([...body, seal(question, body)]));
}

/** Reads a cursor back. Null is the first page. Errors: `bad_cursor` when it was changed or is of another question. */
export function readCursor(text: string | null, question: Question): Resume {
  const { since, until } = question.filter;
  if (text === null) return { after: null, since, until };
  const values = fromBase64Url(text);
  if (!Array.isArray(values) || values.length !== 6) throw bad();
  const [start_time, id, cursorSince, cursorUntil, asked, sealed] = values as unknown[];
  if (!isTime(start_time) || typeof id !== 'string' || !isTime(asked)) throw bad();
  if (!isTimeOrNull(cursorSince) || !isTimeOrNull(cursorUntil)) throw bad();
  if (sealed !== seal(question, [start_time, id, cursorSince, cursorUntil, asked])) throw bad();
  const elapsed = question.now - asked;
  if (!isSameInstant(cursorSince, since, elapsed) || !isSameInstant(cursorUntil, until, elapsed)) throw bad();
  return { after: { start_time, id }, since: cursorSince, until: cursorUntil };
}

function seal(question: Question, body: ReadonlyArray<string | number | null>): string {
  return hashText(JSON.stringify([question.list, filterText(question.filter), ...body]));
}

function isSameInstant(before: number | null, now: number | null, elapsed: number): boolean {
  if (before === null || now === null) return before === now;
  return before === now || Math.abs(now - before - elapsed) <= CLOCK_MS;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

function isTimeOrNull(value: unknown): value is number | null {
  return value === null || isTime(value);
}

function toBase64Url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): unknown {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  try {
    return JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return null;
  }
}

function bad(): AppError {
  return new AppError(
    'bad_cursor',
    'cannot read "cursor": it was changed, or belongs to another list or other filters; expected the next_cursor of the page before',
  );
}
