/** Reads access-log lines that are JSON objects. */
import { type AccessLogEntry, EMPTY_ENTRY, type RejectReason } from '../domain/entry.ts';
import { AppError, messageOf, quoted } from '../domain/errors.ts';
import { ATTRIBUTES_MAX, JSON_DEPTH_MAX, START_TIME_MAX, START_TIME_MIN } from '../domain/limits.ts';
import { compileFormatString } from './format-string.ts';
import { formOfObject } from './json-form.ts';
import type { FieldName } from './log-format.ts';
import { parseZonedTime, type TimeReader } from './start-time.ts';
import { isAddress, NO_FLAGS, readCount, readFlags } from './values.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON format, ready to read with. */
export interface JsonFormat {
  readonly requires: readonly string[];
  readonly keys: Readonly<Record<string, FieldName>>;
  /** Reads start times written in a form of one's own; null for RFC 3339 and epoch times. */
  readonly time: TimeReader | null;
}

/** Keys that others use for a field, read where the format's own key is absent. */
const ALIASES: readonly (readonly [key: string, field: FieldName])[] = [
  ['timestamp', 'start_time'],
  ['@timestamp', 'start_time'],
  ['duration_ms', 'duration'],
];
const NO_ALIASES: ReadonlyMap<string, FieldName> = new Map();
const NUMBERS: ReadonlySet<FieldName> = new Set([
  'response_code',
  'bytes_received',
  'bytes_sent',
  'duration',
  'upstream_service_time',
]);
const ADDRESSES: ReadonlySet<FieldName> = new Set([
  'upstream_host',
  'upstream_local_address',
  'downstream_local_address',
  'downstream_remote_address',
]);

/**
 * Parses a text that is one JSON object.
 * Null: it is none, or it nests deeper than JSON_DEPTH_MAX.
 */
