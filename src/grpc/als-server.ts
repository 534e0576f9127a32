/** Envoy's access log service: proxies send their entries themselves, over gRPC. */
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerReadableStream,
  type ServiceDefinition,
  type StatusObject,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { checkToken, type Token } from '../auth/tokens.ts';
import { type Identity, NO_IDENTITY } from '../domain/entry.ts';
import { AppError, messageOf } from '../domain/errors.ts';
import { ALS_MESSAGE_BYTES_MAX, ALS_STREAMS_MAX } from '../domain/limits.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { ProtobufError } from '../ingest/protobuf.ts';
import { createAlsReader } from '../ingest/senders/als.ts';
import { bytesOf } from '../ingest/stream-bytes.ts';
import { formatJson } from '../output/terminal.ts';

export interface AlsDeps {
  /** One at a time, for all streams. Another one after a failure. */
  readonly newIngest: (options: { readonly format: string | null; readonly identity: Identity }) => Ingest;
  /** Who may send; null when everybody may. */
  readonly tokens: readonly Token[] | null;
  /** Where internal errors are told, as JSON lines. */
  readonly log: { write(line: string): unknown };
}

export interface AlsServer {
  /** Returns the address it can be reached at. Errors: those of the system, with their code. */
  listen(address: { readonly host: string; readonly port: number }): Promise<string>;
  /** Takes no more entries, and resolves when those that were taken are durable. */
  stop(): Promise<void>;
}

type Stream = ServerReadableStream<Buffer, Buffer>;

/** Bytes as they are: messages are read field by field. */
const asIs = (bytes: Buffer): Buffer => bytes;
const methodAt = (path: string) => ({
  path,
  requestStream: true,
  responseStream: false,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});
/** What both versions of the service are called; their messages are the same. */
const SERVICES = [
  'envoy.service.accesslog.v3.AccessLogService',
  'envoy.service.accesslog.v2.AccessLogService',
];

/**
 * Builds a server that has not listened.
 * Envoy waits for no acknowledgement, so what it had sent and we had not stored is lost when this process dies; entries
 * are stored within a quarter of a second. A store that fails ends the streams: Envoy then drops what it cannot send.
 */
export function buildAlsServer(deps: AlsDeps): AlsServer {
  const server = new Server({
    'grpc.max_receive_message_length': ALS_MESSAGE_BYTES_MAX,
    'grpc.max_concurrent_streams': 100,
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 20_000,
  });
  const streams = new Set<Stream>();
  const ended = new Set<Promise<void>>();
  let stopping = false;
  /** One for all streams: proxies are many, each sends little, and a transaction costs the same for both. */
  let shared: Ingest | null = null;

  const receive = async (stream: Stream): Promise<void> => {
    if (stopping) throw new AppError('draining', 'cannot take entries any more: the server is about to stop');
    if (deps.tokens !== null) checkToken(deps.tokens, authorizationOf(stream.metadata), 'ingest');
    if (streams.size >= ALS_STREAMS_MAX)
      throw new AppError('too_many_requests', `cannot take more than ${ALS_STREAMS_MAX} streams at once`);
    streams.add(stream);
    shared ??= deps.newIngest({ format: null, identity: NO_IDENTITY });
    const ingest = shared;
    try {
      await storeEntries(stream, ingest).finally(() => ingest.flush());
    } catch (error) {
      // One that failed stores nothing any more: whoever comes next gets another.
      if (!(error instanceof ProtobufError) && shared === ingest) shared = null;
      throw error;
    } finally {
      streams.delete(stream);
    }
    if (stopping) throw new AppError('draining', 'cannot take entries any more: the server is about to stop');
  };

  const handle = (stream: Stream, answer: sendUnaryData<Buffer>): void => {
    const done = receive(stream).then(
      () => answer(null, Buffer.alloc(0)),
      (error: unknown) => answer(statusOf(error, deps.log)),
    );
    ended.add(done);
    void done.finally(() => ended.delete(done));
  };

  for (const service of SERVICES) {
    const definition: ServiceDefinition = { StreamAccessLogs: methodAt(`/${service}/StreamAccessLogs`) };
    server.addService(definition, { StreamAccessLogs: handle });
  }

  return {
    listen: ({ host, port }) => listen(server, host, port),
    async stop() {
      stopping = true;
      for (const stream of streams) stream.destroy();
      await Promise.all(ended);
      await shared?.end();
      shared = null;
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      server.forceShutdown();
    },
  };
}

/** Stores entries until the sender ends the stream, goes away, or we do. Errors: `ProtobufError`, those of the store. */
async function storeEntries(stream: Stream, ingest: Ingest): Promise<void> {
  const reader = createAlsReader();
  const messages = bytesOf(stream);
  for (;;) {
    const next = await nextOf(messages);
    if (next === null) return;
    for (const record of reader.read(next)) await ingest.writeRecord(record);
  }
}

/** Null at the end, whichever side made it: what came before is stored in any case. */
async function nextOf(messages: AsyncIterator<Uint8Array>): Promise<Uint8Array | null> {
  try {
    const { done, value } = await messages.next();
    return done === true ? null : value;
  } catch {
    return null;
  }
}

function authorizationOf(metadata: Metadata): string | undefined {
  return metadata.get('authorization')[0]?.toString();
}

/** Codes of gRPC by our statuses. */
const CODES: Readonly<Record<number, status>> = {
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  429: status.RESOURCE_EXHAUSTED,
  503: status.UNAVAILABLE,
};

function statusOf(error: unknown, log: AlsDeps['log']): Partial<StatusObject> {
  if (error instanceof ProtobufError)
    return { code: status.INVALID_ARGUMENT, details: `cannot read entries: ${error.message}` };
  if (error instanceof AppError)
    return { code: CODES[error.status] ?? status.INTERNAL, details: `${error.message} (${error.code})` };
  // Errors may quote data, and the log may be a terminal.
  log.write(`${formatJson({ level: 50, msg: 'internal error', err: messageOf(error) })}\n`);
  return { code: status.INTERNAL, details: 'internal error' };
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  const name = host.includes(':') ? `[${host}]` : host;
  return new Promise((resolve, reject) => {
    server.bindAsync(`${name}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(`${name}:${bound}`);
      else reject(withCode(error));
    });
  });
}

/** gRPC tells the system's code in its message only. */
function withCode(error: Error): Error {
  const code = /\b(EADDRINUSE|EACCES|EADDRNOTAVAIL|ENOTFOUND)\b/.exec(error.message)?.[1];
  return code === undefined ? error : Object.assign(error, { code });
}
