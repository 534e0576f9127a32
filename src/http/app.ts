/** Builds the HTTP side: guards, routes, errors. It has not listened when it is handed over. */
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import { AppError, quoted } from '../domain/errors.ts';
import {
  CONNECTIONS_MAX,
  HEADER_BYTES_MAX,
  IDLE_MS_MAX,
  REQUESTS_PER_CONNECTION_MAX,
  SILENT_MS_MAX,
} from '../domain/limits.ts';
import { escapeLines, formatJson } from '../output/terminal.ts';
import { type Admission, createAdmission } from './admission.ts';
import { answerClientError } from './client-error.ts';
import type { AppDeps } from './deps.ts';
import { addEtags } from './etag.ts';
import { addGuards } from './guards.ts';
import { createMetrics } from './metrics.ts';
import { addMoments } from './moments.ts';
import { openapiOptions } from './openapi/description.ts';
import { sendError } from './problem.ts';
import { addRequestIds, requestIdOf } from './request-id.ts';
import { addRouteTable, methodsOf } from './route-table.ts';
import { coverageRoute } from './routes/coverage.ts';
import { elasticsearchRoutes } from './routes/elasticsearch.ts';
import { eventsRoute } from './routes/events.ts';
import { evidenceRoute } from './routes/evidence.ts';
import { explainRoute } from './routes/explain.ts';
import { graphRoutes } from './routes/graph.ts';
import { healthRoutes } from './routes/health.ts';
import { ingestRoute } from './routes/ingest.ts';
import { lokiRoute } from './routes/loki.ts';
import { metricsRoute } from './routes/metrics.ts';
import { openapiRoute } from './routes/openapi.ts';
import { otlpRoute } from './routes/otlp.ts';
import { pageRoutes } from './routes/page.ts';
import { reportRoutes } from './routes/reports.ts';
import { resourceRoutes } from './routes/resources.ts';
import { schedulesRoute } from './routes/schedules.ts';
import { timeseriesRoute } from './routes/timeseries.ts';
import { topologyRoute } from './routes/topology.ts';
import { addSecurityHeaders, EARLY_HEADERS } from './security-headers.ts';

import type { TypedApp } from './typed-app.ts';

export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const { timeouts } = deps;
  const app = Fastify({
    // Without these in `http`, Node.js never ends a request that trickles in (`requestTimeout` alone does not).
    http: {
      headersTimeout: timeouts.headers,
      requestTimeout: timeouts.request,
      connectionsCheckingInterval: timeouts.check,
      keepAliveTimeout: IDLE_MS_MAX,
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    requestTimeout: timeouts.request,
    connectionTimeout: SILENT_MS_MAX,
    keepAliveTimeout: IDLE_MS_MAX,
    maxRequestsPerSocket: REQUESTS_PER_CONNECTION_MAX,
    // Bodies are read as streams by the one route that takes them; see `body.ts` for their bounds.
    genReqId: requestIdOf,
    bodyLimit: Number.MAX_SAFE_INTEGER,
    routerOptions: { maxParamLength: 200 },
    // An answer of ours, with a code and a remedy, instead of Fastify's own.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    ajv: {
      customOptions: { removeAdditional: false, coerceTypes: 'array', allErrors: false, verbose: true },
    },
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply.headers(EARLY_HEADERS)),
    clientErrorHandler: answerClientError,
    logger: deps.log === null ? false : { level: 'error', stream: safeLog(deps.log) },
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.removeAllContentTypeParsers();
  // Answers are data that may end on a terminal; the schemas of answers are for people and for tests.
  app.setSerializerCompiler(() => (data) => formatJson(data));
  app.setErrorHandler(sendError);
  await app.register(swagger, openapiOptions(deps.version, deps.tokens !== null));
  await addSecurityHeaders(app);
  addRouteTable(app);
  addRequestIds(app);
  addGuards(app, deps);
  addMoments(app);
  addEtags(app, deps);
  addNotFound(app);
  // The same app; its handlers are typed by their schemas.
  const typed: TypedApp = app.withTypeProvider();
  const admission = createAdmission();
  healthRoutes(app, deps);
  metricsRoute(app, createMetrics(app, deps, admission));
  await addIngestRoutes(typed, deps, admission);
  resourceRoutes(typed, deps);
  evidenceRoute(typed, deps);
  eventsRoute(typed, deps);
  coverageRoute(typed, deps);
  timeseriesRoute(typed, deps);
  topologyRoute(typed, deps);
  graphRoutes(typed, deps);
  explainRoute(typed, deps);
  reportRoutes(typed, deps);
  schedulesRoute(typed, deps);
  openapiRoute(app);
  pageRoutes(typed, deps);
  return app;
}

/** Each way in by itself: the bodies that one takes are none of the others' business. */
async function addIngestRoutes(app: TypedApp, deps: AppDeps, admission: Admission): Promise<void> {
  for (const addRoutes of [ingestRoute, lokiRoute, otlpRoute, elasticsearchRoutes]) {
    await app.register(async (scope) => addRoutes(scope.withTypeProvider(), deps, admission));
  }
}

/** Errors may quote data, and the log may be a terminal. */
function safeLog(log: NonNullable<AppDeps['log']>): { write(line: string): void } {
  return { write: (line) => void log.write(escapeLines(line)) };
}

/** 404 for what there is not, 405 with `Allow` for what there is under another method. */
function addNotFound(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = methodsOf(app, path);
    if (allowed.length === 0) {
      throw new AppError('not_found', `cannot find ${quoted(path)}`, {
        remedy: 'see /openapi.json for the paths there are',
      });
    }
    const list = allowed.join(', ');
    reply.header('allow', list);
    throw new AppError(
      'method_not_allowed',
      `cannot ${request.method} ${quoted(path)}: expected one of ${list}`,
    );
  });
}
