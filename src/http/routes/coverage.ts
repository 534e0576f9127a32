/** What could not be seen: one document, or its pods as a stream. */
import { Readable } from 'node:stream';
import { type CoveragePod, cutCoverage } from '../../domain/coverage.ts';
import { parseLimit } from '../../domain/filter.ts';
import { parseFilterOf } from '../../domain/filter-scope.ts';
import { podCsvHeader, podCsvRow } from '../../output/coverage-columns.ts';
import { formatJson } from '../../output/terminal.ts';
import type { AppDeps } from '../deps.ts';
import { chooseForm } from '../listing.ts';
import { ProblemSchema } from '../schemas/common.ts';
import { CoverageSchema } from '../schemas/coverage.ts';
import { CoverageQuery } from '../schemas/query.ts';
import type { TypedApp } from '../typed-app.ts';

export function coverageRoute(app: TypedApp, { analysis, now, timeouts }: AppDeps): void {
  app.get('/api/v1/coverage', {
    config: { access: 'read' },
    handlerTimeout: timeouts.handler,
    schema: {
      tags: ['queries'],
      summary:
        'What could not be seen: lines without a partner, logs with holes, pods whose log was not read',
      description:
        'Counts lines by whole hours, so that since and until are widened to them; state, verdict, diagnosis, severity ' +
        'and the port of a source cannot narrow it. `Accept: application/x-ndjson` and `text/csv` stream its pods.',
      querystring: CoverageQuery,
      produces: ['application/json', 'application/x-ndjson', 'text/csv'],
      response: { 200: CoverageSchema, default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const { limit, ...filters } = request.query;
      const coverage = await analysis.coverage(parseFilterOf('coverage', filters, now()));
      const form = chooseForm(request.headers.accept);
      reply.header('vary', 'Accept');
      if (form === 'json') {
        return reply.type('application/json').send(cutCoverage(coverage, limit ?? parseLimit(undefined)));
      }
      const pods = coverage.pods.slice(0, limit);
      if (form === 'ndjson') {
        return reply.type('application/x-ndjson').send(Readable.from(piecesOf(pods, ndjsonRow)));
      }
      reply.header('content-disposition', 'attachment; filename="coverage.csv"');
      const rows = piecesOf(pods, podCsvRow, podCsvHeader());
      return reply.type('text/csv; charset=utf-8; header=present').send(Readable.from(rows));
    },
  });
}

/** Rows put together at once. */
const PIECE_ROWS = 1_000;

function* piecesOf(
  pods: readonly CoveragePod[],
  row: (pod: CoveragePod) => string,
  header = '',
): Generator<string> {
  if (header !== '') yield header;
  for (let from = 0; from < pods.length; from += PIECE_ROWS) {
    yield pods
      .slice(from, from + PIECE_ROWS)
      .map(row)
      .join('');
  }
}

function ndjsonRow(pod: CoveragePod): string {
  return `${formatJson(pod)}\n`;
}
