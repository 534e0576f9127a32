/** Reads the configuration file: which reports are made when, and where they go. */
import { canonicalIp, isIpv4 } from '../domain/address.ts';
import { AppError, quoted } from '../domain/errors.ts';
import { CONFIG_BYTES_MAX, REPORT_KEEP_MS_DEFAULT } from '../domain/limits.ts';
import { nearest } from '../domain/nearest.ts';
import { REPORT_FORMATS, type ReportFilters } from '../domain/report.ts';
import { ASKED, type ReportsPlan, type SchedulePlan, type TargetPlan } from '../domain/report-plan.ts';
import { parseReportRequest } from '../domain/report-request.ts';
import { type Place, readDocument } from './place.ts';
import type { SecretSources } from './secrets.ts';
import { readTarget } from './targets.ts';
import { optional, readChoice, readLine, readName, readSpan } from './values.ts';

const MINUTE_MS = 60_000;
const YEAR_MS = 366 * 86_400_000;

export interface PlanDeps extends SecretSources {
  /** What is wrong with a cron expression or a time zone; null: nothing. */
  readonly cronProblem: (cron: string, timezone: string) => string | null;
  readonly isTimezone: (name: string) => boolean;
  /** Ms since the epoch. */
  readonly now: number;
}

/** `name`: of the file, for messages. Errors: `bad_parameter`, with file, line and path, and what was expected. */
export async function readReportsPlan(text: string, name: string, deps: PlanDeps): Promise<ReportsPlan> {
  if (Buffer.byteLength(text) > CONFIG_BYTES_MAX)
    throw new AppError('bad_parameter', `cannot read ${name}: it has more than ${CONFIG_BYTES_MAX} bytes`);
  const keys = readDocument(text, name).map(['external_url', 'allow_networks', 'targets', 'reports']);
  const targets: TargetPlan[] = [];
  for (const place of keys.targets.list()) {
    const target = await readTarget(place, deps);
    refuseTwice(place, target.name, targets);
    targets.push(target);
  }
  const schedules: SchedulePlan[] = [];
  for (const place of keys.reports.list()) {
    const schedule = readSchedule(place, targets, deps);
    refuseTwice(place, schedule.name, schedules);
    schedules.push(schedule);
  }
  return {
    schedules,
    targets,
    allowNetworks: keys.allow_networks.list().map(readNetwork),
    externalUrl: optional(keys.external_url, readExternalUrl),
  };
}

function refuseTwice(place: Place, name: string, others: ReadonlyArray<{ readonly name: string }>): void {
  if (others.some((other) => other.name === name))
    throw place.fail(`another name than ${quoted(name)}: it is there already`);
}

const SCHEDULE_KEYS = ['name', 'cron', 'timezone', 'window', 'filters', 'format', 'deliver', 'keep'] as const;

function readSchedule(place: Place, targets: readonly TargetPlan[], deps: PlanDeps): SchedulePlan {
  const keys = place.map(SCHEDULE_KEYS);
  const name = readName(keys.name);
  if (name === ASKED) throw keys.name.fail('another name: this one stands for reports that were asked for');
  const timezone = optional(keys.timezone, (zone) => readTimezone(zone, deps)) ?? 'UTC';
  const span = 'a duration from 1m to 366d, such as 24h';
  return {
    name,
    cron: readCron(keys.cron, timezone, deps),
    timezone,
    windowMs: optional(keys.window, (window) => readSpan(window, MINUTE_MS, YEAR_MS, span)),
    filters: optional(keys.filters, (filters) => readFilters(filters, deps.now)) ?? {},
    format: optional(keys.format, (format) => readChoice(format, REPORT_FORMATS)) ?? 'html',
    deliver: keys.deliver.list().map((target) => readDelivery(target, targets)),
    keepMs:
      optional(keys.keep, (keep) => readSpan(keep, MINUTE_MS, 10 * YEAR_MS, 'a duration such as 90d')) ??
      REPORT_KEEP_MS_DEFAULT,
  };
}

function readTimezone(place: Place, { isTimezone }: PlanDeps): string {
  const expected = 'the IANA name of a time zone, such as Europe/Berlin or UTC';
  const timezone = readLine(place, expected);
  if (!isTimezone(timezone)) throw place.fail(expected);
  return timezone;
}

function readCron(place: Place, timezone: string, { cronProblem }: PlanDeps): string {
  const expected = 'a cron expression such as "0 7 * * 1-5"';
  const cron = readLine(place, expected);
  const problem = cronProblem(cron, timezone);
  if (problem !== null) throw place.fail(`${expected} (${problem})`);
  return cron;
}

/** Filters of `get`, each with a value or a list of values. */
function readFilters(place: Place, now: number): ReportFilters {
  const { value } = place;
  const expected = 'a mapping of filters, such as {namespace: [shop], severity: [high, critical]}';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw place.fail(expected);
  const filters: Record<string, readonly string[]> = {};
  for (const [name, given] of Object.entries(value)) {
    if (name === 'since' || name === 'until')
      throw place.fail('filters without a time: the schedule and its window say when');
    const values: unknown[] = Array.isArray(given) ? given : [given];
    if (!values.every((one) => typeof one === 'string' || typeof one === 'number'))
      throw place.fail(expected);
    filters[name] = values.map(String);
  }
  try {
    parseReportRequest(filters, now);
  } catch (error) {
    if (error instanceof AppError)
      throw place.fail(`filters that reports take: ${error.message}`, error.remedy);
    throw error;
  }
  return filters;
}

function readDelivery(place: Place, targets: readonly TargetPlan[]): string {
  const names = targets.map(({ name }) => name);
  const found = names.find((name) => name === place.value);
  if (found !== undefined) return found;
  const meant = typeof place.value === 'string' ? nearest(place.value, names) : null;
  throw place.fail(
    names.length === 0
      ? 'the name of a target, and there are none'
      : `the name of a target: ${names.join(', ')}`,
    meant === null ? undefined : `did you mean ${meant}?`,
  );
}

/** CIDR, or an address. */
function readNetwork(place: Place): string {
  const expected = 'a network such as 10.0.0.0/8, or an address';
  const text = readLine(place, expected);
  const [ip = '', prefix, ...rest] = text.split('/');
  const isGood =
    canonicalIp(ip) !== null &&
    rest.length === 0 &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIpv4(ip) ? 32 : 128)));
  if (!isGood) throw place.fail(expected);
  return text;
}

function readExternalUrl(place: Place): string {
  const expected = 'a URL such as https://meshwake.example.com';
  const text = readLine(place, expected);
  const url = URL.canParse(text) ? new URL(text) : null;
  // It ends up in links of mails and messages.
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    url.hash !== '' ||
    /[|<>]/.test(url.href)
  )
    throw place.fail(expected);
  return url.href.replace(/\/$/, '');
}
