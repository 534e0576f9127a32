/** Edges of a topology as rows, with the names of their nodes. */
import type { Topology, TopologyEdge, TopologyNode } from '../domain/topology.ts';
import {
  type Cells,
  type Columns,
  column,
  csvCells,
  csvHeading,
  type FlatRow,
  flatCells,
  tableCells,
  wide,
} from './column.ts';

export type Named = Pick<TopologyNode, 'id' | 'kind' | 'name' | 'namespace' | 'port'>;

/** An edge with its ends. */
export interface NamedEdge extends Omit<TopologyEdge, 'source' | 'target'> {
  readonly source: Named;
  readonly target: Named;
}

const EDGES: Columns<NamedEdge> = {
  table: [
    wide('FROM-NAMESPACE', (e) => e.source.namespace),
    column('FROM', (e) => nameOf(e.source)),
    wide('TO-NAMESPACE', (e) => e.target.namespace),
    column('TO', (e) => nameOf(e.target)),
    column('STATES', (e) => statesOf(e)),
    column('CONNECTIONS', (e) => e.connections),
    column('FAILURES', (e) => e.failures),
    wide('RECEIVED', (e) => e.bytes_received),
    wide('SENT', (e) => e.bytes_sent),
    wide('FIRST-SEEN', (e) => e.first_seen),
    column('LAST-SEEN', (e) => e.last_seen),
  ],
  csv: [
    'id',
    ...['source', 'target'].flatMap((end) =>
      ['id', 'kind', 'name', 'namespace', 'port'].map((part) => `${end}.${part}`),
    ),
    ...['states', 'connections', 'failures', 'bytes_received', 'bytes_sent', 'first_seen', 'last_seen'],
  ],
};

const NOBODY: Named = { id: '', kind: 'workload', name: '', namespace: null, port: null };

export function namedEdges({ nodes, edges }: Pick<Topology, 'nodes' | 'edges'>): NamedEdge[] {
  const names = new Map(
    nodes.map(({ id, kind, name, namespace, port }) => [id, { id, kind, name, namespace, port }]),
  );
  return edges.map((edge) => ({
    ...edge,
    source: names.get(edge.source) ?? NOBODY,
    target: names.get(edge.target) ?? NOBODY,
  }));
}

export function edgeCells(edges: readonly NamedEdge[], form: 'table' | 'wide'): Cells {
  return tableCells(EDGES, edges, form);
}

export function edgeCsvHeader(): string {
  return csvHeading(EDGES);
}

/** One edge as CSV. */
export function edgeCsvRow(edge: NamedEdge): string {
  return csvCells(EDGES, edge);
}

/** One edge without objects in it. */
export function flatEdge(edge: NamedEdge): FlatRow {
  return flatCells(EDGES, edge);
}

/** `destination hazelcast:5701`. */
export function nameOf({ kind, name, port }: Named): string {
  const address = name.includes(':') ? `[${name}]` : name;
  return `${kind} ${port === null ? name : `${address}:${port}`}`;
}

function statesOf({ states }: NamedEdge): string | null {
  const parts = Object.entries(states).map(([state, count]) => `${state} ${count}`);
  return parts.length === 0 ? null : parts.join(', ');
}
