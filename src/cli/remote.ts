/** Requests to the API of a `meshwake serve`. */
import { pipeline, Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import split2 from 'split2';
import { AppError, ERRORS, type ErrorCode, messageOf } from '../domain/errors.ts';

/** Ms that a question may take; the server gives up after 30 s. */
const TIMEOUT_MS = 60_000;

export interface ClientRequest {
  readonly method: 'GET' | 'POST';
  /** Begins without `/`, below the server's address. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

export interface Client {
  /** Answers whatever the server does. Errors: `server_unreachable`. */
  send(request: ClientRequest): Promise<Response>;
  /** The JSON body of a GET. Errors: `server_unreachable`, and what the server refuses with. */
  getJson(path: string, query: URLSearchParams): Promise<unknown>;
  /** The JSON body of the answer to a POST without a body. Errors: as `getJson`. */
  postJson(path: string, query: URLSearchParams): Promise<unknown>;
  /** The items of a list, one by one as they arrive. Errors: as `getJson`; `server_refused` when it breaks off. */
  items(path: string, query: URLSearchParams): AsyncIterable<unknown>;
}

export function createClient(server: URL, token: string | null): Client {
  const base = server.href.endsWith('/') ? server.href : `${server.href}/`;
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const send = async (request: ClientRequest, timeout: number | null = TIMEOUT_MS): Promise<Response> => {
    const url = new URL(request.path, base);
    url.search = request.query.toString();
    try {
      return await fetch(url, {
        method: request.method,
        headers: { ...request.headers, ...authorization },
        body: request.body,
        // A token must not follow a redirect to somewhere else.
        redirect: 'error',
        signal: timeout === null ? null : AbortSignal.timeout(timeout),
      });
    } catch (error) {
      throw new AppError('server_unreachable', `cannot reach ${server.origin}: ${causeOf(error)}`, {
        cause: error,
      });
    }
  };
  const askJson = async (
    method: ClientRequest['method'],
    path: string,
    query: URLSearchParams,
  ): Promise<unknown> => {
    const response = await send({ method, path, query, headers: { accept: 'application/json' }, body: null });
    if (!response.ok) throw await refusalOf(response);
    return readJson(response);
  };
  return {
    send,
    getJson: (path, query) => askJson('GET', path, query),
    postJson: (path, query) => askJson('POST', path, query),
    async *items(path, query) {
      const headers = { accept: 'application/x-ndjson' };
      // A long list takes as long as it takes.
      const response = await send({ method: 'GET', path, query, headers, body: null }, null);
      if (!response.ok) throw await refusalOf(response);
      if (response.body !== null) yield* readItems(response.body);
    },
  };
}

/** The error that a refusing answer stands for: the server's own code and remedy where it tells them. */
export async function refusalOf(response: Response): Promise<AppError> {
  const problem = await response.json().catch(() => null);
  const field = (name: string): string | null => {
    // Any JSON may come back: a text under this name is all that is used of it.
    const value =
      typeof problem === 'object' && problem !== null ? (problem as Record<string, unknown>)[name] : null;
    return typeof value === 'string' ? value : null;
  };
  const code = field('code');
  const known: ErrorCode =
    code !== null && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'server_refused';
  const detail = field('detail') ?? `the server answered with status ${response.status}`;
  const remedy = field('remedy');
  return new AppError(known, detail, remedy === null ? {} : { remedy });
}

/** The documents of an NDJSON body. Errors: `server_refused`. */
async function* readItems(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const lines = split2((line: string) => (line === '' ? undefined : (JSON.parse(line) as unknown)));
  // Errors of either end reach the loop below through `lines`.
  pipeline(Readable.fromWeb(body as WebStream), lines, () => {});
  try {
    for await (const item of lines) yield item;
  } catch (error) {
    throw new AppError('server_refused', `cannot read the list to its end: ${messageOf(error)}`, {
      cause: error,
      remedy: 'ask again; what was printed so far is not all',
    });
  }
}

/** Errors: `server_unreachable` when the answer breaks off, `server_refused` when it is no JSON. */
export async function readJson(response: Response): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw new AppError('server_unreachable', `cannot read the answer of the server: ${causeOf(error)}`, {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('server_refused', 'cannot read the answer of the server: it is not JSON', {
      cause: error,
      remedy: 'check that --server names a `meshwake serve`',
    });
  }
}

/** `fetch` hides the reason in its cause. */
function causeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer in ${TIMEOUT_MS / 1_000} s`;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND') return 'there is no such host';
  return messageOf(cause);
}