export function parseJsonObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && depthWithin(value, JSON_DEPTH_MAX) ? value : null;
  } catch {
    return null;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True when the object has every key that the format asks for. */
export function fitsJson(format: JsonFormat, object: JsonObject): boolean {
  return format.requires.every((key) => Object.hasOwn(object, key));
}

/**
 * Reads an entry by the keys of a format.
 * Values may be typed (numbers, null) or all be strings (`"-"`). Keys that the format does not know become attributes.
 */
export function readJson(format: JsonFormat, object: JsonObject): AccessLogEntry | RejectReason {
  const entry: Draft = { ...EMPTY_ENTRY, start_time: null, response_flags: NO_FLAGS.flags };
  const attributes: [string, string][] = [];
  const aliases = aliasesFor(format, object);
  for (const key of Object.keys(object)) {
    const value = object[key];
    const field = fieldOf(format, aliases, key);
    if (field !== undefined) {
      const read = readField(format, field, value);
      if (read instanceof Refusal) return read.reason;
      entry[field] = read;
    } else if (attributes.length < ATTRIBUTES_MAX) {
      const text = attributeText(value);
      if (text !== null) attributes.push([key, text]);
    }
  }
  if (entry.start_time === null) return 'no_start_time';
  // Istio 1.1 printed the start time as the method.
  if (isStartTime(entry.method)) entry.method = null;
  if (attributes.length > 0) entry.attributes = Object.fromEntries(attributes);
  return entry as AccessLogEntry; // Each field has what readField gives for it.
}

/**
 * The form from which `text`, that was read as this object and entry, is made again byte for byte.
 * Null: its keys are not sorted, or others than the format knows; or it is written in another way than Envoy writes.
 */
export function exactForm(
  format: JsonFormat,
  object: JsonObject,
  entry: AccessLogEntry,
  text: string,
): string | null {
  const aliases = aliasesFor(format, object);
  return formOfObject(object, (key) => fieldOf(format, aliases, key), entry, text);
}

/**
 * Compiles a JSON map of keys to operators, as Envoy's `json_format` has it.
 * Values of exactly one operator fill its field; all others become attributes.
 * Errors: `bad_format` when the text is no such map or none of its values is `%START_TIME%`.
 */
export function compileJsonFormat(text: string): JsonFormat {
  const object = parseMap(text);
  const keys: [string, FieldName][] = [];
  let time: TimeReader | null = null;
  for (const [key, value] of Object.entries(object)) {
    const segment = typeof value === 'string' ? onlySegment(value) : null;
    if (segment === null) continue;
    keys.push([key, segment.field]);
    if (segment.field === 'start_time' && !/^%START_TIME%$/.test(String(value))) time = segment.time;
  }
  const timeKey = keys.find(([, field]) => field === 'start_time')?.[0];
  if (timeKey === undefined) {
    throw new AppError('bad_format', 'cannot read the JSON format: none of its values is %START_TIME%');
  }
  return { requires: [timeKey], keys: Object.fromEntries(keys), time };
}

function parseMap(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch (caught) {
    throw new AppError(
      'bad_format',
      `cannot read the JSON format: ${messageOf(caught)}; got ${quoted(text)}`,
    );
  }
  throw new AppError('bad_format', `cannot read the JSON format: got ${quoted(text)}, expected an object`);
}

/** The one operator of a value, or null when there is other text in it or it fills no field. */
function onlySegment(value: string): { field: FieldName; time: TimeReader | null } | null {
  if (!value.startsWith('%') || value === '%%') return null;
  // The time in front only makes the value a whole format; a START_TIME is a format by itself.
  const { segments } = compileFormatString(value.startsWith('%START_TIME') ? value : `%START_TIME% ${value}`);
  const segment = segments[segments.length - 1];
  const single = segments.length === (value.startsWith('%START_TIME') ? 1 : 2);
  if (!single || segment === undefined || segment.literal !== '' || segment.field === null) return null;
  return { field: segment.field, time: segment.time };
}

/** An entry whose fields are filled in one by one. */
type Draft = { -readonly [field in keyof AccessLogEntry]: unknown };

/** Why a value is none of its field. */
class Refusal {
  readonly reason: RejectReason;
  constructor(reason: RejectReason) {
    this.reason = reason;
  }
}

function fieldOf(
  format: JsonFormat,
  aliases: ReadonlyMap<string, FieldName>,
  key: string,
): FieldName | undefined {
  return Object.hasOwn(format.keys, key) ? format.keys[key] : aliases.get(key);
}

function readField(format: JsonFormat, field: FieldName, value: unknown): unknown {
  const absent = value === null || value === '-' || value === '';
  if (field === 'start_time') return absent ? null : readTime(format.time, value);
  if (field === 'response_flags') return absent ? NO_FLAGS.flags : readFlagsValue(value);
  if (absent) return null;
  if (NUMBERS.has(field)) return readNumber(value);
  if (typeof value === 'object') return new Refusal('unknown_format');
  const text = String(value);
  return ADDRESSES.has(field) && !isAddress(text, 0, text.length) ? new Refusal('bad_address') : text;
}

function readNumber(value: unknown): number | Refusal {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value >= 0 ? value : new Refusal('bad_number');
  const count = typeof value === 'string' ? readCount(value, 0, value.length) : -1;
  return count < 0 ? new Refusal('bad_number') : count;
}

function readFlagsValue(value: unknown): readonly string[] | Refusal {
  const flags = typeof value === 'string' ? readFlags(value) : null;
  return flags === null ? new Refusal('unknown_format') : flags.flags;
}

function readTime(reader: TimeReader | null, value: unknown): number | Refusal {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const time = reader === null ? anyTime(text) : readWhole(reader, text);
  if (time === null) return new Refusal('bad_time');
  return time >= START_TIME_MIN && time < START_TIME_MAX ? time : new Refusal('out_of_range');
}

function readWhole(reader: TimeReader, text: string): number | null {
  return reader.read(text, 0) && reader.end === text.length ? reader.value : null;
}

/** RFC 3339, or epoch seconds (with a fraction or not), or epoch milliseconds. */
function anyTime(text: string): number | null {
  if (/^\d{10}(?:\.\d{1,9})?$/.test(text)) return Math.floor(Number(text) * 1_000);
  if (/^\d{13}$/.test(text)) return Number(text);
  return parseZonedTime(text);
}

function aliasesFor(format: JsonFormat, object: JsonObject): ReadonlyMap<string, FieldName> {
  // Most objects have none, and need not be looked through.
  if (!ALIASES.some(([key]) => Object.hasOwn(object, key))) return NO_ALIASES;
  const present = new Set<FieldName>();
  for (const [key, field] of Object.entries(format.keys)) if (Object.hasOwn(object, key)) present.add(field);
  const aliases = new Map<string, FieldName>();
  for (const [key, field] of ALIASES) {
    if (present.has(field) || !Object.hasOwn(object, key)) continue;
    present.add(field);
    aliases.set(key, field);
  }
  return aliases;
}

function isStartTime(method: unknown): boolean {
  return typeof method === 'string' && /^\d/.test(method) && parseZonedTime(method) !== null;
}

function attributeText(value: unknown): string | null {
  if (value === null || value === '-' || value === '') return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function depthWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  for (const inner of Object.values(value)) if (!depthWithin(inner, depth - 1)) return false;
  return true;
}
