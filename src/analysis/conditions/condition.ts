/** Conditions: what the legs of one scope show by themselves, beside captures, changes of routing and failures. */
import type { LineReader } from '../../domain/ports.ts';
import type { Severity } from '../../domain/resources.ts';
import type { Diagnosis } from '../diagnoses/diagnosis.ts';
import { maxOf, minOf } from '../extremes.ts';
import type { Finding, Sample } from '../findings.ts';
import { idOf } from '../hash.ts';
import type { Judgement } from '../judgement.ts';
import type { Facts, Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';

/** What a condition may ask beside the legs of its scope. */
export interface Surroundings {
  readonly known: Ownership;
  readonly reader: Pick<LineReader, 'lines' | 'pairs'>;
  /** Where a leg was routed; null for legs that say nothing of it. */
  judgementOf(leg: Leg): Judgement | null;
  /** True when a pod's log has any line of a call that the pod made. */
  logsCalls(writer: string): boolean;
  /** True for legs whose failures a change of routing, or a scan, accounts for. */
  isExplained(leg: Leg): boolean;
  /** Connections that began in an hour since the epoch: what reading any of them one by one costs. */
  linesIn(hour: number): number;
}

/** Hours of more lines are not read through: only what flows tell is known of them. */
export const HOUR_LINES_MAX = 10_000;

/**
 * What a condition looks at: legs that share a fate. There may be very many of them: whoever asks for the list has it made, and
 * kept from then on.
 */
export interface ConditionScope {
  readonly name: string;
  /** In order. */
  readonly legs: readonly Leg[];
  /** Those of them that may show something, in order; there is at least one. */
  readonly suspects: readonly Leg[];
  /** Tells all of them, in no order; each holds until the next. */
  each(tell: (leg: Leg) => void): void;
  /** Those of an hour since the epoch, in order. */
  legsIn(hour: number): readonly Leg[];
  /**
   * What `make` says of the legs of each hour that has any, hours and legs in no order. It is kept, the legs are not: `make` is one
   * function for a condition.
   */
  hourly<T>(make: (legs: readonly Leg[]) => T): ReadonlyMap<number, T>;
}

/** Judged scope by scope: only the legs of a scope, and what is known of their addresses, decide about it. */
export interface Condition<Found = Finding> {
  readonly name: string;
  /** True where the scopes of a leg follow from its facts alone, so that they are asked for once for all legs of a shape. */
  readonly byFacts?: true;
  /**
   * Scopes that a leg takes part in; mostly none or one. Of legs of one shape, at times at which who is who is the same, all that have
   * scopes have the same.
   */
  scopesOf(leg: Leg, surroundings: Surroundings): readonly string[];
  /** What is found in one scope; in most there is nothing. */
  find(scope: ConditionScope, surroundings: Surroundings): readonly Found[] | Promise<readonly Found[]>;
}

/** A condition, with what spares looking at most of its scopes. */
export interface ConditionPlan<Found = Finding> {
  readonly condition: Condition<Found>;
  /** True for legs of which a scope must have one to have a finding. */
  readonly mayShow: (leg: Leg) => boolean;
  /** False: no leg with these facts may show anything; or, where all may, none takes part in a scope. */
  readonly concerns: (facts: Facts) => boolean;
  /** True for a scope whose findings may be others although none of its legs has changed: it rests on other logs as well. */
  isOpen(found: readonly Found[], scope: Pick<ConditionScope, 'legs'>): boolean;
  /** What was found in all scopes, in no order, as findings. */
  tell(found: readonly Found[]): readonly Finding[];
}

/** What tells a finding of legs from all others; the rest are sums over the legs. */
export interface Told {
  /** Parts of the id: what it is about, and its place among others about the same. */
  readonly about: ReadonlyArray<string | number>;
  readonly diagnosis: Diagnosis;
  readonly severity: Severity;
  readonly legs: readonly Leg[];
  /** Start of the last connection before it began, null when none was seen. */
  readonly after: number | null;
  readonly ended: { readonly after: number; readonly before: number } | null;
  readonly evidence: readonly string[];
  /** Lines to show before those of the legs. */
  readonly samples?: readonly Sample[];
}

/** Makes a finding of legs. */
export function toFinding(told: Told): Finding {
  const { legs, diagnosis } = told;
  const first = minOf(
    legs.map((leg) => leg.flow.first),
    0,
  );
  const last = maxOf(
    legs.map((leg) => leg.flow.last),
    0,
  );
  const ports = new Set(legs.map((leg) => leg.facts.local?.port ?? 0));
  const cluster = legs[0]?.flow.shape.upstream_cluster ?? null;
  const connections = countConnections(legs);
  return {
    id: idOf(diagnosis.id, ...told.about),
    diagnosis,
    severity: told.severity,
    port: ports.size === 1 ? ([...ports][0] ?? null) : null,
    cluster,
    about: cluster,
    onset: { after: told.after, before: first },
    settledAt: null,
    ended: told.ended,
    last,
    legs,
    runs: [],
    shifts: [],
    support: connections,
    connections,
    failures: countConnections(legs.filter((leg) => leg.facts.failed)),
    bytes: legs.reduce((sum, { flow }) => sum + flow.bytes_received + flow.bytes_sent, 0),
    misdelivered: false,
    evidence: told.evidence,
    samples: [
      ...(told.samples ?? []),
      {
        shapes: legs.map((leg) => leg.flow.shape),
        since: first,
        until: last + 1,
        order: 'oldest',
        limit: 5,
      },
    ],
  };
}

/** Connections of all legs of a scope. */
export function countAll({ each }: Pick<ConditionScope, 'each'>): number {
  let sum = 0;
  each(({ flow }) => {
    sum += flow.connections;
  });
  return sum;
}

/** Connections of all legs. */
export function countConnections(legs: readonly Leg[]): number {
  return legs.reduce((sum, leg) => sum + leg.flow.connections, 0);
}

/** Legs by a key; those without one are left out. The order of keys is that of the legs. */
export function groupLegs(
  legs: readonly Leg[],
  keyOf: (leg: Leg) => string | null,
): ReadonlyMap<string, readonly Leg[]> {
  const groups = new Map<string, Leg[]>();
  for (const leg of legs) {
    const key = keyOf(leg);
    if (key === null) continue;
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [leg]);
    else list.push(leg);
  }
  return groups;
}
