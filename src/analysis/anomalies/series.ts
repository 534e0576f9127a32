/** Series: what calls of one workload to one destination amount to, hour by hour. */
import type { State } from '../../domain/resources.ts';
import { isFailureFlag } from '../../domain/response-flags.ts';
import { createNamer } from '../destination-name.ts';
import { getOrMake } from '../get-or-make.ts';
import type { Leg } from '../legs.ts';
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

/** Sums of one hour. */
export interface HourSum {
  connections: number;
  failures: number;
  bytes: number;
  /** Failed connections by flags; null while none failed. */
  flags: Map<string, number> | null;
  legs: Leg[];
}

export interface Series {
  readonly key: string;
  readonly labels: Labels;
  /** By hours since the epoch; an hour without connections is not there. */
  readonly hours: Map<number, HourSum>;
}

interface Labelled {
  readonly labels: Labels;
}

export interface SeriesTable {
  readonly series: readonly Series[];
  /** Connections of the whole mesh by hour: where there are none, nothing was collected. */
  readonly totals: ReadonlyMap<number, number>;
}

/** All series of outbound TCP connections, in the order of their keys. */
export function collectSeries(model: LineModel): SeriesTable {
  const byKey = new Map<string, Series>();
  const totals = new Map<number, number>();
  const nameOf = createNamer(model.known);
  for (const { facts, legs } of model.shapes.values()) {
    const { local, source } = facts;
    for (const leg of legs) {
      totals.set(leg.flow.hour, (totals.get(leg.flow.hour) ?? 0) + leg.flow.connections);
      if (!facts.client || local === null) continue;
      const state = model.judgementOf(leg)?.state ?? 'unknown';
      const workload = source.workload ?? source.ip;
      const namespace = model.known.namespaceOf(facts.writer);
      const destination = nameOf(leg);
      const key = JSON.stringify([namespace, workload, destination, local.port, state]);
      const labels = { workload, namespace, destination, port: local.port, state };
      addLeg(getOrMake(byKey, key, () => ({ key, labels, hours: new Map() })).hours, leg);
    }
  }
  const series = [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return { series, totals };
}

function addLeg(hours: Map<number, HourSum>, leg: Leg): void {
  const { flow, facts } = leg;
  const sum = getOrMake(hours, flow.hour, () => ({
    connections: 0,
    failures: 0,
    bytes: 0,
    flags: null,
    legs: [],
  }));
  sum.connections += flow.connections;
  sum.bytes += flow.bytes_received + flow.bytes_sent;
  sum.legs.push(leg);
  if (!facts.failed) return;
  sum.failures += flow.connections;
  const flags = flow.shape.response_flags.filter(isFailureFlag).join(',');
  sum.flags ??= new Map();
  sum.flags.set(flags, (sum.flags.get(flags) ?? 0) + flow.connections);
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
