/** What could not be seen: one document, or its pods as a stream. */
import { cutCoverage } from '../../domain/coverage.ts';
import { parseLimit } from '../../domain/filter.ts';
import { parseFilterOf } from '../../domain/filter-scope.ts';
import { flatPod, podCsvHeader, podCsvRow } from '../../output/coverage-columns.ts';
import type { AppDeps } from '../deps.ts';
import { chooseForm, LIST_TYPES } from '../listing.ts';
import { sendRows } from '../rows.ts';
import { ProblemSchema } from '../schemas/common.ts';
import { CoverageSchema } from '../schemas/coverage.ts';
import { CoverageQuery } from '../schemas/query.ts';
import { within } from '../time-limit.ts';
import type { TypedApp } from '../typed-app.ts';

export function coverageRoute(app: TypedApp, { analysis, now, timeouts }: AppDeps): void {
  app.get('/api/v1/coverage', {
    config: { access: 'read', etag: true },
    handlerTimeout: timeouts.handler,
    schema: {
      operationId: 'getCoverage',
      tags: ['queries'],
      summary:
        'What could not be seen: lines without a partner, logs with holes, pods whose log was not read',
      description:
        'Counts lines by whole hours, so that since and until are widened to them; state, verdict, diagnosis, severity ' +
        'and the port of a source cannot narrow it. `Accept: application/x-ndjson` and `text/csv` stream its pods.',
      querystring: CoverageQuery,
      produces: LIST_TYPES,
      response: { 200: CoverageSchema, default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const { limit, timeout, format, ...filters } = request.query;
      const coverage = await within(timeout, timeouts.handler, () =>
        analysis.coverage(parseFilterOf('coverage', filters, now())),
      );
      const form = chooseForm(request.headers.accept, format);
      reply.header('vary', 'Accept');
      if (form === 'json') {
        return reply.type('application/json').send(cutCoverage(coverage, limit ?? parseLimit(undefined)));
      }
      const forms = { name: 'coverage', csvHeader: podCsvHeader(), csvRow: podCsvRow, flatRow: flatPod };
      return sendRows(form, coverage.pods.slice(0, limit), forms, reply);
    },
  });
}
