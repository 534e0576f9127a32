/** What Prometheus asks for. */
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { ProblemSchema, Text } from '../schemas/common.ts';

export const METRICS_PATH = '/metrics';

export function metricsRoute(app: FastifyInstance, registry: Registry): void {
  app.get(METRICS_PATH, {
    config: { access: 'read' },
    schema: {
      operationId: 'getMetrics',
      tags: ['health'],
      summary: 'Numbers for Prometheus',
      description:
        'received = accepted + duplicates + skipped + rejected + failed + in flight, of `meshwake_lines_…`; `docs/metrics.md` lists all.',
      produces: ['text/plain'],
      response: { 200: Text('In the text format of Prometheus'), default: ProblemSchema },
    },
    handler: async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  });
}
