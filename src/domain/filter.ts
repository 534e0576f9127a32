/** The filters that every list takes, as parameters of the API and as flags of `get`. */
import { canonicalIp, parseAddress, parsePort } from './address.ts';
import { DIRECTIONS, type Direction } from './direction.ts';
import { AppError, quoted } from './errors.ts';
import { badFilter, readChoices, readDiagnosis, readKind, readResponseFlag } from './filter-values.ts';
import { PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX } from './limits.ts';
import { type NamePattern, namePattern } from './name-pattern.ts';
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

/** True for a filter that asks for everything. */
export function isNoFilter(filter: Filter): boolean {
  return FILTER_NAMES.every((name) => {
    const value = filter[name];
    return value === null || (typeof value === 'object' && value.length === 0);
  });
}

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
  const choices = <T extends string>(name: FilterName, known: readonly T[]): T[] =>
    values(name).flatMap((v) => readChoices(name, v, known));
  const instant = (name: 'since' | 'until'): number | null => {
    const all = values(name);
    if (all.length > 1) throw badFilter(name, all.join(', '), 'one time');
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
    state: choices('state', STATES),
    response_flag: values('response_flag').map(readResponseFlag),
    direction: choices('direction', DIRECTIONS),
    kind: values('kind').map(readKind),
    verdict: choices('verdict', VERDICTS),
    diagnosis: values('diagnosis').map(readDiagnosis),
    severity: choices('severity', SEVERITIES),
  };
  if (filter.since !== null && filter.until !== null && filter.since > filter.until) {
    throw badFilter('since', String(given.since), 'a time before "until"');
  }
  return filter;
}

/** The address of `explain`, with a port that connections can have. Errors: `bad_parameter`. */
export function parseAsked(text: string): AddressFilter {
  const address = readAddressText(text);
  if (address !== null && address.port !== 0) return address;
  const cause =
    address === null
      ? `expected an address such as ${ADDRESSES}`
      : 'no connection has port 0; without a port, all of them are explained';
  throw new AppError('bad_parameter', `cannot explain ${quoted(text)}: ${cause}`);
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
  if (limit < 1 || limit > PAGE_ITEMS_MAX)
    throw badFilter('limit', text, `a number from 1 to ${PAGE_ITEMS_MAX}`);
  return limit;
}

function readInstant(name: string, text: string, now: number): number {
  return (
    parseInstant(text, now) ??
    fail(name, text, 'RFC 3339 such as 2020-07-23T14:39:00Z, or a duration such as 15m, 1h, 7d')
  );
}

const ADDRESSES = '10.0.0.1, 10.0.0.1:5701 or [2001:db8::1]:5701';

function readAddress(name: string, text: string): AddressFilter {
  return readAddressText(text) ?? fail(name, text, `an address such as ${ADDRESSES}`);
}

function readAddressText(text: string): AddressFilter | null {
  const address = parseAddress(text);
  if (address !== null) return address;
  const ip = canonicalIp(text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text);
  return ip === null ? null : { ip, port: null };
}

function fail(name: string, value: string, expected: string): never {
  throw badFilter(name, value, expected);
}
