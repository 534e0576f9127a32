/** Series: what calls of one workload to one destination amount to, hour by hour. */
import type { State } from '../../domain/resources.ts';
import { isFailureFlag } from '../../domain/response-flags.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { createNamer } from '../destination-name.ts';
import { getOrMake } from '../get-or-make.ts';
import type { Hours } from '../hours.ts';
import type { KnownAddress, Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';
import type { ShapeModel } from '../shape-model.ts';

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
  hours: Int32Array = new Int32Array(0);
  #connections = new Float64Array(0);
  #failures = new Float64Array(0);
  #bytes = new Float64Array(0);
  readonly #flags = new Map<string, Map<number, number>>();
  readonly #legs = new Map<number, Leg[]>();

  constructor(key: string, labels: Labels) {
    this.key = key;
    this.labels = labels;
  }

  /** Adds a leg of a shape to its sums, of which no others are being put together. */
  add(shape: ShapeModel, { flow, facts }: Leg, { from, legsFrom }: SeriesHours, sums: HourSums): void {
    const { hour, connections } = flow;
    this.first = Math.min(this.first, hour);
    if (hour < from) return;
    this.longest = Math.max(this.longest, flow.duration_max);
    this.shapes.add(flow.shape.id);
    if (facts.local !== null) this.addresses.add(facts.local);
    sums.add(hour, connections, facts.failed ? connections : 0, flow.bytes_received + flow.bytes_sent);
    // To be kept: the one that was told moves on.
    const kept = hour >= legsFrom ? shape.legIn(hour) : null;
    if (kept !== null) getOrMake(this.#legs, hour, () => []).push(kept);
    if (!facts.failed) return;
    const name = flow.shape.response_flags.filter(isFailureFlag).join(',');
    const flag = getOrMake(this.#flags, name, () => new Map());
    flag.set(hour, (flag.get(hour) ?? 0) + connections);
  }

  /** Takes its sums over. */
  settle(sums: HourSums): void {
    this.hours = sums.takeHours();
    this.#connections = sums.take(sums.connections, this.hours);
    this.#failures = sums.take(sums.failures, this.hours);
    this.#bytes = sums.take(sums.bytes, this.hours);
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

/** Sums of one series by the hour, while they are put together. */
class HourSums {
  readonly connections: Float64Array;
  readonly failures: Float64Array;
  readonly bytes: Float64Array;
  readonly #isUsed: Uint8Array;
  readonly #from: number;

  constructor({ from, to }: Hours) {
    const length = Math.max(0, to - from);
    this.connections = new Float64Array(length);
    this.failures = new Float64Array(length);
    this.bytes = new Float64Array(length);
    this.#isUsed = new Uint8Array(length);
    this.#from = from;
  }

  add(hour: number, connections: number, failures: number, bytes: number): void {
    const at = hour - this.#from;
    this.#isUsed[at] = 1;
    this.connections[at] = (this.connections[at] ?? 0) + connections;
    this.failures[at] = (this.failures[at] ?? 0) + failures;
    this.bytes[at] = (this.bytes[at] ?? 0) + bytes;
  }

  /** Hours with any, in order, none of which has any from now on. */
  takeHours(): Int32Array {
    const hours: number[] = [];
    for (let at = 0; at < this.#isUsed.length; at++) if (this.#isUsed[at] === 1) hours.push(this.#from + at);
    this.#isUsed.fill(0);
    return Int32Array.from(hours);
  }

  /** One of the columns, for these hours: it begins anew. */
  take(column: Float64Array, hours: Int32Array): Float64Array<ArrayBuffer> {
    const taken = Float64Array.from(hours, (hour) => column[hour - this.#from] ?? 0);
    column.fill(0);
    return taken;
  }
}

interface Labelled {
  readonly labels: Labels;
}

/** Connections of the whole mesh by hour: where there are none, nothing was collected. */
export function countHours(model: LineModel): Map<number, number> {
  const totals = new Map<number, number>();
  for (const hour of hoursOf(model)) {
    const connections = model.connectionsIn(hour);
    if (connections > 0) totals.set(hour, connections);
  }
  return totals;
}

/** A shape of a series: with all its legs, or with that of one hour. */
interface Part {
  readonly shape: ShapeModel;
  readonly hour: number | null;
}

/** All series of outbound TCP connections, in the order of their keys. */
export function collectSeries(model: LineModel, hours: SeriesHours): Series[] {
  const all = [...partsOf(model, hours.to)].sort(([{ key: a }], [{ key: b }]) => (a < b ? -1 : 1));
  const first = Math.floor((model.first ?? 0) / HOUR_MS);
  const sums = new HourSums({ from: Math.max(first, hours.from), to: hours.to });
  for (const [series, parts] of all) {
    for (const { shape, hour } of parts) {
      const leg = hour === null ? null : shape.legIn(hour);
      if (leg !== null) series.add(shape, leg, hours, sums);
      else
        shape.each((one) => {
          if (one.flow.hour < hours.to) series.add(shape, one, hours, sums);
        });
    }
    series.settle(sums);
  }
  return all.map(([series]) => series);
}

/** The series with what they are made of, before an hour. */
function partsOf(model: LineModel, to: number): Map<Series, Part[]> {
  const parts = new Map<Series, Part[]>();
  const byKey = new Map<string, Series>();
  const nameOf = createNamer(model.known);
  const seriesFor = (leg: Leg, { port }: KnownAddress): Series => {
    const state = model.judgementOf(leg)?.state ?? 'unknown';
    return seriesOf(byKey, leg, port, { state, destination: nameOf(leg) }, model);
  };
  for (const shape of model.shapes.values()) {
    const { client, local } = shape.facts;
    if (!client || local === null) continue;
    const isSteady = model.isSteady(shape);
    let isNoted = false;
    shape.each((leg) => {
      const { hour } = leg.flow;
      if (isNoted || hour >= to) return;
      getOrMake(parts, seriesFor(leg, local), () => []).push({ shape, hour: isSteady ? null : hour });
      isNoted = isSteady;
    });
  }
  return parts;
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
