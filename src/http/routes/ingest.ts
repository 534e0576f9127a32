/** Lines come in. */
import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { NO_IDENTITY } from '../../domain/entry.ts';
import type { IngestTally } from '../../domain/resources.ts';
import type { Admission } from '../admission.ts';
import { BODY_KINDS, readBody } from '../body.ts';
import { bodyTypeOf, takeAsStream } from '../body-types.ts';
import type { AppDeps } from '../deps.ts';
import { INGEST_BODIES } from '../schemas/bodies.ts';
import { ProblemSchema } from '../schemas/common.ts';
import { IngestQuery } from '../schemas/query.ts';
import { TallySchema } from '../schemas/resources.ts';
import type { TypedApp } from '../typed-app.ts';

const TYPES = Object.keys(BODY_KINDS);

export function ingestRoute(app: TypedApp, deps: AppDeps, admission: Admission): void {
  takeAsStream(app, TYPES);
  app.post('/api/v1/ingest', {
    config: { access: 'ingest', bodyTypes: TYPES, bodies: INGEST_BODIES },
    schema: {
      operationId: 'ingestLines',
      tags: ['ingest'],
      summary: 'Store lines; answers when they are durable',
      description:
        'Body: lines in any known format and envelope (text/plain, application/x-ndjson), or JSON, an array of objects or ' +
        'one after another (application/json). Content-Encoding: gzip, deflate, br, zstd. The same lines again change nothing.',
      consumes: TYPES,
      querystring: IngestQuery,
      response: { 200: TallySchema, default: ProblemSchema },
    },
    handler: async (request, reply) => {
      const tally = await admission.run(() => ingest(request, deps));
      return reply.type('application/json').send(tally);
    },
  });
}

type IngestRequest = Pick<FastifyRequest, 'headers' | 'body'> & {
  readonly query: Static<typeof IngestQuery>;
};

async function ingest(request: IngestRequest, { newIngest, timeouts }: AppDeps): Promise<IngestTally> {
  const { query } = request;
  // The parsers of this route leave the body a stream; a request without a body has none.
  const body = request.body as Readable | undefined;
  const { pod = null, namespace = null, container = null, node = null } = query;
  const named = pod ?? namespace ?? container ?? node;
  const identity = named === null ? NO_IDENTITY : { pod, namespace, container, node };
  const stream = newIngest({ format: query.format ?? null, identity });
  if (body !== undefined) {
    const encoding = request.headers['content-encoding'] ?? null;
    await readBody(
      body,
      { kind: BODY_KINDS[bodyTypeOf(request)] ?? 'lines', encoding, pauseMs: timeouts.bodyPause },
      stream,
    );
  }
  return stream.end();
}
