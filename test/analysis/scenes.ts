/** Short hands for made-up traffic: what a proxy logs for a call out and for a call in. */
import type { Test } from 'tap';
import { createAnalysis } from '../../src/analysis/create-analysis.ts';
import type { ParsedLine } from '../../src/domain/entry.ts';
import { NO_FILTER } from '../../src/domain/filter.ts';
import type { Analysis } from '../../src/domain/queries.ts';
import type { Incident, Shift } from '../../src/domain/resources.ts';
import { type LineDraft, makeLine, memoryStore } from '../helpers/flows.ts';

export const PAGE = { limit: 1_000, cursor: null };
export const START = Date.parse('2024-05-01T10:00:00Z');

/** Minutes after the start of a scene. */
export const at = (minutes: number): number => START + minutes * 60_000;

export interface Pod {
  readonly name: string;
  readonly ip: string;
  readonly namespace?: string;
}

/** `name` is a workload: the pod gets a name as a Deployment gives it. */
export function pod(name: string, ip: string, suffix = 'bb2cc', namespace?: string): Pod {
  return { name: `${name}-6f5d8c7b9d-${suffix}`, ip, ...(namespace === undefined ? {} : { namespace }) };
}

let port = 40_000;

/** A connection out of a pod. It goes where it was dialled unless `host` says otherwise. */
export function out(
  from: Pod,
  to: string,
  options: { time: number; cluster: string | null; host?: string | null } & Partial<LineDraft>,
): ParsedLine {
  const { time, cluster, host = to, ...rest } = options;
  port += 2;
  const failed = (rest.response_flags ?? []).length > 0;
  return makeLine({
    pod: from.name,
    namespace: from.namespace ?? null,
    start_time: time,
    duration: 100,
    bytes_received: failed ? 0 : 10,
    bytes_sent: failed ? 0 : 20,
    upstream_cluster: cluster,
    upstream_host: host,
    upstream_local_address: failed ? null : `${from.ip}:${port + 1}`,
    downstream_local_address: to,
    downstream_remote_address: `${from.ip}:${port}`,
    ...rest,
  });
}

/** A connection into a pod, named as Istio names it since 1.10 unless a cluster is given. */
export function into(
  server: Pod,
  serverPort: number,
  from: string,
  options: { time: number } & Partial<LineDraft>,
): ParsedLine {
  const { time, ...rest } = options;
  return makeLine({
    pod: server.name,
    namespace: server.namespace ?? null,
    start_time: time,
    duration: 100,
    bytes_received: 10,
    bytes_sent: 20,
    upstream_cluster: `inbound|${serverPort}||`,
    upstream_host: `${server.ip}:${serverPort}`,
    upstream_local_address: '127.0.0.6:50000',
    downstream_local_address: `${server.ip}:${serverPort}`,
    downstream_remote_address: from,
    ...rest,
  });
}

/** A line of the server that names the service that it belongs to. */
export function owned(
  server: Pod,
  serverPort: number,
  host: string,
  time: number,
  from = '10.1.9.9:40000',
): ParsedLine {
  return into(server, serverPort, from, {
    time,
    requested_server_name: `outbound_.${serverPort}_._.${host}`,
  });
}

export const PASSTHROUGH = 'PassthroughCluster';
export const cluster = (port: number, host: string): string => `outbound|${port}||${host}`;

export function analysisOf(lines: readonly ParsedLine[], now = at(600)): Analysis {
  return createAnalysis({ reader: memoryStore(lines), render: () => null, now: () => now });
}

export async function incidentsOf(lines: readonly ParsedLine[]): Promise<readonly Incident[]> {
  return (await analysisOf(lines).incidents(NO_FILTER, PAGE)).items;
}

export async function shiftsOf(lines: readonly ParsedLine[]): Promise<readonly Shift[]> {
  return (await analysisOf(lines).shifts(NO_FILTER, PAGE)).items;
}

/** States of the outbound lines, oldest first. */
export async function statesOf(lines: readonly ParsedLine[]): Promise<ReadonlyArray<string | null>> {
  const { items } = await analysisOf(lines).connections(NO_FILTER, PAGE);
  return items
    .filter((connection) => connection.direction !== 'inbound')
    .map((connection) => connection.state)
    .reverse();
}

/** Every item matches its pattern, and there are no others. */
export function matchEach(t: Test, items: readonly unknown[], patterns: readonly unknown[]): void {
  t.equal(items.length, patterns.length, 'number of items');
  t.match(items, patterns);
}
