/** The topology in two answers, as Grafana's node graph asks for it. */
import { parseFilterOf } from '../../domain/filter-scope.ts';
import { GRAPH_EDGES_DEFAULT } from '../../domain/limits.ts';
import type { Topology } from '../../domain/topology.ts';
import { graphEdges, graphNodes } from '../../output/node-graph.ts';
import type { AppDeps } from '../deps.ts';
import { ProblemSchema } from '../schemas/common.ts';
import { GraphEdgesSchema, GraphNodesSchema } from '../schemas/node-graph.ts';
import { GraphQuery } from '../schemas/query.ts';
import { within } from '../time-limit.ts';
import type { TypedApp } from '../typed-app.ts';

const PARTS = {
  nodes: { make: graphNodes, schema: GraphNodesSchema, operationId: 'getGraphNodes' },
  edges: { make: graphEdges, schema: GraphEdgesSchema, operationId: 'getGraphEdges' },
} as const;

export function graphRoutes(app: TypedApp, { analysis, now, timeouts }: AppDeps): void {
  for (const [name, { make, schema, operationId }] of Object.entries(PARTS)) {
    app.get(`/api/v1/graph/${name}`, {
      config: { access: 'read', etag: true },
      handlerTimeout: timeouts.handler,
      schema: {
        operationId,
        tags: ['queries'],
        summary: `The ${name} of the topology, as Grafana's node graph takes them`,
        description:
          'With the same filters and limit, nodes and edges are those of one topology. What is counted is told at `GET /api/v1/topology`.',
        querystring: GraphQuery,
        response: { 200: schema, default: ProblemSchema },
      },
      handler: async (request, reply) => {
        const { limit, timeout, ...filters } = request.query;
        const topology: Topology = await within(timeout, timeouts.handler, () =>
          analysis.topology(parseFilterOf('topology', filters, now()), limit ?? GRAPH_EDGES_DEFAULT),
        );
        return reply.type('application/json').send(make(topology));
      },
    });
  }
}
