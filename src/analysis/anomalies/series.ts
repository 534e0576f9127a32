/** Series: what calls of one workload to one destination amount to, hour by hour. */
import type { State } from '../../domain/resources.ts';
import { isFailureFlag } from '../../domain/response-flags.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { createNamer } from '../destination-name.ts';
import { getOrMake } from '../get-or-make.ts';
import type { KnownAddress, Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';

/** Who calls whom, and how the calls are routed. */
export interface Labels {
  readonly workload: string | null;
  readonly namespace: string | null;
  /** Workload of the pod, host of the service, or the address: the first of these that is known. */
  readonly destination: string;
  readonly port: number;
  readonly state: State;
}

/** Hours since the epoch, from the first up to `to`, which is not in them. */
export interface SeriesHours {
  /** Before it no sums are kept, only that there was something. */
  readonly from: number;
  /** From it on legs are kept, too. */
  readonly legsFrom: number;
  readonly to: number;
}

/** Sums of the hours in which there were connections, as columns: a mesh has many series, and weeks many hours. */
export class Series {
  readonly key: string;
  readonly labels: Labels;
  /** Hour of its first connection of all. */
  first = Number.POSITIVE_INFINITY;
  /** Of its connections, ms. */
  longest = 0;
  /** Ids of the shapes that it is made of, and what they dialled. */
  readonly shapes = new Set<number>();
  readonly addresses = new Set<KnownAddress>();
  /** In order. */
  readonly hours: number[] = [];
  readonly #connections: number[] = [];
  readonly #failures: number[] = [];
  readonly #bytes: number[] = [];
  readonly #flags = new Map<string, Map<number, number>>();
  readonly #legs = new Map<number, Leg[]>();

  constructor(key: string, labels: Labels) {
    this.key = key;
    this.labels = labels;
  }

  /** Hours are added in order. */
  add(leg: Leg, { from, legsFrom }: SeriesHours): void {
    const { flow, facts } = leg;
    this.first = Math.min(this.first, flow.hour);
    if (flow.hour < from) return;
    this.longest = Math.max(this.longest, flow.duration_max);
    this.shapes.add(flow.shape.id);
    if (facts.local !== null) this.addresses.add(facts.local);
    if (this.hours.at(-1) !== flow.hour) {
      this.hours.push(flow.hour);
      for (const column of [this.#connections, this.#failures, this.#bytes]) column.push(0);
    }
    const at = this.hours.length - 1;
    grow(this.#connections, at, flow.connections);
    grow(this.#bytes, at, flow.bytes_received + flow.bytes_sent);
    if (flow.hour >= legsFrom) getOrMake(this.#legs, flow.hour, () => []).push(leg);
    if (!facts.failed) return;
    grow(this.#failures, at, flow.connections);
    const name = flow.shape.response_flags.filter(isFailureFlag).join(',');
    const flag = getOrMake(this.#flags, name, () => new Map());
    flag.set(flow.hour, (flag.get(flow.hour) ?? 0) + flow.connections);
  }

  connectionsAt(hour: number): number {
    return this.#connections[this.#placeOf(hour)] ?? 0;
  }

  failuresAt(hour: number): number {
    return this.#failures[this.#placeOf(hour)] ?? 0;
  }

  /** Both directions of a connection, on average; NaN without any. */
  bytesEachAt(hour: number): number {
    const at = this.#placeOf(hour);
    return (this.#bytes[at] ?? 0) / (this.#connections[at] ?? 0);
  }

  /** Failed connections with these flags. */
  flaggedAt(hour: number, flags: string): number {
    return this.#flags.get(flags)?.get(hour) ?? 0;
  }

  /** Of failed connections, in order. */
  get flags(): string[] {
    return [...this.#flags.keys()].sort();
  }

  /** Of the hours for which legs are kept. */
  legsAt(hour: number): readonly Leg[] {
    return this.#legs.get(hour) ?? [];
  }

  /** -1: there were no connections. */
  #placeOf(hour: number): number {
    const { hours } = this;
    let [low, high] = [0, hours.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = hours[middle] ?? 0;
      if (found === hour) return middle;
      if (found < hour) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

function grow(column: number[], at: number, amount: number): void {
  column[at] = (column[at] ?? 0) + amount;
}

interface Labelled {
  readonly labels: Labels;
}

/** Connections of the whole mesh by hour: where there are none, nothing was collected. */
export function countHours(model: LineModel): Map<number, number> {
  const totals = new Map<number, number>();
  for (const hour of hoursOf(model)) {
    const { length, connections } = model.columnsIn(hour);
    let sum = 0;
    for (let place = 0; place < length; place++) sum += connections[place] ?? 0;
    if (length > 0) totals.set(hour, sum);
  }
  return totals;
}

/** All series of outbound TCP connections, in the order of their keys. */
export function collectSeries(model: LineModel, hours: SeriesHours): Series[] {
  const byKey = new Map<string, Series>();
  const nameOf = createNamer(model.known);
  // The legs of a shape are of one series nearly always: its key is not to be made for each.
  const ofShape = new Map<number, Series>();
  for (const hour of hoursOf(model)) {
    if (hour >= hours.to) break;
    for (const leg of model.legsIn(hour)) {
      const { facts, flow } = leg;
      if (!facts.client || facts.local === null) continue;
      const state = model.judgementOf(leg)?.state ?? 'unknown';
      const destination = nameOf(leg);
      const last = ofShape.get(flow.shape.id);
      const isLast = last?.labels.state === state && last.labels.destination === destination;
      const series = isLast ? last : seriesOf(byKey, leg, facts.local.port, { state, destination }, model);
      if (!isLast) ofShape.set(flow.shape.id, series);
      series.add(leg, hours);
    }
  }
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function seriesOf(
  byKey: Map<string, Series>,
  { facts }: Leg,
  port: number,
  { state, destination }: Pick<Labels, 'state' | 'destination'>,
  { known }: LineModel,
): Series {
  const workload = facts.source.workload ?? facts.source.ip;
  const namespace = known.namespaceOf(facts.writer);
  const key = JSON.stringify([namespace, workload, destination, port, state]);
  return getOrMake(byKey, key, () => new Series(key, { workload, namespace, destination, port, state }));
}

function* hoursOf({ first, lastStart }: LineModel): Generator<number> {
  if (first === null || lastStart === null) return;
  const end = Math.floor(lastStart / HOUR_MS);
  for (let hour = Math.floor(first / HOUR_MS); hour <= end; hour++) yield hour;
}

/** A call, whatever its routing: one whose state changed is not new. */
export function callOf({ labels: { namespace, workload, destination, port } }: Labelled): string {
  return JSON.stringify([namespace, workload, destination, port]);
}

/** A caller and a port. */
export function placeOf({ labels: { namespace, workload, port } }: Labelled): string {
  return JSON.stringify([namespace, workload, port]);
}

/** A caller. */
export function callerOf({ labels: { namespace, workload } }: Labelled): string {
  return JSON.stringify([namespace, workload]);
}

/** Series by the call that they are of: each a way of it. */
export function groupCalls(series: readonly Series[]): Map<string, Series[]> {
  const calls = new Map<string, Series[]>();
  for (const one of series) getOrMake(calls, callOf(one), () => []).push(one);
  return calls;
}
