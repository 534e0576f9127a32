/** Where the numbers of a line stand, counted in words, and the texts that differ from request to request. */
import { isHttp, type ParsedLine } from '../domain/entry.ts';
import { formatTime } from '../domain/time.ts';
import { findSlots, type Slot } from './express-object.ts';

/** Of a line of text. */
export interface TextLayout {
  readonly slots: null;
  /** Word with the start time in brackets. */
  readonly clock: number;
  /** First of the three words: bytes received, bytes sent, duration. */
  readonly counts: number;
  readonly upstreamLocal: number;
  readonly downstreamRemote: number;
  /** Null for lines of TCP connections. */
  readonly request: RequestLayout | null;
  /** True for a message within a JSON object, as a string of it: its quotes have a backslash before them. */
  readonly isWrapped: boolean;
}

/** Where the values of lines stand that are JSON objects, behind a prefix or without one. */
export interface ObjectLayout {
  readonly slots: readonly Slot[];
  readonly request: null;
  readonly isWrapped: false;
}

export type Layout = TextLayout | ObjectLayout;

/** What tells how many stretches lines have, and what each of them is. */
export type LineKind = Pick<Layout, 'request' | 'isWrapped' | 'slots'>;

/** Stretches of a line: its numbers lie between them, and the path and the id of a request. */
export function stretchesOf({ request, isWrapped, slots }: LineKind): number {
  if (slots !== null) return slots.length + 1;
  return (request === null ? 7 : 9) + (isWrapped ? 1 : 0);
}

/** True when its lines are requests, which have texts of their own: what else a request has is stored with these. */
export function isOfRequests({ request, slots }: LineKind): boolean {
  return slots === null
    ? request !== null
    : slots.some(({ kind }) => kind === 'path' || kind === 'request_id');
}

/** The most there are. */
export const STRETCHES_MAX = 13;

/**
 * The last stretch before the counts. It and those before it are never taken for one of several alike: they hold the
 * envelope, method, code, flags, reasons. In an object the key before each value says what it is, and only the first stretch is
 * the envelope.
 */
export function lastVerbatim({ request, slots }: LineKind): number {
  if (slots !== null) return 0;
  return request === null ? 1 : 2;
}

/** The service time of the upstream is the word behind the counts. */
export interface RequestLayout {
  readonly path: number;
  /** In quotes. */
  readonly id: number;
}

/** Finds the values of an object in the text of its line; null: it lacks one, or there is more than the object and a prefix. */
export function findObjectLayout(text: string, line: ParsedLine): ObjectLayout | null {
  const slots = findSlots(text, line);
  return slots === null ? null : { slots, request: null, isWrapped: false };
}

/** Finds the numbers of a line of text; null when one is absent or stands in more than one place. */
export function findTextLayout(text: string, line: ParsedLine): TextLayout | null {
  const { entry } = line;
  const { bytes_received, bytes_sent, duration } = entry;
  if (bytes_received === null || bytes_sent === null || duration === null) return null;
  const isWrapped = text.startsWith('{');
  const clock = findClock(text, `[${formatTime(entry.start_time)}]`);
  const counts = onlyWord(text, `${bytes_received} ${bytes_sent} ${duration}`);
  const local = entry.upstream_local_address ?? '-';
  const remote = entry.downstream_remote_address;
  if (clock === null || counts === null || remote === null) return null;
  const addresses = onlyWord(text, `${local} ${entry.downstream_local_address ?? '-'} ${remote}`);
  if (addresses === null || addresses < counts + 3 || counts <= clock) return null;
  const [upstreamLocal, downstreamRemote] = [addresses, addresses + 2];
  const layout = { slots: null, clock, counts, upstreamLocal, downstreamRemote, isWrapped };
  if (!isHttp(entry)) return { ...layout, request: null };
  const request = findRequest(text, line, layout);
  return request === null ? null : { ...layout, request };
}

function findRequest(
  text: string,
  { entry }: ParsedLine,
  { clock, counts, upstreamLocal, isWrapped }: Omit<TextLayout, 'request'>,
): RequestLayout | null {
  const words = text.split(' ');
  const path = clock + 2;
  const quote = isWrapped ? '\\"' : '"';
  const isThere = entry.path !== null && words[path] === entry.path && path < counts;
  const id = entry.request_id === null ? null : onlyWord(text, quote + entry.request_id + quote);
  if (!isThere || id === null || id <= counts + 3 || id >= upstreamLocal) return null;
  return words[counts + 3] === String(entry.upstream_service_time ?? '-') ? { path, id } : null;
}

/** Number of the word that ends in the start time. */
function findClock(text: string, clock: string): number | null {
  const at = text.indexOf(`${clock} `);
  if (at < 0 || text.indexOf(clock, at + 1) >= 0) return null;
  return text.slice(0, at).split(' ').length - 1;
}

/** Number of the word at which the words of `part` begin, or null: they stand nowhere, or twice. */
function onlyWord(text: string, part: string): number | null {
  const padded = ` ${text} `;
  const sought = ` ${part} `;
  const at = padded.indexOf(sought);
  if (at < 0 || padded.indexOf(sought, at + 1) >= 0) return null;
  let words = 0;
  for (let i = 0; i < at; i++) if (padded.charCodeAt(i + 1) === 0x20) words++;
  return words;
}
