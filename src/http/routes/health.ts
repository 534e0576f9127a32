/** Whether the process lives, and whether it takes requests. */
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../domain/errors.ts';
import type { AppDeps } from '../deps.ts';
import { ProblemSchema, Text } from '../schemas/common.ts';

export function healthRoutes(app: FastifyInstance, { isDraining }: AppDeps): void {
  const config = { access: 'open' as const };
  const schema = (summary: string) => ({
    tags: ['health'],
    summary,
    produces: ['text/plain'],
    response: { 200: Text('ok'), default: ProblemSchema },
  });
  app.get('/livez', {
    config,
    schema: schema('Whether the process lives'),
    handler: (_request, reply) => reply.type('text/plain').send('ok\n'),
  });
  // `/ready` is where Loki's senders look.
  for (const path of ['/readyz', '/ready']) {
    app.get(path, {
      config,
      schema: schema('Whether requests are taken; 503 once the process is about to stop'),
      handler: (_request, reply) => {
        if (isDraining())
          throw new AppError('draining', 'cannot take requests any more: the server is about to stop');
        return reply.type('text/plain').send('ok\n');
      },
    });
  }
}
