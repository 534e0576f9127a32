/** Reads ztunnel's lines: a head of time, level, scope and message, then key=value pairs; or all of that as JSON. */
import { type AccessLogEntry, EMPTY_ENTRY, type RejectReason, type SkipReason } from '../domain/entry.ts';
import { ATTRIBUTES_MAX, START_TIME_MAX, START_TIME_MIN } from '../domain/limits.ts';
import { isDigit, levelEnd, stampEnd } from './envelope/message-start.ts';
import type { JsonObject } from './json-format.ts';
import { parseZonedTime } from './start-time.ts';
import { isAddress, readCount } from './values.ts';

export type ZtunnelResult =
  | { readonly kind: 'entry'; readonly entry: AccessLogEntry }
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  | { readonly kind: 'reject'; readonly reason: RejectReason; readonly at: number };

const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Messages of the scope `access` that tell of a whole connection. */
const TOLD_AT_THE_END = ['connection complete', 'connection failed'];
/** Keys that become fields; all others are kept as attributes. */
const FIELD_KEYS = new Set(['bytes_sent', 'bytes_recv', 'duration']);

/**
 * Reads a ztunnel line as text.
 * Null: the line has no such head, so that it is of another program.
 * `start_time` is the time of the line less the duration. Bytes are turned to Envoy's meaning (received is from the
 * downstream peer): ztunnel counts from its own workload's side.
 * Source: istio/ztunnel, src/proxy/metrics.rs.
 */
export function readZtunnelText(line: string, from: number): ZtunnelResult | null {
  const stamp = stampEnd(line, from);
  if (stamp < 0) return null;
  const levelAt = skipSpace(line, stamp);
  const level = levelEnd(line, levelAt, SPACE);
  if (level < 0) return null;
  const scope = skipSpace(line, level);
  if (!line.startsWith('access', scope) || !isSpace(line.charCodeAt(scope + 6))) return null;
  const messageAt = skipSpace(line, scope + 6);
  const message = TOLD_AT_THE_END.find((text) => line.startsWith(text, messageAt));
  if (message === undefined)
    return line.startsWith('connection opened', messageAt) ? { kind: 'skip', reason: 'other_scope' } : null;
  const pairs = new Map([
    ['log_time', line.slice(from, stamp)],
    ['level', line.slice(levelAt, level)],
    ['message', message],
  ]);
  const stopped = readPairs(line, skipSpace(line, messageAt + message.length), pairs);
  if (stopped >= 0) {
    return { kind: 'reject', reason: stopped >= line.length ? 'truncated' : 'unknown_format', at: stopped };
  }
  return toResult(pairs, line.length);
}

/** Reads a ztunnel line as JSON. Null: it is none. */
export function readZtunnelJson(object: JsonObject): ZtunnelResult | null {
  const { level, time, scope, message } = object;
  if (typeof level !== 'string' || typeof time !== 'string' || typeof scope !== 'string') return null;
  if (typeof message !== 'string') return null;
  if (scope !== 'access' || !TOLD_AT_THE_END.includes(message))
    return { kind: 'skip', reason: 'other_scope' };
  const pairs = new Map([['log_time', time]]);
  for (const [key, value] of Object.entries(object)) {
    if (key !== 'time' && key !== 'scope' && value !== null && typeof value !== 'object')
      pairs.set(key, String(value));
  }
  return toResult(pairs, 0);
}

/** Reads `key=value` pairs to the end of the line; returns where it had to stop, or -1 at the end. */
function readPairs(line: string, from: number, pairs: Map<string, string>): number {
  let at = from;
  while (at < line.length) {
    const equals = keyEnd(line, at);
    if (equals < 0) return Math.min(line.length, -equals - 1);
    const key = line.slice(at, equals);
    const quoted = line.charCodeAt(equals + 1) === QUOTE;
    const end = quoted ? quotedEnd(line, equals + 1) : bareEnd(line, equals + 1);
    if (end >= line.length && quoted && line.charCodeAt(line.length - 1) !== QUOTE) return line.length;
    if (end < 0) return line.length;
    if (end === equals + 1 || (end < line.length && !isSpace(line.charCodeAt(end)))) return end;
    pairs.set(key, quoted ? unescapeDebug(line.slice(equals + 2, end - 1)) : line.slice(equals + 1, end));
    at = skipSpace(line, end);
  }
  return -1;
}

