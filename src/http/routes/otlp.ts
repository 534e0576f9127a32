/** OTLP over HTTP, logs only: the OpenTelemetry Collector, its exporters, and Envoy's own. */
import type { Readable } from 'node:stream';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { NO_IDENTITY } from '../../domain/entry.ts';
import type { AppError } from '../../domain/errors.ts';
import type { IngestTally } from '../../domain/resources.ts';
import type { LineRecord } from '../../ingest/ingest.ts';
import { readOtlpJson } from '../../ingest/senders/otlp-json.ts';
import { otlpResponse, readOtlpProtobuf, rpcStatus } from '../../ingest/senders/otlp-protobuf.ts';
import { formatJson } from '../../output/terminal.ts';
import type { Admission, HeldBytes } from '../admission.ts';
import { readWhole } from '../body.ts';
import { bodyTypeOf, takeAsStream } from '../body-types.ts';
import type { AppDeps } from '../deps.ts';
import { prepareError } from '../problem.ts';
import { storeRecords } from '../records.ts';
import { OTLP_BODIES } from '../schemas/bodies.ts';
import { OtlpAnswerSchema, OtlpStatusSchema } from '../schemas/otlp.ts';
import type { TypedApp } from '../typed-app.ts';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const TYPES = [PROTOBUF, JSON_TYPE];

export function otlpRoute(app: TypedApp, deps: AppDeps, admission: Admission): void {
  takeAsStream(app, TYPES);
  // The second is where senders look that are told to use Loki's endpoint for OTLP.
  for (const [path, operationId] of [
    ['/v1/logs', 'exportOtlpLogs'],
    ['/otlp/v1/logs', 'exportOtlpLogsToLoki'],
  ] as const) {
    app.post(path, {
      config: { access: 'ingest', bodyTypes: TYPES, bodies: OTLP_BODIES },
      schema: {
        operationId,
        tags: ['ingest'],
        summary: 'Store lines as OTLP/HTTP exports them; answers when they are durable',
        description:
          'Body: ExportLogsServiceRequest, in protobuf or JSON; Content-Encoding gzip, deflate, br, zstd. The body of a log record is the line, or what it was parsed into; without a body its attributes are. ' +
          'Attributes of the resource such as `k8s.pod.name` say whose line it is. Records that cannot be read are told as partial success. Errors are a google.rpc.Status in the encoding of the request.',
        consumes: TYPES,
        produces: TYPES,
        response: { 200: OtlpAnswerSchema, default: OtlpStatusSchema },
      },
      errorHandler: sendStatus,
      handler: async (request, reply) => {
        const tally = await admission.run(async (held) => {
          const records = await readExport(request, deps, held);
          return storeRecords(records, deps.newIngest({ format: null, identity: NO_IDENTITY }));
        });
        return answer(tally, request, reply);
      },
    });
  }
}

async function readExport(
  request: FastifyRequest,
  { timeouts }: AppDeps,
  held: HeldBytes,
): Promise<Iterable<LineRecord>> {
  // The parsers of this route leave the body a stream; a request without a body has none.
  const body = request.body as Readable | undefined;
  if (body === undefined) return [];
  const encoding = request.headers['content-encoding'] ?? null;
  const bytes = await readWhole(body, { encoding, pauseMs: timeouts.bodyPause }, held);
  // An empty message is an empty body.
  if (isProtobuf(request)) return readOtlpProtobuf(bytes);
  return bytes.length === 0 ? [] : readOtlpJson(bytes);
}

/** The answer has the encoding of the request. */
function answer(tally: IngestTally, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const partial = tally.rejected === 0 ? null : { rejected: tally.rejected, message: refusalOf(tally) };
  if (isProtobuf(request)) return reply.type(PROTOBUF).send(otlpResponse(partial));
  // Integers of 64 bits are texts in the JSON of protobuf.
  const body =
    partial === null
      ? {}
      : {
          partialSuccess: { rejectedLogRecords: String(partial.rejected), errorMessage: partial.message },
        };
  return reply.type(JSON_TYPE).send(body);
}

/** Why records were refused, without quoting them: senders write it into logs of their own. */
function refusalOf({ rejected, rejects }: IngestTally): string {
  const reasons = [...new Set(rejects.map(({ reason }) => reason))].join(', ');
  return `cannot read ${rejected} of the records: ${reasons}; see GET /api/v1/coverage, or \`meshwake formats detect FILE\``;
}

/** Codes of gRPC by our statuses; a sender that tries again decides by the status. */
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  408: 4,
  413: 3,
  415: 3,
  421: 3,
  429: 8,
  503: 14,
};
const RPC_INTERNAL = 13;

function sendStatus(
  caught: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error: AppError = prepareError(caught, request, reply);
  const code = RPC_CODES[error.status] ?? RPC_INTERNAL;
  const message = `${error.message} (${error.code}); ${error.remedy}`;
  if (isProtobuf(request)) return reply.type(PROTOBUF).send(rpcStatus(code, message));
  return reply.type(JSON_TYPE).send(formatJson({ code, message }));
}

function isProtobuf(request: FastifyRequest): boolean {
  return bodyTypeOf(request) === PROTOBUF;
}
