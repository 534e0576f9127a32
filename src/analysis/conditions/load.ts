/** How connections and bytes fall on the hosts of a cluster. */
import { formatTime, HOUR_MS } from '../../domain/time.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { hotEndpoint } from '../diagnoses/hot-endpoint.ts';
import { loadImbalance } from '../diagnoses/load-imbalance.ts';
import type { Finding } from '../findings.ts';
import { compareText, type Leg } from '../legs.ts';
import { type Condition, type ConditionScope, toFinding } from './condition.ts';

/** Connections of each host in an hour, on average, before chance is told from choice; and how unlikely it must be. */
const MEAN_MIN = 50;
const CHANCE_MAX = 1e-6;
const TIMES_MEAN_MIN = 2;
/** A host that was there all the hour has its first and last connection in these parts of it. */
const EDGE_SHARE = 0.1;
/** One host of three or more with most bytes and no more connections than others, hour after hour, is hot. */
const HOSTS_MIN = 3;
const BYTES_SHARE_MIN = 0.5;
const FAIR_TIMES_MAX = 1.5;
const HOT_HOURS_MIN = 3;

interface HostLoad {
  connections: number;
  bytes: number;
  first: number;
  last: number;
}
type HourLoad = ReadonlyMap<string, HostLoad>;

/** Connections of all clients to one named cluster and port, by the hosts that they were sent to. */
export const load: Condition = {
  name: 'load',
  byFacts: true,
  scopesOf: ({ facts }) => {
    if (!facts.client || facts.portCluster === '' || facts.failed) return [];
    if (facts.upstream === null || facts.upstream.ip === facts.local?.ip) return [];
    return [facts.portCluster];
  },
  find: (scope) => {
    const hours = [...scope.hourly(lookAt)]
      .filter(([, seen]) => seen !== ALONE)
      .map(([hour, seen]) => ({ hour, ...seen }))
      .sort((a, b) => a.hour - b.hour);
    return [...findImbalance(scope, hours), ...findHot(scope, hours)];
  },
};

/** What an hour shows: there are very many of them, and nearly all show nothing. */
interface Seen {
  /** The hosts that were there all the time, where their connections are uneven; else null. */
  readonly uneven: HourLoad | null;
  /** The host with most of the bytes, though not of the connections; null: none. */
  readonly hot: string | null;
}

interface Hour extends Seen {
  readonly hour: number;
}

const EVEN: Seen = Object.freeze({ uneven: null, hot: null });
/** Of one host, which shares with none. */
const ALONE: Seen = Object.freeze({ uneven: null, hot: null });

function lookAt(legs: readonly Leg[]): Seen {
  const hosts = presentAll(loadOf(legs));
  if (hosts.size < 2) return ALONE;
  const uneven = isUneven([...hosts.values()].map((host) => host.connections)) ? hosts : null;
  const hot = hotIn(hosts);
  return uneven === null && hot === null ? EVEN : { uneven, hot };
}

function loadOf(legs: readonly Leg[]): HourLoad {
  const hosts = new Map<string, HostLoad>();
  for (const { facts, flow } of legs) {
    const key = facts.upstream?.key ?? '';
    const bytes = flow.bytes_received + flow.bytes_sent;
    const known = hosts.get(key);
    if (known === undefined) {
      hosts.set(key, { connections: flow.connections, bytes, first: flow.first, last: flow.last });
      continue;
    }
    known.connections += flow.connections;
    known.bytes += bytes;
    known.first = Math.min(known.first, flow.first);
    known.last = Math.max(known.last, flow.last);
  }
  return hosts;
}

/** The hosts that were there all the time in which the cluster was used; one that came or went got less by right. */
function presentAll(hosts: HourLoad): HourLoad {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const host of hosts.values()) {
    first = Math.min(first, host.first);
    last = Math.max(last, host.last);
  }
  const edge = EDGE_SHARE * (last - first);
  return new Map([...hosts].filter(([, host]) => host.first <= first + edge && host.last >= last - edge));
}

