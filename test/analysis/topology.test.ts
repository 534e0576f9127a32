/** Who calls whom, against the lines themselves, which are read without the product's own parser. */
import t from 'tap';
import { lineName, type ReadLine, readBack } from '../../bench/simulator/read-back.ts';
import { simulate } from '../../bench/simulator/simulate.ts';
import type { Connection } from '../../src/domain/resources.ts';
import type { Topology } from '../../src/domain/topology.ts';
import { workloadOf } from '../../src/domain/workload.ts';
import { createApp } from '../helpers/app.ts';
import { INCIDENT_TEXT } from '../helpers/incident-lines.ts';

/** Edges with the names of their nodes, sorted. */
function named({ nodes, edges }: Topology) {
  const nameOf = (id: string): string => {
    const node = nodes.find((one) => one.id === id);
    return `${node?.kind} ${node?.name}${node?.port === null ? '' : `:${node?.port}`}`;
  };
  return edges
    .map((edge) => ({
      way: `${nameOf(edge.source)} > ${nameOf(edge.target)}`,
      states: edge.states,
      connections: edge.connections,
      failures: edge.failures,
    }))
    .sort((a, b) => (a.way < b.way ? -1 : 1));
}

t.test('shows what was dialled, where it was sent, and who got it', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const topology = (await app.inject('/api/v1/topology')).json() as Topology;
  t.match(topology, { since: '2024-03-05T09:00:00.000Z', until: '2024-03-05T10:00:00.000Z' });
  t.same(named(topology), [
    {
      way: 'cluster PassthroughCluster > workload cache',
      states: { passthrough: 1 },
      connections: 1,
      failures: 0,
    },
    {
      way: 'cluster outbound|6379||cache.shop.svc.cluster.local > workload cache',
      states: { service: 1 },
      connections: 1,
      failures: 0,
    },
    {
      way: 'cluster outbound|6379||redis-ext.billing.svc.cluster.local > workload 10.96.77.3:6379',
      states: { captured: 2 },
      connections: 2,
      failures: 2,
    },
    {
      way: 'destination cache.shop.svc.cluster.local:6379 > cluster outbound|6379||cache.shop.svc.cluster.local',
      states: { service: 1 },
      connections: 1,
      failures: 0,
    },
    {
      way: 'destination cache:6379 > cluster PassthroughCluster',
      states: { passthrough: 1 },
      connections: 1,
      failures: 0,
    },
    {
      way: 'destination cache:6379 > cluster outbound|6379||redis-ext.billing.svc.cluster.local',
      states: { captured: 2 },
      connections: 2,
      failures: 2,
    },
    {
      way: 'workload cache > destination cache.shop.svc.cluster.local:6379',
      states: { service: 1 },
      connections: 1,
      failures: 0,
    },
    {
      way: 'workload cache > destination cache:6379',
      states: { captured: 2, passthrough: 1 },
      connections: 3,
      failures: 2,
    },
  ]);
  t.same((await app.inject('/api/v1/topology?since=2024-03-06T00:00:00Z')).json(), {
    since: null,
    until: null,
    nodes_total: 0,
    nodes: [],
    edges_total: 0,
    edges: [],
  });
});

interface Sum {
  connections: number;
  failures: number;
  bytes: number;
}

t.test('counts every connection of a client once on each part of its way', async (t) => {
  const text = [
    ...simulate({ seed: 8, scenario: 'all_in_turn', lines: 5_000, linesPerSecond: 0.5 }).lines,
  ].map(({ line }) => line);
  const { app } = await createApp(t, { lines: `${text.join('\n')}\n` });
  const listed = await app.inject({
    url: '/api/v1/connections?direction=outbound',
    headers: { accept: 'application/x-ndjson' },
  });
  const outbound = new Set(
    listed.body
      .trimEnd()
      .split('\n')
      .map((row) => {
        const line = JSON.parse(row) as Connection;
        return lineName({
          pod: line.pod ?? '',
          start: Date.parse(line.start_time),
          downstreamRemote: line.downstream_remote_address ?? '-',
          downstreamLocal: line.downstream_local_address ?? '-',
          requestId: line.request_id ?? '-',
        });
      }),
  );
  const lines = new Map<string, ReadLine>();
  for (const line of text) {
    const own = readBack(line);
    if (own === null || !outbound.has(lineName(own))) continue;
    if ((lines.get(lineName(own))?.duration ?? -1) <= own.duration) lines.set(lineName(own), own);
  }
  const sums = (keyOf: (line: ReadLine) => string): Map<string, Sum> => {
    const all = new Map<string, Sum>();
    for (const line of lines.values()) {
      const sum = all.get(keyOf(line)) ?? { connections: 0, failures: 0, bytes: 0 };
      all.set(keyOf(line), sum);
      sum.connections++;
      if (/\b(UF|UH|NR|UO|UT|URX|LR|UR|UC|DT)\b/.test(line.flags)) sum.failures++;
      sum.bytes += line.received + line.sent;
    }
    return all;
  };
  const topology = (await app.inject('/api/v1/topology?limit=10000')).json() as Topology;
  t.equal(topology.edges.length, topology.edges_total);
  t.equal(topology.nodes.length, topology.nodes_total);
  const summed = (kind: string, end: 'source' | 'target'): Map<string, Sum> => {
    const all = new Map<string, Sum>();
    for (const edge of topology.edges) {
      const node = topology.nodes.find(({ id }) => id === edge[end]);
      const other = topology.nodes.find(({ id }) => id === edge[end === 'source' ? 'target' : 'source']);
      if (node?.kind !== kind || (kind !== 'cluster' && other?.kind !== 'destination')) continue;
      const sum = all.get(node.name) ?? { connections: 0, failures: 0, bytes: 0 };
      all.set(node.name, sum);
      sum.connections += edge.connections;
      sum.failures += edge.failures;
      sum.bytes += edge.bytes_received + edge.bytes_sent;
    }
    return all;
  };
  t.same(
    summed('workload', 'source'),
    sums(({ pod }) => workloadOf(pod)),
  );
  const byCluster = sums(({ cluster }) => cluster);
  byCluster.delete('-');
  t.same(summed('cluster', 'target'), byCluster);
  const small = (await app.inject('/api/v1/topology?limit=5')).json() as Topology;
  t.strictSame(small.edges, topology.edges.slice(0, 5));
  t.equal(small.edges_total, topology.edges_total);
  const whole = new Map(topology.nodes.map((node) => [node.id, node]));
  for (const node of small.nodes) t.strictSame(node, whole.get(node.id), 'a node counts all its edges');
});
