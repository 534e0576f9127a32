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

/**
 * How much of each is put in, the largest first: part of the calls that fail, how many times as many, as long or as large, calls
 * an hour to a new destination.
 */
export const SIZES: Readonly<Record<Unusual, readonly [number, ...number[]]>> = {
  failures: [0.4, 0.2, 0.1],
  slow_failures: [0.08, 0.05, 0.03],
  drop: [0.02, 0.2, 0.4],
  surge: [4, 3, 2.5],
  new_destination: [12, 6, 4],
  long_durations: [8, 4, 2.5],
  large_bytes: [12, 4, 2.5],
};

export interface WeeksOptions {
  readonly seed: number;
  readonly weeks: number;
  /** Connections of the busiest calls at the busiest hour; others have less. */
  readonly busiest: number;
  /** The largest of its sizes is put in on the last day; `all`: three things on each of the last seven days. Null: nothing. */
  readonly unusual: Unusual | 'all' | null;
}

/** What was put in, hours after the start. */
export interface Injected {
  readonly kind: Unusual;
  readonly size: number;
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
/** Those that nobody calls until they are put in, one for each size. */
const NEW_SERVICES = ['vault', 'wallet', 'archive'];
const NEW_PORT = 8_200;
const FAILURE_RATE = 0.002;

/** Lines hour by hour, and what was put in. */
export function simulateWeeks(options: WeeksOptions): {
  lines: Generator<string>;
  injected: readonly Injected[];
} {
  const random = new Random(options.seed, 'weeks');
  const calls = makeCalls(random, options.busiest);
  const injected = planOf(options).map((dose) => inject(dose, calls, options, random));
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

/** One thing to put in. */
interface Dose {
  readonly kind: Unusual;
  readonly size: number;
  readonly rank: number;
  readonly daysBefore: number;
}

/** Of three things on one day, no two are of one metric, nor do both need the busiest call. */
function planOf({ unusual }: WeeksOptions): Dose[] {
  if (unusual === null) return [];
  if (unusual !== 'all') return [{ kind: unusual, size: SIZES[unusual][0], rank: 0, daysBefore: 0 }];
  return UNUSUAL.flatMap((kind, index) =>
    SIZES[kind].map((size, rank) => ({ kind, size, rank, daysBefore: (index + 2 * rank) % 7 })),
  );
}

function inject(
  { kind, size, rank, daysBefore }: Dose,
  calls: readonly Call[],
  { weeks, seed, unusual }: WeeksOptions,
  random: Random,
): Injected {
  // Among the calls that are frequent enough on that day for anybody to notice.
  const frequent = calls.toSorted((a, b) => b.rate * b.weekend - a.rate * a.weekend);
  // What is missing, or fails now and then, takes more connections to tell from chance than what is there.
  const isSubtle = kind === 'drop' || kind === 'slow_failures';
  const other = unusual === 'all' ? 1 + ((rank + seed) % 3) : random.int(3);
  const call = frequent[isSubtle ? 0 : other];
  if (call === undefined) throw new Error('no calls');
  const last = weeks * WEEK_HOURS - 1 - 24 * daysBefore;
  // In the working hours of the day, or over most of it.
  const from = last - 14 + random.int(3);
  const hours = kind === 'slow_failures' ? 10 : 3;
  const service = kind === 'new_destination' ? (NEW_SERVICES[rank] ?? '') : call.service;
  return {
    kind,
    size,
    workload: call.workload,
    destination: `${service}.shop.svc.cluster.local`,
    from,
    to: from + hours,
  };
}

function* makeLines(
  calls: readonly Call[],
  injected: readonly Injected[],
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
  injected: readonly Injected[],
  random: Random,
): Generator<string> {
  const now = injected.filter(({ workload, from, to }) => {
    return workload === call.workload && hour >= from && hour < to;
  });
  const hit = now.find(({ destination }) => destination.startsWith(`${call.service}.`)) ?? null;
  const often = hit?.kind === 'drop' || hit?.kind === 'surge' ? hit.size : 1;
  const rate = call.rate * rhythm(hour, call) * 1.03 ** (hour / WEEK_HOURS) * noise;
  const count = random.poisson(often * rate);
  for (let i = 0; i < count; i++) yield lineOf(call, hour, hit, random);
  const fresh = now.find(({ kind }) => kind === 'new_destination');
  if (fresh === undefined || call.service !== 'cache') return;
  const service = fresh.destination.split('.')[0] ?? '';
  const address = `10.96.7.${99 - NEW_SERVICES.indexOf(service)}`;
  const called = { ...call, service, address, port: NEW_PORT };
  for (let i = 0; i < fresh.size; i++) yield lineOf(called, hour, null, random);
}

/** Nights and weekends are quieter. */
function rhythm(hour: number, { weekend }: Call): number {
  const ofDay = 0.55 - 0.45 * Math.cos((2 * Math.PI * ((hour % 24) - 2)) / 24);
  return ofDay * (Math.floor(hour / 24) % 7 >= 5 ? weekend : 1);
}

function lineOf(call: Call, hour: number, hit: Injected | null, random: Random): string {
  const start = WEEKS_START + hour * HOUR_MS + random.int(HOUR_MS);
  // Deployments twice a week give new pods with new addresses.
  const revision = Math.floor((start - WEEKS_START) / (3.5 * DAY_MS));
  const replica = random.int(2);
  const workload = WORKLOADS.indexOf(call.workload);
  const pod = `${call.workload}-${hash(`${call.workload}${revision}`)}-${hash(`${revision}${replica}`).slice(0, 5)}`;
  const ip = `10.244.${workload}.${(2 * revision + replica) % 250}`;
  const isFailing = hit?.kind === 'failures' || hit?.kind === 'slow_failures';
  const failed = random.next() < (isFailing ? hit.size : FAILURE_RATE);
  const slow = hit?.kind === 'long_durations' ? hit.size : 1;
  const large = hit?.kind === 'large_bytes' ? hit.size : 1;
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
