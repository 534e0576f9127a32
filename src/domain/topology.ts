/** Who calls whom, through what: workloads, the destinations that they dial, the clusters that these are sent to. */
import type { State } from './resources.ts';

export const NODE_KINDS = ['workload', 'destination', 'cluster'] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

export interface TopologyNode {
  /** The same as long as kind, name, namespace and port are. */
  readonly id: string;
  readonly kind: NodeKind;
  /**
   * Of a workload its name, or the address of a client or server whose log is not here; of a destination the workload, else the service, else the
   * address that was dialled; of a cluster its name.
   */
  readonly name: string;
  readonly namespace: string | null;
  /** Of a destination: the port that was dialled. */
  readonly port: number | null;
  /** Of all its edges, also of those that are not told. */
  readonly connections_in: number;
  readonly failures_in: number;
  readonly connections_out: number;
  readonly failures_out: number;
}

/** Connections from a workload to a destination, on from there to a cluster, and on to the workload that got them. */
export interface TopologyEdge {
  readonly id: string;
  /** Ids of nodes. */
  readonly source: string;
  readonly target: string;
  /** Connections by their state; HTTP has none. */
  readonly states: Readonly<Partial<Record<State, number>>>;
  readonly connections: number;
  readonly failures: number;
  readonly bytes_received: number;
  readonly bytes_sent: number;
  readonly first_seen: string;
  readonly last_seen: string;
}

export interface Topology {
  /** The window, by whole hours; null without lines. */
  readonly since: string | null;
  readonly until: string | null;
  readonly nodes_total: number;
  /** The ends of the edges that are told, in the order of their ids. */
  readonly nodes: readonly TopologyNode[];
  readonly edges_total: number;
  /** Those with the most connections first. */
  readonly edges: readonly TopologyEdge[];
}
