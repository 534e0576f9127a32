/** The description of this API, made from the schemas that its routes are validated with. */
import type { FastifyInstance } from 'fastify';

export function openapiRoute(app: FastifyInstance): void {
  app.get('/openapi.yaml', {
    config: { access: 'open' },
    schema: { hide: true },
    handler: (_request, reply) => reply.type('application/yaml').send(app.swagger({ yaml: true })),
  });
  app.get('/openapi.json', {
    config: { access: 'open' },
    schema: { hide: true },
    handler: (_request, reply) => reply.type('application/json').send(app.swagger()),
  });
}
