/**
 * How a JSON object is written: its keys in their order, and whether all values are strings. From it and the entry the same text is
 * made again, byte for byte, so that it need not be kept.
 *
 * A proxy writes all of its lines in one form. What a line lacks is no part of it: in a typed object that is `null`, among strings a dash.
 * Only objects whose keys are sorted have a form, as Envoy has them from 1.33 on. Before, it wrote them in the order of a hash map: each
 * line may have another one, and lines would be told apart by that.
 */
import type { AccessLogEntry } from '../domain/entry.ts';
import { formatTime } from '../domain/time.ts';
import type { FieldName } from './log-format.ts';

interface Part {
  readonly field: FieldName;
  /** Among strings, or in a typed object. */
  readonly isString: boolean;
  /** Behind the value. */
  readonly literal: string;
}

export interface JsonForm {
  readonly head: string;
  readonly parts: readonly Part[];
}

/** Where a value stands in the text that was made of an entry, without its quotes. */
export interface Place {
  readonly field: FieldName;
  readonly from: number;
  readonly to: number;
}

/** Numbers of typed objects. The service time is a header of the answer, and a string. */
const NUMBERS: ReadonlySet<FieldName> = new Set([
  'response_code',
  'bytes_received',
  'bytes_sent',
  'duration',
]);
const MARK = /("?)%([a-z_]+)%\1/g;

/**
 * The form of an object that was read as an entry.
 * Shape: `fieldOf` tells which field a key fills; undefined: none. `text` is the object as it came.
 * Null: its keys are not sorted or none of the format's, or the form and the entry would not give the same text again.
 */
export function formOfObject(
  object: Readonly<Record<string, unknown>>,
  fieldOf: (key: string) => FieldName | undefined,
  entry: AccessLogEntry,
  text: string,
): string | null {
  const keys = Object.keys(object);
  const isOfStrings = keys.some((key) => isNumber(fieldOf(key)) && typeof object[key] === 'string');
  const quote = isOfStrings ? '"' : '';
  const fields = new Set<FieldName>();
  let form = '';
  let last = '';
  for (const key of keys) {
    const field = fieldOf(key);
    if (field === undefined || fields.has(field) || key < last || key.includes('%')) return null;
    fields.add(field);
    last = key;
    form += `${form === '' ? '{' : ','}"${key}":${quote}%${field}%${quote}`;
  }
  form += '}';
  return renderForm(readForm(form), entry) === text ? form : null;
}

function isNumber(field: FieldName | undefined): boolean {
  return field !== undefined && NUMBERS.has(field);
}

/** Taken apart; a form is made once for all lines that have it. */
const read = new Map<string, JsonForm>();
const READ_MAX = 256;

/** Takes a form apart. What it says of a field that there is none of finds nothing in an entry. */
export function readForm(text: string): JsonForm {
  const known = read.get(text);
  if (known !== undefined) return known;
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
    open = { field: match[2] as FieldName, isString: match[1] !== '' };
    end = match.index + match[0].length;
  }
  take(text.slice(end));
  const form = { head, parts };
  if (read.size >= READ_MAX) read.clear();
  read.set(text, form);
  return form;
}

/** The text of an entry. `places` takes where its values stand. */
export function renderForm(form: JsonForm, entry: AccessLogEntry, places: Place[] = []): string {
  let text = form.head;
  for (const { field, isString, literal } of form.parts) {
    const value = textOf(entry, field);
    if (value === null) text += isString || field === 'response_flags' ? '"-"' : 'null';
    else {
      const isQuoted = isString || !NUMBERS.has(field);
      const written = isQuoted ? JSON.stringify(value) : value;
      const quote = isQuoted ? 1 : 0;
      places.push({ field, from: text.length + quote, to: text.length + written.length - quote });
      text += written;
    }
    text += literal;
  }
  return text;
}

function textOf(entry: AccessLogEntry, field: FieldName): string | null {
  if (field === 'start_time') return formatTime(entry.start_time);
  if (field === 'response_flags')
    return entry.response_flags.length === 0 ? null : entry.response_flags.join(',');
  const value = entry[field];
  return value === null || value === undefined ? null : String(value);
}
