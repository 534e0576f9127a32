/**
 * Weeks of one mesh, as the clients' proxies log them: a rhythm of days and weeks, growth, noise that comes in bursts, pods
 * that are replaced, a collector that is away once; and, where asked for, one thing that is unusual.
 */
import type { Anomaly } from '../../src/domain/resources.ts';
import { HOUR_MS } from '../../src/domain/time.ts';
import { Random } from './random.ts';

const DAY_MS = 24 * HOUR_MS;
const WEEK_HOURS = 168;
/** A Monday, 00:00. */
export const WEEKS_START = Date.UTC(2026, 0, 5);

export const UNUSUAL = [
  'failures',
  'slow_failures',
  'drop',
  'surge',
  'new_destination',
  'long_durations',
  'large_bytes',
] as const;
export type Unusual = (typeof UNUSUAL)[number];

/** The metric that shows each. */
export const METRIC_OF: Readonly<Record<Unusual, Anomaly['metric']>> = {
  failures: 'failures',
  slow_failures: 'failures',
  drop: 'connections',
  surge: 'connections',
  new_destination: 'new_destination',
  long_durations: 'duration_p50',
  large_bytes: 'bytes_per_connection',
};

export interface WeeksOptions {
  readonly seed: number;
  readonly weeks: number;
  /** Connections of the busiest calls at the busiest hour; others have less. */
  readonly busiest: number;
  /** Null: nothing. */
  readonly unusual: Unusual | null;
}

/** What was put in, hours after the start. */
export interface Injected {
  readonly kind: Unusual;
  readonly workload: string;
  readonly destination: string;
  readonly from: number;
  readonly to: number;
}

interface Call {
  readonly workload: string;
  readonly service: string;
  readonly address: string;
  readonly port: number;
  readonly rate: number;
  readonly duration: number;
  readonly bytes: number;
  /** Part of the traffic that is left on a weekend. */
  readonly weekend: number;
}

const WORKLOADS = ['cart', 'checkout', 'ledger', 'mailer', 'search', 'stock'];
const SERVICES = ['cache', 'events', 'orders', 'users'];
const FAILURE_RATE = 0.002;

/** Lines hour by hour, and what was put in. */
export function simulateWeeks(options: WeeksOptions): {
  lines: Generator<string>;
  injected: Injected | null;
} {
  const random = new Random(options.seed, 'weeks');
  const calls = makeCalls(random, options.busiest);
  const injected = options.unusual === null ? null : inject(options.unusual, calls, options, random);
  return { lines: makeLines(calls, injected, options, random), injected };
}

function makeCalls(random: Random, busiest: number): Call[] {
  return WORKLOADS.flatMap((workload, w) =>
    SERVICES.filter((_, s) => (w + s) % 2 === 0 || s === 0).map((service, s) => ({
      workload,
      service,
      address: `10.96.7.${10 + SERVICES.indexOf(service)}`,
      port: 5_000 + SERVICES.indexOf(service),
      rate: busiest / (1 + w + 2 * s),
      duration: 20 + 400 * random.next(),
      bytes: 500 + 20_000 * random.next(),
      weekend: 0.2 + 0.8 * random.next(),
    })),
  );
}

function inject(kind: Unusual, calls: readonly Call[], { weeks }: WeeksOptions, random: Random): Injected {
  // Among the calls that are frequent enough on that day for anybody to notice.
  const frequent = calls.toSorted((a, b) => b.rate * b.weekend - a.rate * a.weekend);
  // What is missing, or fails now and then, takes more connections to tell from chance than what is there.
  const isSubtle = kind === 'drop' || kind === 'slow_failures';
  const call = frequent[isSubtle ? 0 : random.int(3)];
  if (call === undefined) throw new Error('no calls');
  const last = weeks * WEEK_HOURS - 1;
  // In the working hours of the last day, a Sunday, or over most of it.
  const from = last - 14 + random.int(3);
  const hours = kind === 'slow_failures' ? 10 : 3;
  const destination = kind === 'new_destination' ? 'vault.shop' : `${call.service}.shop`;
  return {
    kind,
    workload: call.workload,
    destination: `${destination}.svc.cluster.local`,
    from,
    to: from + hours,
  };
}

