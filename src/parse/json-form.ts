/**
 * How a JSON object was written: its text with a mark in the place of each value, such as `%bytes_sent%`. From it and the entry the
 * same text is made again, byte for byte, so that it need not be kept.
 */
import type { AccessLogEntry } from '../domain/entry.ts';
import { formatTime } from '../domain/time.ts';
import type { FieldName } from './log-format.ts';

/** A value, and the text between it and the next one. */
interface Part {
  /** Null: the attribute of this key. */
  readonly field: FieldName | null;
  readonly key: string;
  /** True for a string of JSON, whose quotes are part of the text around it. */
  readonly isQuoted: boolean;
  readonly literal: string;
}

export interface JsonForm {
  readonly head: string;
  readonly parts: readonly Part[];
}

/** Where a value stands in the text that was made of an entry. */
export interface Place {
  readonly field: FieldName;
  readonly from: number;
  readonly to: number;
}

const MARK = /%(@?)([^%]+)%/g;

/**
 * Writes down how an object looks that was read as an entry, when its members stand one behind the other, without blanks.
 * Shape: `fieldOf` tells which field a key fills; null for attributes. `text` is the object as it came.
 * Null: the form and the entry would not give the same text again.
 */
export function writeForm(
  object: Readonly<Record<string, unknown>>,
  fieldOf: (key: string) => FieldName | null,
  entry: AccessLogEntry,
  text: string,
): string | null {
  let form = '';
  let made = '';
  for (const [key, value] of Object.entries(object)) {
    if (key.includes('%')) return null;
    const before = `${form === '' ? '{' : ','}"${key}":`;
    form += before;
    made += before;
    if (value === null || value === '-' || value === '') {
      const literal = value === null ? 'null' : `"${value}"`;
      form += literal;
      made += literal;
      continue;
    }
    const field = fieldOf(key);
    const said = saidIn(entry, field, key);
    if (said === null) return null;
    const isQuoted = typeof value === 'string';
    const mark = field === null ? `%@${key}%` : `%${field}%`;
    form += isQuoted ? `"${mark}"` : mark;
    made += isQuoted ? JSON.stringify(said) : said;
  }
  return `${made}}` === text ? `${form}}` : null;
}

/** Takes a form apart. What it says of a field that there is none of finds nothing in an entry. */
export function readForm(text: string): JsonForm {
  const parts: Part[] = [];
  let head = '';
  let end = 0;
  let open: Omit<Part, 'literal'> | null = null;
  const take = (literal: string): void => {
    if (open === null) head = literal;
    else parts.push({ ...open, literal });
  };
  for (const match of text.matchAll(MARK)) {
    take(text.slice(end, match.index));
    const [whole, at, name] = match as unknown as [string, string, string];
    const isQuoted = text[match.index - 1] === '"';
    open = { field: at === '' ? (name as FieldName) : null, key: name, isQuoted };
    end = match.index + whole.length;
  }
  take(text.slice(end));
  return { head, parts };
}

/** The text of an entry. Null: the entry has no value in one of the places. `places` takes where its fields stand. */
export function renderForm(form: JsonForm, entry: AccessLogEntry, places: Place[] = []): string | null {
  let text = form.head;
  for (const { field, key, isQuoted, literal } of form.parts) {
    const value = saidIn(entry, field, key);
    if (value === null) return null;
    const written = isQuoted ? JSON.stringify(value).slice(1, -1) : value;
    if (field !== null) places.push({ field, from: text.length, to: text.length + written.length });
    text += written + literal;
  }
  return text;
}

/** What an entry says in a field, or with the attribute of a key. */
function saidIn(entry: AccessLogEntry, field: FieldName | null, key: string): string | null {
  if (field === null) return entry.attributes?.[key] ?? null;
  if (field === 'start_time') return formatTime(entry.start_time);
  if (field === 'response_flags')
    return entry.response_flags.length === 0 ? null : entry.response_flags.join(',');
  const value = entry[field];
  return value === null || value === undefined ? null : String(value);
}
