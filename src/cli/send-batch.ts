/** One batch of lines to a server, tried again as long as trying again can help. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Identity } from '../domain/entry.ts';
import { AppError } from '../domain/errors.ts';
import type { IngestTally } from '../domain/resources.ts';
import { count } from '../output/text.ts';
import { type Io, note } from './io.ts';
import type { SentBatch } from './line-batch.ts';
import type { ReadOptions } from './read-lines.ts';
import { type Client, type ClientRequest, readJson, refusalOf } from './remote.ts';

export interface SendOptions extends ReadOptions {
  /** Ms that one batch is tried again before giving up. */
  readonly retryFor: number;
}

/** Statuses after which the same request may well succeed. */
const RETRIED = new Set([408, 425, 429, 500, 502, 503, 504]);
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 30_000;

/**
 * Sends a batch until it is acknowledged. A batch that did arrive although its answer was lost is counted as
 * duplicates by the server, so sending again is safe.
 * Errors: `server_unreachable` or the server's own, when it refuses, or after `retryFor`, or after an interrupt.
 */
export async function sendBatch(
  batch: SentBatch,
  options: SendOptions,
  client: Client,
  io: Io,
): Promise<IngestTally> {
  const request = requestFor(batch, options);
  // Not by the clock on the wall, which may be put forward or back meanwhile.
  const giveUp = performance.now() + options.retryFor;
  let maybeStored = false;
  for (let attempt = 0; ; attempt++) {
    const result = await attemptOnce(client, request);
    if (result.kind === 'acknowledged') {
      if (maybeStored) noteStored(io, result.tally);
      return result.tally;
    }
    maybeStored ||= result.error.code === 'server_unreachable';
    const wait = result.retryAfter ?? backoff(attempt);
    if (!result.retry || io.interrupted.aborted || performance.now() + wait > giveUp) throw result.error;
    note(io, `${result.error.message}; trying again in ${(wait / 1_000).toFixed(1)} s`);
    await delay(wait, undefined, { signal: io.interrupted }).catch(() => {});
  }
}

/** Otherwise nobody would know why lines that were sent for the first time count as duplicates. */
function noteStored(io: Io, { duplicates }: IngestTally): void {
  if (duplicates > 0)
    note(
      io,
      `${count(duplicates, 'line')} of the batch sent again had been stored already, counted as duplicates`,
    );
}

type Attempt =
  | { readonly kind: 'acknowledged'; readonly tally: IngestTally }
  | {
      readonly kind: 'failed';
      readonly error: AppError;
      readonly retry: boolean;
      readonly retryAfter: number | null;
    };

async function attemptOnce(client: Client, request: ClientRequest): Promise<Attempt> {
  let response: Response;
  try {
    response = await client.send(request);
    if (response.ok) return { kind: 'acknowledged', tally: readTally(await readJson(response)) };
  } catch (error) {
    // Without a whole answer nobody knows whether the batch is stored; sending it again does no harm.
    if (!(error instanceof AppError) || error.code !== 'server_unreachable') throw error;
    return { kind: 'failed', error, retry: true, retryAfter: null };
  }
  return {
    kind: 'failed',
    error: await refusalOf(response),
    retry: RETRIED.has(response.status),
    retryAfter: parseRetryAfter(response.headers.get('retry-after')),
  };
}

function requestFor(batch: SentBatch, { format, identity }: SendOptions): ClientRequest {
  const query = new URLSearchParams();
  for (const name of ['pod', 'namespace', 'container', 'node'] satisfies (keyof Identity)[]) {
    const value = identity[name];
    if (value !== null) query.set(name, value);
  }
  if (format !== null) query.set('format', format);
  return {
    method: 'POST',
    path: 'api/v1/ingest',
    query,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: batch.body,
  };
}

/** Ms to wait: seconds as they are, or until the date given; null where the header says neither. */
function parseRetryAfter(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d{1,6}$/.test(header)) return Math.min(Number(header) * 1_000, BACKOFF_MAX_MS);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.min(Math.max(0, date - Date.now()), BACKOFF_MAX_MS);
}

/** Doubles from half a second, with a random half so that many senders do not come back together. */
function backoff(attempt: number): number {
  const most = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 10));
  return most / 2 + (Math.random() * most) / 2;
}

function readTally(body: unknown): IngestTally {
  const tally = typeof body === 'object' && body !== null ? (body as Partial<IngestTally>) : {};
  const { received, accepted, duplicates, skipped, rejected, rejects = [] } = tally;
  if (
    ![received, accepted, duplicates, skipped, rejected].every(Number.isSafeInteger) ||
    !Array.isArray(rejects)
  ) {
    throw new AppError(
      'server_refused',
      'cannot read the answer of the server: it is not the tally of an ingest',
      {
        remedy: 'check that --server names a `meshwake serve` of this version',
      },
    );
  }
  return tally as IngestTally;
}