function* makeLines(
  calls: readonly Call[],
  injected: Injected | null,
  { weeks }: WeeksOptions,
  random: Random,
): Generator<string> {
  const awayFrom = Math.floor((weeks - 1.5) * WEEK_HOURS);
  // A slow wave of its own for each call, beside chance: traffic is no dice.
  const drift = calls.map(() => 0);
  for (let hour = 0; hour < weeks * WEEK_HOURS; hour++) {
    const isAway = hour >= awayFrom && hour < awayFrom + 4;
    for (const [index, call] of calls.entries()) {
      drift[index] = 0.8 * (drift[index] ?? 0) + 0.1 * random.normal();
      if (isAway) continue;
      yield* hourOf(call, hour, Math.exp(drift[index] ?? 0), injected, random);
    }
  }
}

function* hourOf(
  call: Call,
  hour: number,
  noise: number,
  injected: Injected | null,
  random: Random,
): Generator<string> {
  const isHit =
    injected !== null &&
    injected.workload === call.workload &&
    hour >= injected.from &&
    hour < injected.to &&
    (injected.kind === 'new_destination' || injected.destination.startsWith(`${call.service}.`));
  const kind = isHit ? injected.kind : null;
  const rate = call.rate * rhythm(hour, call) * 1.03 ** (hour / WEEK_HOURS) * noise;
  const count = random.poisson(kind === 'drop' ? 0.02 * rate : kind === 'surge' ? 4 * rate : rate);
  for (let i = 0; i < count; i++) yield lineOf(call, hour, kind, random);
  if (kind !== 'new_destination' || call.service !== 'cache') return;
  const vault = { ...call, service: 'vault', address: '10.96.7.99', port: 8_200 };
  for (let i = 0; i < 12; i++) yield lineOf(vault, hour, null, random);
}

/** Nights and weekends are quieter. */
function rhythm(hour: number, { weekend }: Call): number {
  const ofDay = 0.55 - 0.45 * Math.cos((2 * Math.PI * ((hour % 24) - 2)) / 24);
  return ofDay * (Math.floor(hour / 24) % 7 >= 5 ? weekend : 1);
}

function lineOf(call: Call, hour: number, kind: Unusual | null, random: Random): string {
  const start = WEEKS_START + hour * HOUR_MS + random.int(HOUR_MS);
  // Deployments twice a week give new pods with new addresses.
  const revision = Math.floor((start - WEEKS_START) / (3.5 * DAY_MS));
  const replica = random.int(2);
  const workload = WORKLOADS.indexOf(call.workload);
  const pod = `${call.workload}-${hash(`${call.workload}${revision}`)}-${hash(`${revision}${replica}`).slice(0, 5)}`;
  const ip = `10.244.${workload}.${(2 * revision + replica) % 250}`;
  const rate = kind === 'failures' ? 0.4 : kind === 'slow_failures' ? 0.08 : FAILURE_RATE;
  const failed = random.next() < rate;
  const slow = kind === 'long_durations' ? 8 : 1;
  const large = kind === 'large_bytes' ? 12 : 1;
  const duration = failed ? 1_000 : Math.round(slow * call.duration * Math.exp(0.5 * random.normal()));
  const bytes = failed ? 0 : Math.round(large * call.bytes * Math.exp(0.7 * random.normal()));
  const host = `10.245.${SERVICES.indexOf(call.service) + 1}.${1 + random.int(3)}:${call.port}`;
  const client = `${ip}:${32_768 + random.int(28_000)}`;
  const upstream = failed ? '-' : `${ip}:${32_768 + random.int(28_000)}`;
  const cluster = `outbound|${call.port}||${call.service}.shop.svc.cluster.local`;
  return (
    `shop ${pod} istio-proxy [${new Date(start).toISOString()}] "- - -" 0 ${failed ? 'UF,URX' : '-'} - - "-" ` +
    `${bytes} ${Math.round(bytes / 3)} ${duration} - "-" "-" "-" "-" "${host}" ${cluster} ${upstream} ` +
    `${call.address}:${call.port} ${client} - -`
  );
}

/** Ten characters as Kubernetes gives them to pods. */
function hash(text: string): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  let state = 7;
  for (const char of text) state = (state * 31 + char.charCodeAt(0)) % 1_000_003;
  let made = '';
  for (let i = 0; i < 10; i++) {
    state = (state * 48_271 + 11) % 2_147_483_647;
    made += letters[state % letters.length] ?? '';
  }
  return made;
}
