/** What a line says, told by the stretches that it is made of; and the proof of it. */
import { hostBefore, portStart } from '../domain/address.ts';
import { type AccessLogEntry, isHttp, type LineNumbers, type ParsedLine } from '../domain/entry.ts';
import { TEMPLATE_FIELD, TEMPLATE_FIELDS, TEMPLATE_WIDTH, type Templates } from '../domain/templates.ts';
import { formatTime } from '../domain/time.ts';
import type { LineKind } from './express-layout.ts';
import type { SlotKind } from './express-object.ts';
import { type Pattern, probePattern } from './express-words.ts';

/** Reads a line the long way; null: not accepted. */
export type ReadAgain = (line: string) => ParsedLine | null;

/** How lines are read whose stretches have the same patterns. */
export interface Form {
  /** Numbers of the texts that all of them have. */
  readonly base: Int32Array;
  /** Three numbers for each further text: its field, the stretch it stands in, and which of its values it is. */
  readonly fills: Int32Array;
}

/** Fields of `TEMPLATE_FIELDS` that the envelope tells. */
export const IDENTITY_FIELDS = [
  TEMPLATE_FIELD.pod,
  TEMPLATE_FIELD.namespace,
  TEMPLATE_FIELD.container,
  TEMPLATE_FIELD.node,
] as const;

/** Numbers that no line is likely to have, to tell one place from another. */
const PROBE = {
  start_time: Date.UTC(2033, 9, 21, 13, 47, 59, 862),
  duration: 7_162_534,
  bytes_received: 918_273_645,
  bytes_sent: 81_726_354,
  upstream_local_port: 54_321,
  downstream_remote_port: 43_219,
} satisfies LineNumbers;
const PROBE_PATH = '/probe/7.path?of=1&it';
const PROBE_ID = '0b9a-probe-77';
const PROBE_SERVICE_TIME = 60_917;

/**
 * Proves how lines of these patterns are read: a line with other numbers and other words in their places is read as the
 * same line with those other numbers and words. Null: it is not. Numbers of stretches: a word of theirs is no field by
 * itself, so that they have to be taken as they are.
 */
export function proveForm(
  patterns: readonly Pattern[],
  kind: LineKind,
  line: ParsedLine,
  readAgain: ReadAgain,
  templates: Templates,
): Form | ReadonlySet<number> | null {
  const numbers: LineNumbers = {
    ...PROBE,
    upstream_local_port: line.numbers.upstream_local_port < 0 ? -1 : PROBE.upstream_local_port,
    downstream_remote_port: line.numbers.downstream_remote_port < 0 ? -1 : PROBE.downstream_remote_port,
  };
  let first = 0;
  const probes = patterns.map((pattern) => {
    const probe = probePattern(pattern, first);
    first += probe.values.length;
    return probe;
  });
  const read = readAgain(
    join(
      probes.map(({ text }) => text),
      kind,
      numbers,
    ),
  );
  if (read === null || !read.rebuildable || !isPlain(read.entry)) return null;
  if (!isSame(read.numbers, numbers) || !hasProbes(read.entry, line.entry, kind)) return null;
  const texts = textsOf(line);
  const probed = textsOf(read);
  const fills: number[] = [];
  const base = new Int32Array(TEMPLATE_WIDTH);
  const found = new Set<string>();
  const whole = new Set<number>();
  for (const [field, text] of texts.entries()) {
    if (text === probed[field]) {
      base[field] = templates.numberOf(text);
      continue;
    }
    const [stretch, value] = placeOf(probes, probed[field] ?? null);
    if (stretch < 0 || patterns[stretch]?.values[value] !== text) {
      const parts = partsOf(probes, probed[field] ?? '');
      if (parts.length === 0) return null;
      for (const part of parts) whole.add(part);
      continue;
    }
    fills.push(field, stretch, value);
    found.add(`${stretch} ${value}`);
  }
  if (whole.size > 0) return whole;
  return found.size === first ? { base, fills: Int32Array.from(fills) } : null;
}

