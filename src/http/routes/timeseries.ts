/** Counts, bytes and durations over time: one document, or its points as rows. */
import { parseLimit } from '../../domain/filter.ts';
import { parseFilterOf } from '../../domain/filter-scope.ts';
import { parseTimeseries } from '../../domain/timeseries.ts';
import { type PointRow, pointCsvHeader, pointCsvRow, pointsOf } from '../../output/timeseries-rows.ts';
import type { AppDeps } from '../deps.ts';
import { chooseForm, LIST_TYPES } from '../listing.ts';
import { sendRows } from '../rows.ts';
import { ProblemSchema } from '../schemas/common.ts';
import { TimeseriesQuery } from '../schemas/query.ts';
import { TimeseriesSchema } from '../schemas/timeseries.ts';
import { within } from '../time-limit.ts';
import type { TypedApp } from '../typed-app.ts';

export function timeseriesRoute(app: TypedApp, { analysis, now, timeouts }: AppDeps): void {
  app.get('/api/v1/timeseries', {
    config: { access: 'read', etag: true },
    handlerTimeout: timeouts.handler,
    schema: {
      operationId: 'getTimeseries',
      tags: ['queries'],
      summary: 'Connections, failures, bytes or durations over time',
      description:
        'Every line counts, of clients and of servers: `direction=outbound` leaves one end of each connection. Of the lines that a proxy wrote while a connection was open, the last counts. Steps begin at multiples of their ' +
        'width; since and until are widened to whole minutes, and the first and the last step may be cut by them. Of several response flags of a line all are one label. ' +
        'A quantile is the smallest duration that is not less than that share of all; durations are kept as steps, exact below 16 ms ' +
        'and at most `relative_error` off above. verdict, diagnosis, severity and the port of a source cannot narrow it. ' +
        '`Accept: application/x-ndjson` and `text/csv` give a row for each point.',
      querystring: TimeseriesQuery,
      produces: LIST_TYPES,
      response: { 200: TimeseriesSchema, default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const { metric, step, group_by: groupBy, limit, timeout, format, ...filters } = request.query;
      const question = parseTimeseries({ metric, step, groupBy }, limit ?? parseLimit(undefined));
      const series = await within(timeout, timeouts.handler, () =>
        analysis.timeseries(question, parseFilterOf('timeseries', filters, now())),
      );
      const form = chooseForm(request.headers.accept, format);
      reply.header('vary', 'Accept');
      if (form === 'json') return reply.type('application/json').send(series);
      const { groupBy: groups } = question;
      const csvHeader = pointCsvHeader(groups);
      const forms = {
        name: 'timeseries',
        csvHeader,
        csvRow: pointCsvRow(groups),
        flatRow: (row: PointRow) => row,
      };
      return sendRows(form, pointsOf(series), forms, reply);
    },
  });
}