function findImbalance(scope: Pick<ConditionScope, 'name' | 'legs'>, hours: readonly Hour[]): Finding[] {
  const uneven = hours.filter((hour) => hour.uneven !== null);
  const worst = uneven[0];
  if (worst === undefined) return [];
  const hosts = worst.uneven ?? new Map<string, HostLoad>();
  const sorted = [...hosts].sort(([a, x], [b, y]) => y.connections - x.connections || compareText(a, b));
  const [most, least] = [sorted[0], sorted.at(-1)];
  return [
    toFinding({
      about: [scope.name],
      diagnosis: loadImbalance,
      severity: 'info',
      legs: legsIn(uneven, scope.legs),
      after: null,
      ended: null,
      evidence: [
        `In the hour from ${formatTime(worst.hour * HOUR_MS)} on ${most?.[0]} got ${count(most?.[1].connections ?? 0, 'connection')} ` +
          `and ${least?.[0]} ${least?.[1].connections ?? 0}, of ${hosts.size} hosts that were there all the time.`,
        `${count(uneven.length, 'hour')} of ${hours.length} looked like that. By chance it happens less than once in a million times.`,
      ],
    }),
  ];
}

/** By the test of Pearson against even shares. */
function isUneven(counts: readonly number[]): boolean {
  const mean = counts.reduce((sum, one) => sum + one, 0) / counts.length;
  if (counts.length < 2 || mean < MEAN_MIN || Math.max(...counts) <= TIMES_MEAN_MIN * mean) return false;
  const square = counts.reduce((sum, one) => sum + (one - mean) ** 2 / mean, 0);
  return chanceOf(square, counts.length - 1) < CHANCE_MAX;
}

/** Chance of such a sum of squares or a greater one, by the cube root of Wilson and Hilferty. */
function chanceOf(square: number, freedom: number): number {
  const spread = 2 / (9 * freedom);
  const deviation = (Math.cbrt(square / freedom) - (1 - spread)) / Math.sqrt(spread);
  // The tail of the normal distribution, from above; the chance is not needed where it is not small.
  return deviation <= 1 ? 1 : Math.exp((-deviation * deviation) / 2) / (deviation * Math.sqrt(2 * Math.PI));
}

function findHot(scope: Pick<ConditionScope, 'name' | 'legs'>, hours: readonly Hour[]): Finding[] {
  const byHost = new Map<string, Hour[]>();
  for (const hour of hours) {
    const { hot } = hour;
    if (hot !== null) byHost.set(hot, [...(byHost.get(hot) ?? []), hour]);
  }
  return [...byHost]
    .filter(([, hot]) => hot.length >= HOT_HOURS_MIN)
    .sort(([a], [b]) => compareText(a, b))
    .map(([host, hot]) => {
      const own = legsIn(hot, scope.legs).filter((leg) => leg.facts.upstream?.key === host);
      return toFinding({
        about: [scope.name, host],
        diagnosis: hotEndpoint,
        severity: 'info',
        legs: own,
        after: null,
        ended: null,
        evidence: [
          `In ${count(hot.length, 'hour')} of ${hours.length} ${host} had more than half of the bytes of all hosts, and no more than ` +
            `${FAIR_TIMES_MAX} times its share of the connections.`,
        ],
      });
    });
}

/** The host with most of the bytes, though not of the connections; null: none. */
function hotIn(hosts: HourLoad): string | null {
  const all = [...hosts.values()];
  const bytes = all.reduce((sum, host) => sum + host.bytes, 0);
  const mean = all.reduce((sum, host) => sum + host.connections, 0) / all.length;
  if (all.length < HOSTS_MIN || mean < MEAN_MIN) return null;
  const hot = [...hosts].find(([, host]) => host.bytes > BYTES_SHARE_MIN * bytes);
  return hot === undefined || hot[1].connections > FAIR_TIMES_MAX * mean ? null : hot[0];
}

function legsIn(hours: readonly Hour[], legs: readonly Leg[]): Leg[] {
  const wanted = new Set(hours.map(({ hour }) => hour));
  return legs.filter(({ flow }) => wanted.has(flow.hour));
}
