/** Incidents, shifts and connections as they are found: server-sent events. */
import { Type } from 'typebox';
import { AppError, quoted } from '../../domain/errors.ts';
import { parseFilterOf } from '../../domain/filter-scope.ts';
import { CONNECTION_EVENTS_PER_LOOK_MAX, EVENT_HEARTBEAT_MS, EVENT_LOOK_MS } from '../../domain/limits.ts';
import { nearest } from '../../domain/nearest.ts';
import type { AppDeps } from '../deps.ts';
import { EventHub } from '../events/hub.ts';
import { EVENT_TYPES, type EventType, type Wishes } from '../events/subscriber.ts';
import { ProblemSchema, Text } from '../schemas/common.ts';
import { EventsQuery } from '../schemas/query.ts';
import type { TypedApp } from '../typed-app.ts';

const Headers = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      maxLength: 100,
      description: 'Id of the last event that was read: what came since is told first',
    }),
  ),
});

/** The plural that filters are scoped by. */
const LISTS = { incident: 'incidents', shift: 'shifts', connection: 'connections' } as const;

export function eventsRoute(app: TypedApp, { analysis, arrivals, now }: AppDeps): void {
  const hub = new EventHub({ analysis, arrivals, now });
  // Before connections are waited for: these do not end by themselves.
  app.addHook('preClose', async () => hub.close());
  app.get('/api/v1/events', {
    config: { access: 'read', problems: ['too_many_requests'] },
    exposeHeadRoute: false,
    schema: {
      operationId: 'followEvents',
      tags: ['queries'],
      summary: 'Incidents, shifts and connections as they are found: server-sent events',
      description:
        'What came since `Last-Event-ID` comes first, then `ready`; `reset` instead when that is not known any more: then read the lists again. ' +
        '`incident` is `{change, id, incident}`, `change` being opened, changed, closed, or withdrawn (then `incident` is null); ' +
        '`shift` is `{shift}`; `connection` is a connection, ' +
        `at most ${(1_000 / EVENT_LOOK_MS) * CONNECTION_EVENTS_PER_LOOK_MAX} a second; \`dropped\` is \`{type, count}\` of what was left out. ` +
        `A comment comes every ${EVENT_HEARTBEAT_MS / 1_000} s. Who reads too slowly is cut off, and may come back with \`Last-Event-ID\`.`,
      querystring: EventsQuery,
      headers: Headers,
      produces: ['text/event-stream'],
      response: { 200: Text('Events, without end'), default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const { types, ...filters } = request.query;
      const wishes = wishesOf(types, filters, now());
      const subscriber = await hub.subscribe(wishes, request.headers['last-event-id'] ?? null);
      reply.header('x-accel-buffering', 'no');
      // The stream ends with its reader or with the server: neither has another request to wait for.
      reply.header('connection', 'close');
      return reply.type('text/event-stream').send(subscriber.stream);
    },
  });
}

/** Errors: `bad_parameter`. */
function wishesOf(
  types: readonly string[] | undefined,
  filters: Parameters<typeof parseFilterOf>[1],
  now: number,
): Wishes {
  const names = types?.flatMap((text) => text.split(',')) ?? ['incident', 'shift'];
  return Object.fromEntries(
    names.map((name) => {
      const type = typeOf(name.trim());
      return [type, parseFilterOf(LISTS[type], filters, now)];
    }),
  );
}

function typeOf(name: string): EventType {
  const type = EVENT_TYPES.find((known) => known === name);
  if (type !== undefined) return type;
  const meant = nearest(name, EVENT_TYPES);
  throw new AppError(
    'bad_parameter',
    `cannot read parameter "types": got ${quoted(name)}, expected some of ${EVENT_TYPES.join(', ')}`,
    meant === null ? {} : { remedy: `did you mean ${meant}?` },
  );
}