/** True when what differs from request to request was read from its places; a connection has nothing of it. */
function hasProbes(entry: AccessLogEntry, before: AccessLogEntry, { request, slots }: LineKind): boolean {
  const has = (kind: SlotKind): boolean =>
    slots === null ? request !== null : slots.some((slot) => slot.kind === kind);
  return (
    isHttp(entry) === isHttp(before) &&
    entry.path === (has('path') ? PROBE_PATH : null) &&
    entry.request_id === (has('request_id') ? PROBE_ID : null) &&
    entry.upstream_service_time === (has('upstream_service_time') ? PROBE_SERVICE_TIME : null)
  );
}

/** The stretches of whose probes a text has parts. */
function partsOf(probes: ReadonlyArray<{ readonly values: readonly string[] }>, text: string): number[] {
  return [...probes.keys()].filter((i) => probes[i]?.values.some((value) => text.includes(value)));
}

/** The texts of a line, in the order of TEMPLATE_FIELDS. */
export function textsOf({ entry, identity, format, envelope }: ParsedLine): Array<string | null> {
  return TEMPLATE_FIELDS.map((field) => {
    switch (field) {
      case 'pod':
      case 'namespace':
      case 'container':
      case 'node':
        return identity[field];
      case 'format':
        return format;
      case 'envelope':
        return envelope;
      case 'response_code':
        return entry.response_code === null ? null : String(entry.response_code);
      case 'response_flags':
        return entry.response_flags.length === 0 ? null : entry.response_flags.join();
      case 'upstream_local_host':
        return hostOf(entry.upstream_local_address);
      case 'downstream_remote_host':
        return hostOf(entry.downstream_remote_address);
      default:
        return entry[field];
    }
  });
}

/** True for a line that has nothing beside its numbers, the texts of a template, and those of a request. */
export function isPlain(entry: AccessLogEntry): boolean {
  return (
    entry.attributes === null &&
    (isHttp(entry) ||
      (entry.path === null &&
        entry.request_id === null &&
        entry.x_forwarded_for === null &&
        entry.upstream_service_time === null &&
        entry.user_agent === null &&
        entry.authority === null))
  );
}

function isSame(a: LineNumbers, b: LineNumbers): boolean {
  return (Object.keys(a) as Array<keyof LineNumbers>).every((name) => a[name] === b[name]);
}

function hostOf(address: string | null): string | null {
  return address === null ? null : hostBefore(address, portStart(address));
}

/** Puts a line together from its stretches and numbers. */
function join(stretches: readonly string[], { request, slots }: LineKind, numbers: LineNumbers): string {
  const port = (value: number): string => (value < 0 ? '' : String(value));
  if (slots !== null) {
    const gaps = slots.map(({ kind }) => probeIn(kind, numbers));
    return stretches.map((stretch, i) => stretch + (gaps[i] ?? '')).join('');
  }
  const counts = `${numbers.bytes_received} ${numbers.bytes_sent} ${numbers.duration}`;
  const between = request === null ? [counts] : [PROBE_PATH, `${counts} ${PROBE_SERVICE_TIME}`, PROBE_ID];
  const ports = ['', port(numbers.upstream_local_port), '', port(numbers.downstream_remote_port), ''];
  const gaps = [`[${formatTime(numbers.start_time)}]`, ...between, ...ports];
  return stretches.map((stretch, i) => stretch + (gaps[i] ?? '')).join('');
}

/** What stands in a slot of an object in the place of its value. */
function probeIn(kind: SlotKind, numbers: LineNumbers): string {
  const port = (value: number): string => (value < 0 ? '' : String(value));
  switch (kind) {
    case 'start_time':
      return formatTime(numbers.start_time);
    case 'upstream_local_address':
      return port(numbers.upstream_local_port);
    case 'downstream_remote_address':
      return port(numbers.downstream_remote_port);
    case 'upstream_service_time':
      return String(PROBE_SERVICE_TIME);
    case 'path':
      return PROBE_PATH;
    case 'request_id':
      return PROBE_ID;
    case 'split':
    case 'brace':
      return '';
    default:
      return String(numbers[kind]);
  }
}

/** Where a probe's value stands: its stretch, and which of its values it is; -1 and -1: nowhere. */
function placeOf(
  probes: ReadonlyArray<{ readonly values: readonly string[] }>,
  text: string | null,
): readonly [stretch: number, value: number] {
  for (const [stretch, { values }] of probes.entries()) {
    const value = text === null ? -1 : values.indexOf(text);
    if (value >= 0) return [stretch, value];
  }
  return [-1, -1];
}
