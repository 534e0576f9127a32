/** Reports that were made, in each of their forms, and making one now. */
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { parseLimit } from '../../domain/filter.ts';
import type { ReportFormat } from '../../domain/report.ts';
import { toWholeReport, type WholeReport } from '../../domain/report-items.ts';
import { parseReportRequest } from '../../domain/report-request.ts';
import { PLAIN_LOOKS, REPORT_MEDIA_TYPES, renderReport } from '../../output/report/render-report.ts';
import { getReport, listReports } from '../../reports/list.ts';
import { chooseByAccept } from '../accept.ts';
import type { AppDeps } from '../deps.ts';
import { nextLink } from '../listing.ts';
import { PageOf, ProblemSchema } from '../schemas/common.ts';
import { AskedReportQuery } from '../schemas/query.ts';
import { ReportItemSchema, ReportQuery, ReportsQuery, WholeReportSchema } from '../schemas/reports.ts';
import { within } from '../time-limit.ts';
import type { TypedApp } from '../typed-app.ts';

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) });

const PATH = '/api/v1/reports';
const CONFIG = { access: 'read' as const };
const PRODUCES = ['application/json', 'text/html', 'text/markdown', 'text/plain'];

/** What a report as a page may do: nothing but look as it does. */
export const REPORT_POLICY =
  "default-src 'none';style-src 'unsafe-inline';img-src data:;sandbox;frame-ancestors 'none';base-uri 'none';form-action 'none'";

export function reportRoutes(app: TypedApp, deps: AppDeps): void {
  makeRoute(app, deps);
  listRoute(app, deps);
  itemRoute(app, deps);
}

function listRoute(app: TypedApp, { reports, timeouts }: AppDeps): void {
  app.get(PATH, {
    config: CONFIG,
    handlerTimeout: timeouts.handler,
    schema: {
      operationId: 'listReports',
      tags: ['reports'],
      summary: 'Reports that were made, and what became of their deliveries, newest first',
      querystring: ReportsQuery,
      response: { 200: PageOf(ReportItemSchema, 'Report', 'reports'), default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const { schedule = null, limit, cursor = null } = request.query;
      const page = await listReports(reports, schedule, { limit: limit ?? parseLimit(undefined), cursor });
      if (page.next_cursor !== null) reply.header('link', nextLink(request.url, page.next_cursor));
      return reply.type('application/json').send(page);
    },
  });
}

function itemRoute(app: TypedApp, { reports, timeouts }: AppDeps): void {
  app.get(`${PATH}/:id`, {
    config: CONFIG,
    handlerTimeout: timeouts.handler,
    schema: {
      operationId: 'getReport',
      tags: ['reports'],
      summary: 'One of the reports, by its id: as data, as a page, as Markdown or as text',
      params: Params,
      querystring: ReportQuery,
      produces: PRODUCES,
      response: { 200: WholeReportSchema, default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const found = await getReport(reports, request.params.id);
      return sendReport(found, request.query.format ?? formatOf(request.headers.accept), reply);
    },
  });
}

function makeRoute(app: TypedApp, { office, now, timeouts }: AppDeps): void {
  app.post(PATH, {
    config: { ...CONFIG, problems: ['too_many_requests', 'disk_full', 'db_locked'] },
    handlerTimeout: timeouts.handler,
    schema: {
      operationId: 'makeReport',
      tags: ['reports'],
      summary: 'Makes a report now, and keeps it; it is delivered to nobody',
      description:
        'Of the last day, or of since to until; narrowed by filters. The request has no body. The answer is the report, and its ' +
        'address is in `Location`.',
      querystring: AskedReportQuery,
      produces: PRODUCES,
      response: { 201: WholeReportSchema, default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const { format, timeout, ...filters } = request.query;
      const asked = parseReportRequest(filters, now());
      const made = await within(timeout, timeouts.handler, () => office.ask(asked));
      reply.code(201).header('location', `${PATH}/${encodeURIComponent(made.id)}`);
      return sendReport(toWholeReport(made, []), format ?? formatOf(request.headers.accept), reply);
    },
  });
}

const FORMATS: Readonly<Record<string, ReportFormat>> = {
  'application/json': 'json',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/markdown': 'markdown',
  'text/plain': 'text',
};

function formatOf(accept: string | undefined): ReportFormat {
  return chooseByAccept(accept, FORMATS, 'json');
}

/** As JSON with all that is known of it; otherwise the document. */
function sendReport(whole: WholeReport, format: ReportFormat, reply: FastifyReply): FastifyReply {
  reply.header('vary', 'Accept');
  if (format === 'json') return reply.type('application/json').send(whole);
  reply.header('content-security-policy', REPORT_POLICY);
  return reply.type(REPORT_MEDIA_TYPES[format]).send(renderReport(whole.report, format, PLAIN_LOOKS));
}
