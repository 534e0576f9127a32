/** Where each node stands: four columns, in an order that keeps edges short and brings trouble to the top. */
import type { Topology, TopologyEdge, TopologyNode } from '../../../domain/topology.ts';
import { isAlarming, troubleOf } from './trouble.ts';

/** A workload that both calls and is called stands in two columns. */
export interface Spot {
  readonly key: string;
  readonly node: TopologyNode;
  readonly column: number;
  readonly trouble: number;
}

export interface Line {
  readonly from: string;
  readonly to: string;
  readonly edge: TopologyEdge;
}

export interface Columns {
  readonly columns: ReadonlyArray<readonly Spot[]>;
  readonly lines: readonly Line[];
}

const SWEEPS = 4;

export function placeNodes({ nodes, edges }: Topology): Columns {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const spots = new Map<string, Spot>();
  const lines: Line[] = [];
  const put = (node: TopologyNode, column: number, edge: TopologyEdge): string => {
    const key = `${column}:${node.id}`;
    const trouble = Math.max(spots.get(key)?.trouble ?? 0, troubleOf(edge));
    spots.set(key, { key, node, column, trouble });
    return key;
  };
  for (const edge of edges) {
    const source = byId.get(edge.source);
    const target = byId.get(edge.target);
    if (source === undefined || target === undefined) continue;
    const column = { workload: 0, destination: 1, cluster: 2 }[source.kind];
    const next = { workload: 3, destination: 1, cluster: 2 }[target.kind];
    lines.push({ from: put(source, column, edge), to: put(target, next, edge), edge });
  }
  return { columns: ordered([...spots.values()], lines), lines };
}

/** Sweeps to and fro: each node goes to the middle of what it is joined to. Trouble goes before that. */
function ordered(spots: readonly Spot[], lines: readonly Line[]): Spot[][] {
  const columns: Spot[][] = [0, 1, 2, 3].map((column) =>
    spots
      .filter((spot) => spot.column === column)
      .sort((a, b) => b.trouble - a.trouble || (a.node.name < b.node.name ? -1 : 1)),
  );
  const position = new Map<string, number>();
  const number = (column: readonly Spot[]): void => {
    for (const [index, { key }] of column.entries()) position.set(key, (index + 0.5) / column.length);
  };
  for (const column of columns) number(column);
  const joined = new Map<string, string[]>();
  for (const { from, to } of lines) {
    joined.set(from, [...(joined.get(from) ?? []), to]);
    joined.set(to, [...(joined.get(to) ?? []), from]);
  }
  const middle = ({ key }: Spot): number => {
    const others = joined.get(key) ?? [];
    return others.reduce((sum, other) => sum + (position.get(other) ?? 0), 0) / Math.max(1, others.length);
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of sweep % 2 === 0 ? columns : [...columns].reverse()) {
      const middles = new Map(column.map((spot) => [spot.key, middle(spot)]));
      column.sort(
        (a, b) =>
          Number(isAlarming(b.trouble)) - Number(isAlarming(a.trouble)) ||
          (middles.get(a.key) ?? 0) - (middles.get(b.key) ?? 0),
      );
      number(column);
    }
  }
  return columns;
}
