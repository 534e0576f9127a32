/** Connections that end together: a listener that was replaced cuts all of its own, a pod that ends cuts all it has. */
import { endTime } from '../../domain/entry.ts';
import { PAGE_ITEMS_MAX } from '../../domain/limits.ts';
import type { LineReader } from '../../domain/ports.ts';
import { formatDuration, formatTime } from '../../domain/time.ts';
import { count, listWords } from '../diagnoses/diagnosis.ts';
import { drainStorm } from '../diagnoses/drain-storm.ts';
import { podTerminationBurst } from '../diagnoses/pod-termination-burst.ts';
import { maxOf, minOf } from '../extremes.ts';
import { type Finding, SPREAD_MS } from '../findings.ts';
import { compareLegs, compareText, type Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';
import { type Condition, type ConditionPlan, HOUR_LINES_MAX, type Told, toFinding } from './condition.ts';
import { FlowMemo } from './flow-memo.ts';
import { isUneventful } from './health-checks.ts';

/** Connections that lasted so long do not end together by chance, ms; and the time within which they then end. */
const LONG_MS = 60_000;
const TOGETHER_MS = 2_000;
/** So many, and so many times what ends in such a time otherwise. They began at different times, ms. */
const BURST_MIN = 10;
const TIMES_USUAL_MIN = 5;
const STARTS_APART_MS = 30_000;
/** Proxies are told of a change one after the other, ms; two are not by chance. */
const PROXIES_APART_MS = 60_000;
const PROXIES_MIN = 2;
/** A pod's proxy goes on for so long when the pod ends, and is silent afterwards, ms. */
const TERMINATION_MS = 6_000;
const SILENCE_MS = 60_000;

/** One connection, in ms since the epoch. */
interface Life {
  readonly start: number;
  readonly end: number;
}

/** Connections of one port of a proxy that ended together. */
interface Burst {
  readonly writer: string;
  readonly isServer: boolean;
  readonly port: number;
  /** First and last of the ends. */
  readonly from: number;
  readonly to: number;
  readonly connections: number;
  readonly longest: number;
  readonly legs: readonly Leg[];
}

/** What the bursts are seen against. */
export interface World {
  readonly known: Ownership;
  /** Largest end of all lines. */
  readonly end: number | null;
  /** Lines that began in an hour since the epoch. */
  linesIn(hour: number): number;
  legsIn(hour: number): readonly Leg[];
}

/** Long connections of one port of a proxy, on one side of it. */
export function endingsPlan(world: () => World): ConditionPlan<Burst> {
  const condition: Condition<Burst> = {
    name: 'endings',
    scopesOf: (leg) => {
      const { facts } = leg;
      if (facts.local === null || !isLong(leg)) return [];
      return [`${facts.writer} ${facts.direction} ${facts.local.port}`];
    },
    find: async ({ suspects }, { reader }) => {
      if (suspects.reduce((sum, { flow }) => sum + flow.connections, 0) < BURST_MIN) return [];
      return findBursts(await livesOf(suspects, reader, world()));
    },
  };
  return {
    condition,
    mayShow: isLong,
    concerns: isUneventful,
    isOpen: () => false,
    tell: (found) => tellBursts(found, world()),
  };
}

function isLong({ flow, facts }: Leg): boolean {
  return flow.duration_max >= LONG_MS && isUneventful(facts);
}

/** What was read of flows. */
const READ = new FlowMemo<readonly Life[]>();

async function livesOf(
  legs: readonly Leg[],
  reader: Pick<LineReader, 'lines'>,
  world: World,
): Promise<ReadonlyArray<Life & { readonly leg: Leg }>> {
  const mayRead = (hour: number): boolean => world.linesIn(hour) <= HOUR_LINES_MAX;
  const isUnknown = (leg: Leg): boolean =>
    isLong(leg) && leg.flow.connections > 1 && READ.get(leg.flow) === undefined;
  // One question for an hour costs little more than one for a few of its flows: the other scopes need the rest of them.
  const hours = new Set(legs.filter(isUnknown).map(({ flow }) => flow.hour));
  for (const hour of [...hours].filter(mayRead)) await readHour(world.legsIn(hour).filter(isUnknown), reader);
  return legs.flatMap((leg) => {
    const { flow } = leg;
    const last = { start: flow.last, end: flow.end };
    const lives = mayRead(flow.hour) ? (READ.get(flow) ?? [last]) : [last];
    return lives.map((life) => ({ ...life, leg }));
  });
}

async function readHour(legs: readonly Leg[], reader: Pick<LineReader, 'lines'>): Promise<void> {
  const lives = new Map<number, Life[]>(legs.map(({ flow }) => [flow.shape.id, []]));
  const since = minOf(
    legs.map(({ flow }) => flow.first),
    0,
  );
  const until = maxOf(
    legs.map(({ flow }) => flow.last),
    0,
  );
  const shapes = new Set(lives.keys());
  const query = { since, until: until + 1, shapes, order: 'oldest' as const, after: null };
  for (const line of await reader.lines({ ...query, limit: PAGE_ITEMS_MAX })) {
    const end = endTime(line.entry);
    const { start_time: start } = line.entry;
    if (end === null || end - start < LONG_MS || line.superseded) continue;
    lives.get(line.shapeId)?.push({ start, end });
  }
  for (const { flow } of legs) READ.set(flow, lives.get(flow.shape.id) ?? []);
}

function findBursts(lives: ReadonlyArray<Life & { readonly leg: Leg }>): Burst[] {
  const sorted = [...lives].sort((a, b) => a.end - b.end || a.start - b.start || compareLegs(a.leg, b.leg));
  const bursts: Burst[] = [];
  for (let i = 0; i < sorted.length; ) {
    const from = sorted[i]?.end ?? 0;
    let next = i;
    while (next < sorted.length && (sorted[next]?.end ?? 0) <= from + TOGETHER_MS) next++;
    const own = sorted.slice(i, next);
    if (own.length >= BURST_MIN && isBurst(own, sorted)) {
      bursts.push(toBurst(own));
      i = next;
    } else i++;
  }
  return bursts;
}

function isBurst(own: readonly Life[], all: readonly Life[]): boolean {
  const starts = own.map((life) => life.start);
  if (maxOf(starts, 0) - minOf(starts, 0) < STARTS_APART_MS) return false;
  const span = (all.at(-1)?.end ?? 0) - (all[0]?.end ?? 0);
  const usual = ((all.length - own.length) * TOGETHER_MS) / Math.max(span, TOGETHER_MS);
  return own.length >= TIMES_USUAL_MIN * usual;
}

function toBurst(own: ReadonlyArray<Life & { readonly leg: Leg }>): Burst {
  const legs = [...new Set(own.map(({ leg }) => leg))].sort(compareLegs);
  const [head] = legs;
  const ends = own.map((life) => life.end);
  return {
    writer: head?.facts.writer ?? '',
    isServer: head?.facts.direction === 'inbound',
    port: head?.facts.local?.port ?? 0,
    from: minOf(ends, 0),
    to: maxOf(ends, 0),
    connections: own.length,
    longest: maxOf(
      own.map((life) => life.end - life.start),
      0,
    ),
    legs,
  };
}

function tellBursts(found: readonly Burst[], world: World): Finding[] {
  const bursts = [...found].sort(
    (a, b) =>
      a.from - b.from ||
      compareText(a.writer, b.writer) ||
      a.port - b.port ||
      Number(a.isServer) - Number(b.isServer),
  );
  const ends = bursts.filter((burst) => isTermination(burst, world));
  const others = bursts.filter((burst) => !ends.includes(burst) && countPeers(burst) > 1);
  return [
    ...chain(ends, workloadOf, SPREAD_MS).map(({ key, place, own }) => tellTermination([key, place], own)),
    ...chain(others, (burst) => `${burst.isServer ? 'server' : 'client'} ${burst.port}`, PROXIES_APART_MS)
      .filter(({ own }) => new Set(own.map((burst) => burst.writer)).size >= PROXIES_MIN)
      .map(({ key, place, own }) => tellStorm([key, place], own)),
  ];
}

/** The last that was logged of the pod, a minute and more before what was logged last of all. */
function isTermination(burst: Burst, { known, end }: World): boolean {
  const writer = known.pods.writers.get(burst.writer);
  if (writer === undefined || writer.source.pod === null || end === null) return false;
  return writer.end <= burst.to + TERMINATION_MS && writer.end + SILENCE_MS <= end;
}

/** Of one peer alone, it may as well be this one that ended them. */
function countPeers({ legs, isServer }: Burst): number {
  return new Set(legs.map(({ facts }) => (isServer ? facts.remoteIp : (facts.upstream?.ip ?? null)))).size;
}

function workloadOf({ legs, writer }: Burst): string {
  const source = legs[0]?.facts.source;
  return `${source?.namespace ?? ''} ${source?.workload ?? writer}`;
}

interface Chain {
  readonly key: string;
  /** Among those with the same key, in the order of time. */
  readonly place: number;
  readonly own: readonly Burst[];
}

/** Bursts of one key that follow each other within a time. */
function chain(bursts: readonly Burst[], keyOf: (burst: Burst) => string, within: number): Chain[] {
  const groups = new Map<string, Burst[][]>();
  for (const burst of bursts) {
    const chains = groups.get(keyOf(burst)) ?? [];
    groups.set(keyOf(burst), chains);
    const last = chains.at(-1);
    const reach = last?.at(-1)?.from ?? Number.NEGATIVE_INFINITY;
    if (last === undefined || burst.from - reach > within) chains.push([burst]);
    else last.push(burst);
  }
  return [...groups].flatMap(([key, chains]) => chains.map((own, place) => ({ key, place, own })));
}

function tellTermination(about: Told['about'], own: readonly Burst[]): Finding {
  const pods = [...new Set(own.map(({ writer }) => writer.split('/').at(-1) ?? writer))];
  return tell(own, {
    about,
    diagnosis: podTerminationBurst,
    severity: 'info',
    evidence: [
      `${sentenceOf(own)} These are the last lines of ${listWords(pods)}, whose log is silent afterwards for a minute or more.`,
    ],
  });
}

function tellStorm(about: Told['about'], own: readonly Burst[]): Finding {
  const proxies = new Set(own.map(({ writer }) => writer)).size;
  return tell(own, {
    about,
    diagnosis: drainStorm,
    severity: 'medium',
    evidence: [
      `${sentenceOf(own)} That is ${proxies} proxies within ` +
        `${formatDuration(PROXIES_APART_MS)} of each other, and none of them fell silent.`,
      'A listener that is replaced lets its connections go on for 45 s: the change came so long before, on each proxy.',
    ],
  });
}

function sentenceOf(own: readonly Burst[]): string {
  const first = minOf(
    own.map((burst) => burst.from),
    0,
  );
  const last = maxOf(
    own.map((burst) => burst.to),
    0,
  );
  const longest = maxOf(
    own.map((burst) => burst.longest),
    0,
  );
  return (
    `${count(connectionsOf(own), 'connection')} that had begun at different times, up to ${formatDuration(longest)} before, ` +
    `ended within ${formatDuration(TOGETHER_MS)} on each port, between ${formatTime(first)} and ${formatTime(last)}.`
  );
}

function connectionsOf(own: readonly Burst[]): number {
  return own.reduce((sum, burst) => sum + burst.connections, 0);
}

/** A moment, not a state: it is over when it is seen. */
function tell(own: readonly Burst[], told: Omit<Told, 'legs' | 'after' | 'ended'>): Finding {
  const legs = [...new Set(own.flatMap((burst) => burst.legs))].sort(compareLegs);
  const before = minOf(
    own.map((burst) => burst.from),
    0,
  );
  const last = maxOf(
    own.map((burst) => burst.to),
    0,
  );
  const connections = connectionsOf(own);
  const finding = toFinding({ ...told, legs, after: null, ended: { after: last, before: last } });
  return { ...finding, onset: { after: null, before }, last, support: connections, connections };
}
