import t from 'tap';
import type { TopologyEdge, TopologyNode } from '../../src/domain/topology.ts';
import { graphEdges, graphNodes } from '../../src/output/node-graph.ts';

const node = (over: Partial<TopologyNode>): TopologyNode => ({
  id: 'n',
  kind: 'workload',
  name: 'web',
  namespace: 'shop',
  port: null,
  connections_in: 0,
  failures_in: 0,
  connections_out: 0,
  failures_out: 0,
  ...over,
});

t.test('who is called is judged by what it got, a client by its own calls', async (t) => {
  const rows: [over: Partial<TopologyNode>, stats: object][] = [
    [
      { connections_in: 8, failures_in: 2, connections_out: 4 },
      { mainStat: 8, secondaryStat: '25.0 %', arc__ok: 0.75, arc__failed: 0.25 },
    ],
    [
      { connections_out: 4, failures_out: 4 },
      { mainStat: 4, secondaryStat: '100.0 %', arc__ok: 0, arc__failed: 1 },
    ],
    [{}, { mainStat: 0, secondaryStat: '0.0 %', arc__ok: 1, arc__failed: 0 }],
  ];
  for (const [over, stats] of rows) t.match(graphNodes({ nodes: [node(over)] })[0], stats);
});

t.test('a node without a namespace says what it is', async (t) => {
  const nodes = [node({}), node({ kind: 'destination', name: '10.0.0.1', namespace: null, port: 80 })];
  t.strictSame(
    graphNodes({ nodes }).map(({ title, subTitle }) => [title, subTitle]),
    [
      ['web', 'shop'],
      ['10.0.0.1', 'destination 10.0.0.1:80'],
    ],
  );
});

t.test('an edge has the state of most of its connections, and none for HTTP', async (t) => {
  const edge: TopologyEdge = {
    id: 'e',
    source: 'a',
    target: 'b',
    states: { service: 3, captured: 5 },
    connections: 8,
    failures: 5,
    bytes_received: 1,
    bytes_sent: 2,
    first_seen: '2024-01-01T00:00:00.000Z',
    last_seen: '2024-01-01T00:01:00.000Z',
  };
  const [tcp, http] = graphEdges({ edges: [edge, { ...edge, states: {} }] });
  t.match(tcp, {
    source: 'a',
    target: 'b',
    mainStat: 8,
    secondaryStat: '62.5 % failed',
    detail__state: 'captured',
  });
  t.equal(http?.detail__state, null);
});
