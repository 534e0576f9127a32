/** The lists, and each item by its id. */
import { type TSchema, Type } from 'typebox';
import { findRoute } from '../../analysis/find-route.ts';
import { AppError, quoted } from '../../domain/errors.ts';
import type { Analysis } from '../../domain/queries.ts';
import type { ResourceName, ResourceTypes } from '../../output/columns.ts';
import type { AppDeps } from '../deps.ts';
import { LIST_TYPES, sendList } from '../listing.ts';
import { AnomalyPageSchema } from '../schemas/anomalies.ts';
import { PageOf, ProblemSchema } from '../schemas/common.ts';
import { ListQuery } from '../schemas/query.ts';
import { RESOURCE_SCHEMAS } from '../schemas/resources.ts';
import type { TypedApp } from '../typed-app.ts';

const IdParams = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 200, description: 'Its `id` in the list' }),
});

/** Pages that hold more than a list. */
const PAGES: Partial<Record<ResourceName, TSchema>> = { anomalies: AnomalyPageSchema };

const SUMMARIES: Readonly<Record<ResourceName, string>> = {
  connections: 'Access-log lines, newest first',
  pairs: 'Client and server line of one connection, newest first',
  routes: 'Runs of unchanged routing, newest first',
  shifts: 'Changes of routing, newest first',
  incidents: 'Shifts and findings with one cause, the worst first',
  anomalies: 'What was unusual in the window of the filter, or in the last day: the most unusual first',
};

export function resourceRoutes(app: TypedApp, deps: AppDeps): void {
  const { analysis } = deps;
  add(app, deps, 'connections', (id) => analysis.connection(id));
  add(app, deps, 'pairs', (id) => analysis.pair(id));
  add(app, deps, 'routes', (id) => findRoute(analysis, id));
  add(app, deps, 'shifts', (id) => analysis.shift(id));
  add(app, deps, 'incidents', (id) => analysis.incident(id));
  add(app, deps, 'anomalies', (id) => analysis.anomaly(id));
}

function add<K extends ResourceName>(
  app: TypedApp,
  { analysis, now, timeouts }: AppDeps,
  resource: K,
  find: (id: string) => Promise<ResourceTypes[K] | null>,
): void {
  const item = RESOURCE_SCHEMAS[resource];
  const common = { config: { access: 'read' as const, etag: true }, handlerTimeout: timeouts.handler };
  app.get(`/api/v1/${resource}`, {
    ...common,
    // A stream may take longer than an answer may take to begin.
    handlerTimeout: STREAM_TIMEOUT_MS,
    schema: {
      operationId: `list${nameOf(resource)}`,
      tags: ['queries'],
      summary: SUMMARIES[resource],
      description:
        'JSON is one page; `Accept: application/x-ndjson` and `text/csv` stream everything that matches. `format=flat` is ' +
        'a page as an array of objects without others in them: the columns of CSV, with `_` for the dots in their names.',
      querystring: ListQuery,
      produces: LIST_TYPES,
      response: { 200: PAGES[resource] ?? PageOf(item, oneOf(resource), resource), default: ProblemSchema },
    },
    handler: (request, reply) =>
      sendList(resource, listOf(analysis, resource), { now: now(), msMax: timeouts.handler }, request, reply),
  });
  app.get(`/api/v1/${resource}/:id`, {
    ...common,
    schema: {
      operationId: `get${oneOf(resource)}`,
      tags: ['queries'],
      summary: `One of the ${resource}, by its id`,
      params: IdParams,
      response: { 200: item, default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const found = await find(id);
      if (found === null)
        throw new AppError('not_found', `cannot find ${quoted(id)} among ${resource}: there is none`);
      return reply.type('application/json').send(found);
    },
  });
}

/** `Connections`, `Anomalies`: what operations are called after. */
const nameOf = (resource: string): string => `${resource.charAt(0).toUpperCase()}${resource.slice(1)}`;

const oneOf = (resource: string): string => nameOf(resource).replace(/ies$/, 'y').replace(/s$/, '');

/** Ms for a whole stream. */
const STREAM_TIMEOUT_MS = 3_600_000;

/** Item type and method agree by name, which the compiler cannot follow through a computed key: hence the cast. */
function listOf<K extends ResourceName>(analysis: Analysis, resource: K) {
  return analysis[resource].bind(analysis) as unknown as Parameters<typeof sendList<K>>[1];
}
