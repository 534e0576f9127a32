/** Answers that are the same as before are not given again: ETag and If-None-Match. */
import { createHash, randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseTime } from '../domain/time.ts';
import type { AppDeps } from './deps.ts';
import { versionOf } from './moments.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True where the answer rests on the request and on what is stored alone. */
    etag?: boolean;
  }
}

/** Adds ETags to the routes that say so in their `config`. Versions of the store hold within one process. */
export function addEtags(
  app: FastifyInstance,
  { analysis, answers }: Pick<AppDeps, 'analysis' | 'answers'>,
): void {
  const process = randomBytes(6).toString('hex');
  const versions = new WeakMap<FastifyRequest, number>();
  app.addHook('preHandler', async (request, reply) => {
    if (request.routeOptions.config.etag !== true || isOfNow(request)) return;
    // Taken before the answer is made: lines that come meanwhile make it newer than its tag, never older.
    const version = analysis.version();
    versions.set(request, version);
    const tag = tagOf(process, version, request);
    // Where an answer would be behind, it may not be any more once it is made.
    if (answers.behind() !== null || !isKnown(request.headers['if-none-match'], tag)) return;
    return reply.code(304).headers(headersOf(tag)).send();
  });
  app.addHook('onSend', async (request, reply) => {
    const version = versions.get(request);
    if (version === undefined || reply.statusCode !== 200) return;
    // It may be of an earlier moment, where more comes in than can be followed.
    const of = Math.min(version, versionOf(request) ?? version);
    reply.headers(headersOf(tagOf(process, of, request)));
  });
}

/** Browsers are still told to keep nothing: tags are for programs that ask again and again. */
function headersOf(etag: string): Record<string, string> {
  return { etag, vary: 'Accept' };
}

/** Weak: the same answer, not the same bytes, as it may be packed on the way. */
function tagOf(process: string, version: number, { url, headers }: FastifyRequest): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([url, headers.accept ?? '']))
    .digest('base64url');
  return `W/"${process}-${version}-${hash.slice(0, 16)}"`;
}

/** "The last hour" is another one at every moment. */
function isOfNow({ query }: FastifyRequest): boolean {
  const { since, until } = query as { readonly since?: unknown; readonly until?: unknown };
  return [since, until].flat().some((time) => typeof time === 'string' && parseTime(time) === null);
}

function isKnown(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header
    .split(',')
    .some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag.slice(2));
}
