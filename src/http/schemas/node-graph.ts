/** A topology for Grafana's node graph as JSON. A test holds it against the types of `output/node-graph.ts`. */
import { Type } from 'typebox';
import { Count, Nullable, Text, Time } from './common.ts';

const Share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

export const GraphNodesSchema = Type.Array(
  Type.Object(
    {
      id: Text('As in the topology'),
      title: Text('Its name'),
      subTitle: Text('Its namespace, or its kind and name'),
      mainStat: Count('Connections that it got, or made where it got none'),
      secondaryStat: Text('Share of these that failed'),
      arc__ok: Share('Part of the ring for connections that went well'),
      arc__failed: Share('Part of the ring for those that failed'),
      detail__kind: Text('workload, destination or cluster'),
      detail__namespace: Nullable(Type.String()),
      detail__port: Nullable(Type.Integer()),
      detail__connections_in: Count('Connections to it'),
      detail__failures_in: Count('Those of them that failed'),
      detail__connections_out: Count('Connections from it'),
      detail__failures_out: Count('Those of them that failed'),
    },
    { title: 'GraphNode' },
  ),
  { description: 'Nodes for the node graph of Grafana' },
);

export const GraphEdgesSchema = Type.Array(
  Type.Object(
    {
      id: Text('As in the topology'),
      source: Text('Id of a node'),
      target: Text('Id of a node'),
      mainStat: Count('Connections'),
      secondaryStat: Text('Share of these that failed'),
      detail__state: Nullable(Type.String(), 'What most of the connections were; null for HTTP'),
      detail__failures: Count('Connections that failed'),
      detail__bytes_received: Count('Bytes that clients sent'),
      detail__bytes_sent: Count('Bytes that clients got'),
      detail__first_seen: Time('Start of the first connection'),
      detail__last_seen: Time('Start of the last connection'),
    },
    { title: 'GraphEdge' },
  ),
  { description: 'Edges for the node graph of Grafana' },
);
