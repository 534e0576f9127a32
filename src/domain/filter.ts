/** The filters that every list takes, as parameters of the API and as flags of `get`. */
import { canonicalIp, parseAddress, parsePort } from './address.ts';
import type { Direction } from './direction.ts';
import { AppError, quoted } from './errors.ts';
import { PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX } from './limits.ts';
import { SEVERITIES, type Severity, STATES, type State, VERDICTS, type Verdict } from './resources.ts';
import { parseInstant } from './time.ts';

export const FILTER_NAMES = [
  'since',
  'until',
  'pod',
  'namespace',
  'workload',
  'node',
  'source',
  'destination',
  'port',
  'upstream_cluster',
  'state',
  'response_flag',
  'direction',
  'kind',
  'verdict',
  'diagnosis',
  'severity',
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

/** A name to match: `*` stands for any run of characters, anything else for itself. */
export interface NamePattern {
  (name: string | null): boolean;
  /** The pattern as given: two patterns with the same text match the same names. */
  readonly text: string;
}

/** Matches an address by ip, or by ip and port. */
export interface AddressFilter {
  readonly ip: string;
  readonly port: number | null;
}

/** Valid by construction. Values of one field are alternatives; fields must all hold; an empty list holds always. */
export interface Filter {
  readonly since: number | null;
  readonly until: number | null;
  readonly pod: readonly NamePattern[];
  readonly namespace: readonly NamePattern[];
  readonly workload: readonly NamePattern[];
  readonly node: readonly NamePattern[];
  readonly source: readonly AddressFilter[];
  readonly destination: readonly AddressFilter[];
  readonly port: readonly number[];
  readonly upstream_cluster: readonly NamePattern[];
  readonly state: readonly State[];
  readonly response_flag: readonly NamePattern[];
  readonly direction: readonly Direction[];
  /** `tcp` or `http` for lines; a pattern for pairs' and shifts' kinds. */
  readonly kind: readonly NamePattern[];
  readonly verdict: readonly Verdict[];
  readonly diagnosis: readonly NamePattern[];
  readonly severity: readonly Severity[];
}

export const NO_FILTER: Filter = Object.freeze({
  since: null,
  until: null,
  pod: [],
  namespace: [],
  workload: [],
  node: [],
  source: [],
  destination: [],
  port: [],
  upstream_cluster: [],
  state: [],
  response_flag: [],
  direction: [],
  kind: [],
  verdict: [],
  diagnosis: [],
  severity: [],
});

/**
 * Reads filters from named texts.
 * Shape: each name with one text or several. Errors: `unknown_parameter` with the names there are, `bad_parameter`.
 */
export function parseFilter(
  given: Readonly<Record<string, string | readonly string[] | undefined>>,
  now: number,
): Filter {
  const values = (name: FilterName): readonly string[] => {
    const value = given[name];
    return value === undefined ? [] : typeof value === 'string' ? [value] : value;
  };
  const unknown = Object.keys(given).find((name) => !(FILTER_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new AppError(
      'unknown_parameter',
      `cannot use filter ${quoted(unknown)}: there is no such filter; expected one of ${FILTER_NAMES.join(', ')}`,
    );
  }
  const names = (name: FilterName): NamePattern[] => values(name).map(namePattern);
  const instant = (name: 'since' | 'until'): number | null => {
    const all = values(name);
    if (all.length > 1) throw bad(name, all.join(', '), 'one time');
    return all[0] === undefined ? null : readInstant(name, all[0], now);
  };
  const filter: Filter = {
    since: instant('since'),
    until: instant('until'),
    pod: names('pod'),
    namespace: names('namespace'),
    workload: names('workload'),
    node: names('node'),
    source: values('source').map((v) => readAddress('source', v)),
    destination: values('destination').map((v) => readAddress('destination', v)),
    port: values('port').map((v) => parsePort(v) ?? fail('port', v, 'a number from 0 to 65535')),
    upstream_cluster: names('upstream_cluster'),
    state: values('state').map((v) => oneOf('state', v, STATES)),
    response_flag: names('response_flag'),
    direction: values('direction').map((v) =>
      oneOf('direction', v, ['outbound', 'inbound', 'unknown'] as const),
    ),
    kind: names('kind'),
    verdict: values('verdict').map((v) => oneOf('verdict', v, VERDICTS)),
    diagnosis: names('diagnosis'),
    severity: values('severity').map((v) => oneOf('severity', v, SEVERITIES)),
  };
  if (filter.since !== null && filter.until !== null && filter.since > filter.until) {
    throw bad('since', String(given.since), 'a time before "until"');
  }
  return filter;
}

/** True when the list is empty or one of its patterns matches. Null matches `*` alone. */
export function matchesName(patterns: readonly NamePattern[], name: string | null): boolean {
  return patterns.length === 0 || patterns.some((p) => p(name));
}

/** True when the list is empty or one of its addresses is this one. */
export function matchesAddress(
  filters: readonly AddressFilter[],
  ip: string | null,
  port: number | null,
): boolean {
  return filters.length === 0 || filters.some((f) => f.ip === ip && (f.port === null || f.port === port));
}

/** True when the list is empty or holds the value. */
export function matchesValue<T>(list: readonly T[], value: T | null): boolean {
  return list.length === 0 || (value !== null && list.includes(value));
}

/** Number of items on a page. Errors: `bad_parameter`. */
export function parseLimit(text: string | undefined): number {
  if (text === undefined) return PAGE_ITEMS_DEFAULT;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > PAGE_ITEMS_MAX) throw bad('limit', text, `a number from 1 to ${PAGE_ITEMS_MAX}`);
  return limit;
}

/** Builds the matcher of a name with `*`. Linear in the length of the name for any pattern. */
export function namePattern(pattern: string): NamePattern {
  return Object.assign(matcher(pattern), { text: pattern });
}

function matcher(pattern: string): (name: string | null) => boolean {
  if (!pattern.includes('*')) return (name) => name === pattern;
  const parts = pattern.split('*');
  const head = parts[0] ?? '';
  const tail = parts[parts.length - 1] ?? '';
  const middle = parts.slice(1, -1).filter((p) => p !== '');
  return (name) => {
    if (name === null) return pattern === '*';
    if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail))
      return false;
    let at = head.length;
    for (const part of middle) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= name.length - tail.length;
  };
}

function readInstant(name: string, text: string, now: number): number {
  return (
    parseInstant(text, now) ??
    fail(name, text, 'RFC 3339 such as 2020-07-23T14:39:00Z, or a duration such as 15m, 1h, 7d')
  );
}

function readAddress(name: string, text: string): AddressFilter {
  const address = parseAddress(text);
  if (address !== null) return address;
  const ip = canonicalIp(text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text);
  return ip === null
    ? fail(name, text, 'an address such as 10.0.0.1, 10.0.0.1:5701 or [2001:db8::1]:5701')
    : { ip, port: null };
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  return allowed.find((a) => a === value) ?? fail(name, value, `one of ${allowed.join(', ')}`);
}

function bad(name: string, value: string, expected: string): AppError {
  return new AppError(
    'bad_parameter',
    `cannot read filter "${name}": got ${quoted(value)}, expected ${expected}`,
  );
}

function fail(name: string, value: string, expected: string): never {
  throw bad(name, value, expected);
}
