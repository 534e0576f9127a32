/** Calls with the ways that they took, before a time and after it. */
import { normalizeCluster } from '../../domain/cluster-name.ts';
import type { Caller, Target } from '../../domain/report.ts';
import type { State } from '../../domain/resources.ts';
import { createNamer } from '../destination-name.ts';
import { getOrMake } from '../get-or-make.ts';
import type { Facts, KnownAddress, Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';
import type { ShapeModel } from '../shape-model.ts';
import { callerOf } from './callers.ts';

/** A caller of so many addresses without a name, on one port, has others every day: they are one target. */
const NAMELESS_MIN = 3;
/** Its name. */
const OUTSIDE = 'addresses outside';

export interface Way {
  readonly state: State;
  readonly cluster: string | null;
  connections: number;
  failures: number;
  first: number;
  last: number;
}

export interface Call {
  readonly key: string;
  readonly writers: Set<string>;
  readonly source: Caller;
  readonly target: Target;
  readonly before: Map<string, Way>;
  readonly after: Map<string, Way>;
  /** Connections in as long a time before that which is compared. */
  habit: number;
}

/** The calls that legs tell of. */
export class CallBook {
  readonly #model: LineModel;
  readonly #nameOf: (leg: Leg) => string;
  readonly #calls = new Map<string, Call>();
  /** Workloads that logged anything in the window. */
  readonly #heard = new Set<string>();
  readonly #old = new Set<string>();
  readonly #workloads = new Map<Facts, string>();
  /** Addresses without a name, by caller and port. */
  readonly #nameless = new Map<string, Set<string>>();

  constructor(model: LineModel) {
    this.#model = model;
    this.#nameOf = createNamer(model.known);
  }

  /** All legs are to be looked at before any is noted. */
  lookAt(leg: Leg): void {
    const { client, local } = leg.facts;
    if (!client || local === null || this.#nameOf(leg) !== local.ip) return;
    getOrMake(this.#nameless, `${this.#workloadOf(leg)} ${local.port}`, () => new Set()).add(local.ip);
  }

  note(leg: Leg, side: 'before' | 'after'): void {
    const { facts, flow } = leg;
    if (side === 'after') this.#heard.add(this.#workloadOf(leg));
    if (!facts.client || facts.local === null) return;
    const source = callerOf(leg, this.#model.known);
    const target = this.#targetOf(leg, facts.local);
    const key = keyOf(source, target);
    const call = getOrMake(this.#calls, key, () => {
      return {
        key,
        writers: new Set<string>(),
        source,
        target,
        before: new Map(),
        after: new Map(),
        habit: 0,
      };
    });
    call.writers.add(this.#workloadOf(leg));
    const state = this.#model.judgementOf(leg)?.state ?? 'unknown';
    const { upstream_cluster } = flow.shape;
    const cluster = upstream_cluster === null ? null : normalizeCluster(upstream_cluster);
    const way = getOrMake(call[side], `${state} ${facts.cluster ?? ''}`, () => {
      return { state, cluster, connections: 0, failures: 0, first: flow.first, last: flow.last };
    });
    way.connections += flow.connections;
    if (facts.failed) way.failures += flow.connections;
    way.first = Math.min(way.first, flow.first);
    way.last = Math.max(way.last, flow.last);
  }

  /** A call that is dying away is a habit by what it was before. */
  noteHabit(leg: Leg): void {
    const { client, local } = leg.facts;
    if (!client || local === null) return;
    const call = this.#calls.get(keyOf(callerOf(leg, this.#model.known), this.#targetOf(leg, local)));
    if (call !== undefined) call.habit += leg.flow.connections;
  }

  /** What was called long ago, before an hour, is not new. */
  forgetSeenBefore(shapes: Iterable<ShapeModel>, before: number): void {
    const isNew = ({ before, after }: Call): boolean => before.size === 0 && after.size > 0;
    const places = new Set<string>();
    for (const call of this.#calls.values()) {
      if (isNew(call)) for (const writer of call.writers) places.add(`${writer} ${call.target.port}`);
    }
    if (places.size === 0) return;
    for (const shape of shapes) {
      const { local, client } = shape.facts;
      if (!client || local === null || !places.has(`${this.#workloadOf(shape)} ${local.port}`)) continue;
      const isSteady = this.#model.isSteady(shape);
      let isNoted = false;
      shape.each((leg) => {
        if (isNoted || leg.flow.hour >= before) return;
        this.#old.add(keyOf(callerOf(leg, this.#model.known), this.#targetOf(leg, local)));
        isNoted = isSteady;
      });
    }
  }

  get calls(): Call[] {
    return [...this.#calls.values()].filter(({ key, before }) => before.size > 0 || !this.#old.has(key));
  }

  #targetOf(leg: Leg, { ip, port }: KnownAddress): Target {
    const name = this.#nameOf(leg);
    const isOneOfMany =
      name === ip && (this.#nameless.get(`${this.#workloadOf(leg)} ${port}`)?.size ?? 0) >= NAMELESS_MIN;
    return { destination: isOneOfMany ? OUTSIDE : name, port };
  }

  /** Whoever says nothing at all is a matter of coverage. The legs of a shape have one object of facts, and one workload. */
  #workloadOf({ facts }: Pick<Leg, 'facts'>): string {
    return getOrMake(this.#workloads, facts, () => {
      const { namespace, workload, ip } = facts.source;
      return JSON.stringify([namespace, workload ?? ip]);
    });
  }

  isHeard(writers: ReadonlySet<string>): boolean {
    return [...writers].some((writer) => this.#heard.has(writer));
  }
}

function keyOf(source: Caller, target: Target): string {
  return JSON.stringify([source.namespace, source.workload, target.destination, target.port]);
}