/** Index of the `=` behind the key at `at`; else minus one minus where something else stands. */
function keyEnd(line: string, at: number): number {
  let end = at;
  for (; end < line.length; end++) {
    const code = line.charCodeAt(end);
    if (code === 0x3d) return end > at ? end : -end - 1;
    const fits = (code >= 0x61 && code <= 0x7a) || isDigit(code) || code === 0x2e || code === 0x5f;
    if (!fits) return -end - 1;
  }
  return -end - 1;
}

function bareEnd(line: string, at: number): number {
  let end = at;
  while (end < line.length && !isSpace(line.charCodeAt(end))) {
    if (line.charCodeAt(end) === QUOTE) return -1;
    end++;
  }
  return end;
}

/** Index behind the closing quote of the string that opens at `at`, or -1. */
function quotedEnd(line: string, at: number): number {
  for (let end = at + 1; end < line.length; end++) {
    const code = line.charCodeAt(end);
    if (code === BACKSLASH) end++;
    else if (code === QUOTE) return end + 1;
  }
  return -1;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

/** Undoes the escapes of Rust's debug strings. */
function unescapeDebug(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:u\{([0-9a-fA-F]{1,6})\}|(.))/g,
    (whole, hex: string | undefined, plain: string | undefined) => {
      if (hex === undefined) return plain === undefined ? whole : (ESCAPES[plain] ?? plain);
      const code = Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

function toResult(pairs: ReadonlyMap<string, string>, end: number): ZtunnelResult {
  const reject = (reason: RejectReason): ZtunnelResult => ({ kind: 'reject', reason, at: end });
  const time = parseZonedTime(pairs.get('log_time') ?? '');
  if (time === null) return reject('bad_time');
  const direction = pairs.get('direction');
  const complete = pairs.get('message') === 'connection complete';
  const source = pairs.get('src.addr');
  const target = pairs.get('dst.addr');
  if (source === undefined || target === undefined) return reject('truncated');
  if (direction === undefined) return reject('truncated');
  if (direction !== 'inbound' && direction !== 'outbound') return reject('unknown_format');
  const dialled = pairs.get('dst.hbone_addr') ?? target;
  if (![source, target, dialled].every((address) => isAddress(address, 0, address.length)))
    return reject('bad_address');
  const counts = readCounts(pairs, complete);
  if (typeof counts === 'string') return reject(counts);
  const start = time - (counts.duration ?? 0);
  if (start < START_TIME_MIN || start >= START_TIME_MAX) return reject('out_of_range');
  const [received, sent] =
    direction === 'outbound' ? [counts.sent, counts.received] : [counts.received, counts.sent];
  return {
    kind: 'entry',
    entry: {
      ...EMPTY_ENTRY,
      start_time: start,
      bytes_received: received,
      bytes_sent: sent,
      duration: counts.duration,
      upstream_host: direction === 'outbound' ? target : null,
      downstream_local_address: dialled,
      downstream_remote_address: source,
      attributes: attributesOf(pairs),
    },
  };
}

interface Counts {
  readonly sent: number | null;
  readonly received: number | null;
  readonly duration: number | null;
}

/** Bytes and duration in ztunnel's own sense; only a complete connection must have them. */
function readCounts(pairs: ReadonlyMap<string, string>, complete: boolean): Counts | RejectReason {
  const [sent, received] = [pairs.get('bytes_sent'), pairs.get('bytes_recv')];
  const duration = pairs.get('duration');
  if (complete && (sent === undefined || received === undefined || duration === undefined))
    return 'truncated';
  if (duration?.endsWith('ms') === false) return 'bad_number';
  const counts = { sent: count(sent), received: count(received), duration: count(duration?.slice(0, -2)) };
  return Object.values(counts).includes(-1) ? 'bad_number' : counts;
}

/** Null where there is none; -1 where it is no number. */
function count(text: string | undefined): number | null {
  return text === undefined ? null : readCount(text, 0, text.length);
}

function attributesOf(pairs: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const kept = [...pairs].filter(([key]) => !FIELD_KEYS.has(key));
  return Object.fromEntries(kept.slice(0, ATTRIBUTES_MAX));
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

function skipSpace(line: string, at: number): number {
  let next = at;
  while (isSpace(line.charCodeAt(next))) next++;
  return next;
}
