/** How bad an edge is, and what of a topology has trouble. */
import type { State } from '../../../domain/resources.ts';
import type { Topology, TopologyEdge } from '../../../domain/topology.ts';
import { stateWords } from '../../words/states.ts';

/** Below this share of its connections an alarming state does not decide how an edge is drawn. */
const ALARMING_SHARE = 0.05;

/** The state that an edge is drawn as: an alarming one if it is no rarity, else the most frequent. Null: HTTP. */
export function leadingState({ states, connections }: TopologyEdge): State | null {
  const entries = Object.entries(states) as [State, number][];
  entries.sort(([, x], [, y]) => y - x);
  const alarming = entries.find(
    ([state, count]) => stateWords(state).rank > 0 && count >= connections * ALARMING_SHARE,
  );
  return (alarming ?? entries[0])?.[0] ?? null;
}

/** 0: nothing; more is worse. */
export function troubleOf(edge: TopologyEdge): number {
  const state = leadingState(edge);
  const rank = state === null ? 0 : stateWords(state).rank;
  const failed = edge.connections === 0 ? 0 : edge.failures / edge.connections;
  return rank + failed;
}

/** From here on a share of failures is trouble, and not what happens anyway. */
const FAILED_SHARE = 0.02;

/** The edges that fail or lead astray, and what they join. */
export function onlyTrouble(topology: Topology): Topology {
  return withEdges(
    topology,
    topology.edges.filter((edge) => troubleOf(edge) >= FAILED_SHARE),
  );
}

/** The edges with the most trouble, and among equals with the most connections. */
export function worstOf(topology: Topology, most: number): Topology {
  if (topology.edges.length <= most) return topology;
  const edges = [...topology.edges].sort(
    (a, b) => troubleOf(b) - troubleOf(a) || b.connections - a.connections,
  );
  return withEdges(topology, edges.slice(0, most));
}

function withEdges(topology: Topology, edges: Topology['edges']): Topology {
  const ids = new Set(edges.flatMap(({ source, target }) => [source, target]));
  return { ...topology, edges, nodes: topology.nodes.filter(({ id }) => ids.has(id)) };
}

/** Whether it leads astray, is dropped, or mostly fails: what is drawn to be seen first. */
export function isAlarming(trouble: number): boolean {
  return trouble >= 0.5;
}
