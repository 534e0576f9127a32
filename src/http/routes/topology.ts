/** Who calls whom: one document, or its edges as rows. */
import { parseFilterOf } from '../../domain/filter-scope.ts';
import { EDGES_DEFAULT } from '../../domain/limits.ts';
import { edgeCsvHeader, edgeCsvRow, flatEdge, namedEdges } from '../../output/topology-rows.ts';
import type { AppDeps } from '../deps.ts';
import { chooseForm, LIST_TYPES } from '../listing.ts';
import { sendRows } from '../rows.ts';
import { ProblemSchema } from '../schemas/common.ts';
import { TopologyQuery } from '../schemas/query.ts';
import { TopologySchema } from '../schemas/timeseries.ts';
import { within } from '../time-limit.ts';
import type { TypedApp } from '../typed-app.ts';

export function topologyRoute(app: TypedApp, { analysis, now, timeouts }: AppDeps): void {
  app.get('/api/v1/topology', {
    config: { access: 'read', etag: true },
    handlerTimeout: timeouts.handler,
    schema: {
      operationId: 'getTopology',
      tags: ['queries'],
      summary: 'Workloads, destinations and clusters, and the connections between them',
      description:
        'From the lines of clients, counted by whole hours, so that since and until are widened to them: workload to destination (what was dialled), ' +
        'destination to cluster (where it was sent), cluster to workload (who got it). verdict, diagnosis, severity and the port of a source cannot narrow it. ' +
        '`Accept: application/x-ndjson` and `text/csv` give a row for each edge.',
      querystring: TopologyQuery,
      produces: LIST_TYPES,
      response: { 200: TopologySchema, default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const { limit, timeout, format, ...filters } = request.query;
      const topology = await within(timeout, timeouts.handler, () =>
        analysis.topology(parseFilterOf('topology', filters, now()), limit ?? EDGES_DEFAULT),
      );
      const form = chooseForm(request.headers.accept, format);
      reply.header('vary', 'Accept');
      if (form === 'json') return reply.type('application/json').send(topology);
      const forms = { name: 'topology', csvHeader: edgeCsvHeader(), csvRow: edgeCsvRow, flatRow: flatEdge };
      return sendRows(form, namedEdges(topology), forms, reply);
    },
  });
}
