/** As much of Elasticsearch as Filebeat, Logstash and others need to send lines. */
import type { Readable } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { NO_IDENTITY } from '../../domain/entry.ts';
import { BULK_BYTES_MAX } from '../../domain/limits.ts';
import { type BulkItem, createBulkReader } from '../../ingest/senders/bulk.ts';
import { formatJson } from '../../output/terminal.ts';
import type { Admission } from '../admission.ts';
import { chunksOf, tooLarge } from '../body.ts';
import { takeAsStream } from '../body-types.ts';
import type { AppDeps } from '../deps.ts';
import { prepareError, problemOf } from '../problem.ts';
import { bodyErrorOf } from '../records.ts';
import { bulkBodies } from '../schemas/bodies.ts';
import { BulkAnswerSchema, BulkErrorSchema } from '../schemas/elasticsearch.ts';
import type { TypedApp } from '../typed-app.ts';

const JSON_TYPE = 'application/json';
const BULK_TYPES = [
  'application/x-ndjson',
  JSON_TYPE,
  'application/vnd.elasticsearch+x-ndjson',
  'application/vnd.elasticsearch+json',
];

/** The version that we pass for: senders refuse servers that are older than themselves. */
const VERSION = '8.19.0';

/** Clients of Elastic talk to nobody who does not say this. */
const PRODUCT = { 'x-elastic-product': 'Elasticsearch' };

const ABOUT = {
  name: 'meshwake',
  cluster_name: 'meshwake',
  cluster_uuid: 'meshwake',
  version: {
    number: VERSION,
    build_flavor: 'default',
    build_type: 'tar',
    build_hash: 'meshwake',
    build_snapshot: false,
    lucene_version: '9.12.2',
    minimum_wire_compatibility_version: '7.17.0',
    minimum_index_compatibility_version: '7.0.0',
  },
  tagline: 'You Know, for Search',
};
const LICENSE = {
  uid: '00000000-0000-0000-0000-000000000000',
  type: 'basic',
  mode: 'basic',
  status: 'active',
};
const HEALTH = { cluster_name: 'meshwake', status: 'green', timed_out: false, number_of_nodes: 1 };

/** What senders set up before they send. There is nothing to set up; they are told that it is there. */
const SET_UP = [
  '/_alias/:name',
  '/_component_template/:name',
  '/_data_stream/:name',
  '/_ilm/policy/:name',
  '/_index_template/:name',
  '/_ingest/pipeline/:name',
  '/_template/:name',
];

const IndexParams = Type.Object({ index: Type.String({ description: 'Of no account' }) });

export function elasticsearchRoutes(app: TypedApp, deps: AppDeps, admission: Admission): void {
  takeAsStream(app, BULK_TYPES);
  app.addHook('onSend', async (_request, reply) => {
    reply.headers(PRODUCT);
  });
  bulkRoutes(app, deps, admission);
  aboutRoutes(app);
}

/** What such a server says of itself at `/`, which the web page shares with it. */
export function answerAbout(reply: FastifyReply): FastifyReply {
  return reply.headers(PRODUCT).type(JSON_TYPE).send(ABOUT);
}

function bulkRoutes(app: TypedApp, deps: AppDeps, admission: Admission): void {
  for (const [url, operationId, params] of [
    ['/_bulk', 'bulk', {}],
    ['/:index/_bulk', 'bulkIndex', { params: IndexParams }],
  ] as const) {
    for (const method of ['POST', 'PUT'] as const) {
      app.route({
        method,
        url,
        config: { access: 'ingest', bodyTypes: BULK_TYPES, bodies: bulkBodies(BULK_TYPES) },
        schema: {
          operationId,
          tags: ['ingest'],
          hide: method === 'PUT',
          summary: "Store lines as Elasticsearch's `_bulk` sends them; answers when they are durable",
          description:
            'Body: NDJSON, a line `{"create": {}}` or `{"index": {}}` and a line with the document, and so on; Content-Encoding gzip, deflate, br, zstd. The line is in `message`, `log` or another of the usual fields, ' +
            'and `kubernetes` or the name of the file says whose it is, as Filebeat, Logstash, Fluent Bit and Vector have it. Each document that cannot be read is told in its item. The index and all parameters are of no account.',
          consumes: BULK_TYPES,
          ...params,
          response: { 200: BulkAnswerSchema, default: BulkErrorSchema },
        },
        errorHandler: sendElasticError,
        handler: async (request, reply) => {
          const started = performance.now();
          const items = await admission.run(() => storeBulk(request, deps));
          return reply.type(JSON_TYPE).send(answerOf(items, performance.now() - started));
        },
      });
    }
  }
}

async function storeBulk(request: FastifyRequest, deps: AppDeps): Promise<readonly BulkItem[]> {
  const ingest = deps.newIngest({ format: null, identity: NO_IDENTITY });
  const reader = createBulkReader(ingest);
  // The parsers of this route leave the body a stream; a request without a body has none.
  const body = request.body as Readable | undefined;
  const encoding = request.headers['content-encoding'] ?? null;
  try {
    let bytes = 0;
    if (body !== undefined) {
      for await (const chunk of chunksOf(body, { encoding, pauseMs: deps.timeouts.bodyPause })) {
        bytes += chunk.length;
        if (bytes > BULK_BYTES_MAX) throw tooLarge(BULK_BYTES_MAX);
        await reader.write(chunk);
      }
    }
    const items = await reader.end();
    await ingest.end();
    return items;
  } catch (error) {
    throw bodyErrorOf(error);
  }
}

function answerOf(items: readonly BulkItem[], ms: number): object {
  return {
    took: Math.round(ms),
    errors: items.some(({ refusal }) => refusal !== null),
    items: items.map(({ action, index, id, refusal }) => ({
      [action]: {
        ...(index === null ? {} : { _index: index }),
        ...(id === null ? {} : { _id: id }),
        ...(refusal === null
          ? { status: 201, result: 'created' }
          : {
              status: 400,
              error: { type: 'document_parsing_exception', reason: `cannot store: ${refusal}` },
            }),
      },
    })),
  };
}

function aboutRoutes(app: TypedApp): void {
  const schema = { hide: true };
  const json = (answer: object) => (_request: FastifyRequest, reply: FastifyReply) =>
    reply.type(JSON_TYPE).send(answer);
  const ingest = { config: { access: 'ingest' as const }, schema, errorHandler: sendElasticError };
  app.get('/_license', { ...ingest, handler: json({ license: LICENSE }) });
  app.get('/_xpack', { ...ingest, handler: json({ license: LICENSE, features: {} }) });
  app.get('/_cluster/health', { ...ingest, handler: json(HEALTH) });
  for (const url of SET_UP) setUpRoute(app, url, ingest);
}

function setUpRoute(app: FastifyInstance, url: string, options: object): void {
  app.get(url, { ...options, handler: (_request, reply) => reply.type(JSON_TYPE).send({}) });
  app.put(url, {
    ...options,
    handler: (request, reply) => {
      // What it would set up is of no account.
      (request.body as Readable | undefined)?.resume();
      return reply.type(JSON_TYPE).send({ acknowledged: true });
    },
  });
}

/** A problem document that clients of Elasticsearch understand as well. */
function sendElasticError(
  caught: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = problemOf(prepareError(caught, request, reply));
  const error = { type: problem.code, reason: `${problem.detail}; ${problem.remedy}` };
  return reply.type(JSON_TYPE).send(formatJson({ ...problem, error: { ...error, root_cause: [error] } }));
}
