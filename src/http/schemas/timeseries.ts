/** Time series and topology as JSON. A test holds them against the types of `domain/`. */
import { Type } from 'typebox';
import { STATES } from '../../domain/resources.ts';
import { METRICS } from '../../domain/timeseries.ts';
import { NODE_KINDS } from '../../domain/topology.ts';
import { Count, Nullable, OneOf, Text, Time } from './common.ts';

const SeriesSchema = Type.Object(
  {
    labels: Type.Record(Type.String(), Nullable(Type.String()), {
      description: 'What all its lines have in common; null where they do not have it',
    }),
    points: Type.Array(Type.Tuple([Time('Start of the step'), Type.Number({ description: 'Its value' })]), {
      description: 'A step without lines is 0, or left out where the metric is a duration',
    }),
  },
  { title: 'Series' },
);

export const TimeseriesSchema = Type.Object(
  {
    metric: OneOf(METRICS, 'What is told'),
    step_ms: Count('Width of a step'),
    since: Nullable(Time('Start of the first step'), 'Null without lines'),
    until: Nullable(Time('End of the last step'), 'As since'),
    relative_error: Type.Number({
      description: 'By how much of itself a value may be off: 0 for what is counted',
    }),
    series_total: Count('Series that there are, with those that limit leaves out'),
    series: Type.Array(SeriesSchema, { description: 'Those with the most first' }),
  },
  { title: 'Timeseries', description: 'Counts, bytes or durations over time' },
);

const NodeSchema = Type.Object(
  {
    id: Text('Stays the same as long as kind, name, namespace and port do'),
    kind: OneOf(
      NODE_KINDS,
      'workload: a client or a server; destination: what was dialled; cluster: of Envoy',
    ),
    name: Text('Its workload or service, or the address where neither is known; of a cluster its name'),
    namespace: Nullable(Type.String()),
    port: Nullable(Type.Integer({ minimum: 0 }), 'Of a destination: the port that was dialled'),
    connections_in: Count('Connections of all edges to it'),
    failures_in: Count('Those of them that failed'),
    connections_out: Count('Connections of all edges from it'),
    failures_out: Count('Those of them that failed'),
  },
  { title: 'TopologyNode' },
);

const EdgeSchema = Type.Object(
  {
    id: Text('Stays the same as long as its nodes do'),
    source: Text('Id of a node'),
    target: Text('Id of a node'),
    states: Type.Partial(
      Type.Object(
        Object.fromEntries(STATES.map((state) => [state, Count(`Connections that were ${state}`)])),
      ),
      { description: 'Connections by state; HTTP has none' },
    ),
    connections: Count('Connections'),
    failures: Count('Those of them that failed'),
    bytes_received: Count('Bytes that clients sent'),
    bytes_sent: Count('Bytes that clients got'),
    first_seen: Time('Start of the first connection'),
    last_seen: Time('Start of the last connection'),
  },
  { title: 'TopologyEdge' },
);

export const TopologySchema = Type.Object(
  {
    since: Nullable(Time('Start of the hour of the first line'), 'Null without lines'),
    until: Nullable(Time('End of the hour of the last line'), 'As since'),
    nodes_total: Count('Nodes that there are, with those that limit leaves out'),
    nodes: Type.Array(NodeSchema, { description: 'The ends of the edges' }),
    edges_total: Count('Edges that there are, with those that limit leaves out'),
    edges: Type.Array(EdgeSchema, {
      description: 'From a workload to a destination, from there to a cluster, from there to a workload',
    }),
  },
  { title: 'Topology', description: 'Who calls whom, by way of what' },
);
