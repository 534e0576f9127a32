/** One request to a target over HTTP: no redirects, no proxies, no kept connections, and only to addresses that it may have. */
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { DeliveryError } from '../domain/delivery.ts';
import { messageOf } from '../domain/errors.ts';
import { ANSWER_BYTES_MAX } from '../domain/limits.ts';
import type { Networks } from './networks.ts';

export interface PostOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly networks: Networks;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Resolves when the target has answered with 2xx. Errors: `DeliveryError`, which says nothing of the answer but its status. */
export async function post(options: PostOptions): Promise<void> {
  const { url: text, networks } = options;
  const url = new URL(text);
  networks.refuseAddress(hostOf(url));
  const answer = await send(url, options);
  try {
    await drain(answer);
  } catch {
    // The status tells what became of the request; a body that breaks off takes nothing from it.
  }
  const { statusCode = 0, headers } = answer;
  if (statusCode >= 200 && statusCode < 300) return;
  const isRedirect = statusCode >= 300 && statusCode < 400;
  throw new DeliveryError(
    `${url.host} answered with status ${statusCode}${isRedirect ? '; redirects are not followed' : ''}`,
    { retryAfterMs: retryAfter(headers['retry-after'], options.now()) },
  );
}

/** Where a URL leads, without what may be secret of it. */
export function originOf(text: string): string {
  return new URL(text).origin;
}

function send(url: URL, { headers, body, networks, signal }: PostOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const isTls = url.protocol === 'https:';
    const fail = (error: unknown): void => {
      reject(
        error instanceof DeliveryError
          ? error
          : new DeliveryError(`cannot reach ${url.host}: ${messageOf(error)}`, { cause: error }),
      );
    };
    const sent: ClientRequest = (isTls ? requestHttps : requestHttp)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      lookup: networks.lookup,
      agent: false,
      signal,
    });
    sent.on('error', fail).on('response', resolve);
    if (isTls) sent.end(body);
    else sent.once('socket', (socket) => socket.once('connect', () => sendPlain(sent, body, url, networks)));
  });
}

/** What nobody encrypts stays within networks that the configuration names. */
function sendPlain(sent: ClientRequest, body: string, url: URL, networks: Networks): void {
  if (networks.isAllowed(sent.socket?.remoteAddress ?? '')) sent.end(body);
  else sent.destroy(new DeliveryError(`${url.host} is a public address: use https there`));
}

/** Reads an answer to its end, or to its bound, and forgets it. */
async function drain(answer: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length;
    if (bytes > ANSWER_BYTES_MAX) answer.destroy();
  }
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Ms of a `Retry-After`: seconds, or a date. Null: there is none that can be read. */
export function retryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
