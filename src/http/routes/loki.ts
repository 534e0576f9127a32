/** Loki's push API, as Promtail, Alloy, Vector, Fluent Bit and others speak it. */
import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { NO_IDENTITY } from '../../domain/entry.ts';
import { AppError, quoted } from '../../domain/errors.ts';
import { BODY_BYTES_MAX } from '../../domain/limits.ts';
import { DecompressError } from '../../ingest/decompress.ts';
import type { LineRecord } from '../../ingest/ingest.ts';
import { readLokiJson, readLokiProtobuf } from '../../ingest/senders/loki.ts';
import { BlockTooLongError, unpackSnappy } from '../../ingest/snappy.ts';
import type { Admission, HeldBytes } from '../admission.ts';
import { readWhole, tooLarge } from '../body.ts';
import { bodyTypeOf, takeAsStream } from '../body-types.ts';
import type { AppDeps } from '../deps.ts';
import { storeRecords } from '../records.ts';
import { LOKI_BODIES } from '../schemas/bodies.ts';
import { ProblemSchema } from '../schemas/common.ts';
import type { TypedApp } from '../typed-app.ts';

const PROTOBUF = 'application/x-protobuf';
const TYPES = ['application/json', PROTOBUF];

export function lokiRoute(app: TypedApp, deps: AppDeps, admission: Admission): void {
  takeAsStream(app, TYPES);
  app.post('/loki/api/v1/push', {
    config: { access: 'ingest', bodyTypes: TYPES, bodies: LOKI_BODIES },
    schema: {
      operationId: 'pushLoki',
      tags: ['ingest'],
      summary: "Store lines as Loki's senders push them; answers when they are durable",
      description:
        'Body: `{"streams": [{"stream": {...}, "values": [["<ns>", "<line>"]]}]}` (application/json; Content-Encoding gzip, deflate, br, zstd), or ' +
        'logproto.PushRequest in a snappy block (application/x-protobuf). Labels such as `pod`, `namespace`, `container`, `node_name` say whose lines they are. ' +
        'Lines that cannot be read do not make a push fail: `GET /api/v1/coverage` counts them by reason.',
      consumes: TYPES,
      response: { 204: Type.Null({ description: 'Stored' }), default: ProblemSchema },
    },
    handler: async (request, reply) => {
      await admission.run(async (held) => {
        const records = await readPush(request, deps, held);
        await storeRecords(records, deps.newIngest({ format: null, identity: NO_IDENTITY }));
      });
      return reply.code(204).send();
    },
  });
}

async function readPush(
  request: FastifyRequest,
  { timeouts }: AppDeps,
  held: HeldBytes,
): Promise<Iterable<LineRecord>> {
  // The parsers of this route leave the body a stream; a request without a body has none.
  const body = request.body as Readable | undefined;
  if (body === undefined) return [];
  const pauseMs = timeouts.bodyPause;
  const encoding = request.headers['content-encoding'] ?? null;
  if (bodyTypeOf(request) !== PROTOBUF)
    return readLokiJson(await readWhole(body, { encoding, pauseMs }, held));
  if (encoding !== null && encoding.toLowerCase() !== 'snappy')
    throw new AppError(
      'unsupported_media_type',
      `cannot decompress body: got Content-Encoding ${quoted(encoding)}, expected snappy for ${PROTOBUF}`,
      { remedy: 'send protobuf in a snappy block, as Loki asks, or JSON' },
    );
  const packed = await readWhole(body, { encoding: null, pauseMs }, held);
  return readLokiProtobuf(unpack(packed, held));
}

/** Errors: `bad_body`, `body_too_large`. */
function unpack(packed: Buffer, held: HeldBytes): Buffer {
  try {
    const body = unpackSnappy(packed, BODY_BYTES_MAX);
    held.take(body.length);
    return body;
  } catch (error) {
    if (error instanceof BlockTooLongError) throw tooLarge(BODY_BYTES_MAX);
    if (!(error instanceof DecompressError)) throw error;
    throw new AppError('bad_body', `cannot decompress body: ${error.message}`, { cause: error });
  }
}
