/** What is known of one address. */
import { Type } from 'typebox';
import { parseAsked } from '../../domain/filter.ts';
import { parseFilterOf } from '../../domain/filter-scope.ts';
import type { AppDeps } from '../deps.ts';
import { ProblemSchema } from '../schemas/common.ts';
import { FilterQuery } from '../schemas/query.ts';
import { ExplanationSchema } from '../schemas/resources.ts';
import { within } from '../time-limit.ts';
import type { TypedApp } from '../typed-app.ts';

const Params = Type.Object({
  address: Type.String({
    maxLength: 100,
    description: 'ip or ip:port; IPv6 with a port in brackets',
    examples: ['10.233.66.113:5701'],
  }),
});

export function explainRoute(app: TypedApp, { analysis, now, timeouts }: AppDeps): void {
  app.get('/api/v1/explain/:address', {
    config: { access: 'read', etag: true },
    handlerTimeout: timeouts.handler,
    schema: {
      operationId: 'explainAddress',
      tags: ['queries'],
      summary: 'Who owns an address, where its traffic goes and went, from whom',
      params: Params,
      querystring: FilterQuery,
      response: { 200: ExplanationSchema, default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const { address } = request.params;
      const { timeout, ...filters } = request.query;
      const filter = parseFilterOf('explanations', filters, now());
      const asked = parseAsked(address);
      return reply
        .type('application/json')
        .send(await within(timeout, timeouts.handler, () => analysis.explain(asked, filter)));
    },
  });
}
