/** A topology as Grafana's panel for node graphs takes it. Source: Grafana's manual, "Node graph", data API. */
import type { Topology, TopologyEdge, TopologyNode } from '../domain/topology.ts';
import { nameOf } from './topology-rows.ts';

/** The arcs of a node add up to 1. */
export interface GraphNode {
  readonly id: string;
  readonly title: string;
  readonly subTitle: string;
  /** Connections, those that it got or else those that it made. */
  readonly mainStat: number;
  /** Share of these that failed, in percent, as text. */
  readonly secondaryStat: string;
  readonly arc__ok: number;
  readonly arc__failed: number;
  readonly detail__kind: string;
  readonly detail__namespace: string | null;
  readonly detail__port: number | null;
  readonly detail__connections_in: number;
  readonly detail__failures_in: number;
  readonly detail__connections_out: number;
  readonly detail__failures_out: number;
}

export interface GraphEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly mainStat: number;
  readonly secondaryStat: string;
  /** What most of its connections were; null for HTTP. */
  readonly detail__state: string | null;
  readonly detail__failures: number;
  readonly detail__bytes_received: number;
  readonly detail__bytes_sent: number;
  readonly detail__first_seen: string;
  readonly detail__last_seen: string;
}

export function graphNodes({ nodes }: Pick<Topology, 'nodes'>): GraphNode[] {
  return nodes.map(nodeOf);
}

export function graphEdges({ edges }: Pick<Topology, 'edges'>): GraphEdge[] {
  return edges.map(edgeOf);
}

function nodeOf(node: TopologyNode): GraphNode {
  const { connections_in, failures_in, connections_out, failures_out } = node;
  // Who is called is judged by that; a pure client by its own calls.
  const isCalled = connections_in > 0;
  const connections = isCalled ? connections_in : connections_out;
  const failures = isCalled ? failures_in : failures_out;
  const failed = connections === 0 ? 0 : failures / connections;
  return {
    id: node.id,
    title: node.name,
    subTitle: node.namespace ?? nameOf(node),
    mainStat: connections,
    secondaryStat: percent(failed),
    arc__ok: 1 - failed,
    arc__failed: failed,
    detail__kind: node.kind,
    detail__namespace: node.namespace,
    detail__port: node.port,
    detail__connections_in: connections_in,
    detail__failures_in: failures_in,
    detail__connections_out: connections_out,
    detail__failures_out: failures_out,
  };
}

function edgeOf(edge: TopologyEdge): GraphEdge {
  const states = Object.entries(edge.states);
  const [most] = states.sort(([, a], [, b]) => b - a);
  return {
    id: edge.id,
    source: edge.source,
    target: edge.target,
    mainStat: edge.connections,
    secondaryStat: `${percent(edge.connections === 0 ? 0 : edge.failures / edge.connections)} failed`,
    detail__state: most?.[0] ?? null,
    detail__failures: edge.failures,
    detail__bytes_received: edge.bytes_received,
    detail__bytes_sent: edge.bytes_sent,
    detail__first_seen: edge.first_seen,
    detail__last_seen: edge.last_seen,
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
