/** The web page at `/`, that of the API at `/docs`, and their files. Whoever does not ask for HTML there is answered as Elasticsearch's clients expect. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AppError, quoted } from '../../domain/errors.ts';
import type { AppDeps } from '../deps.ts';
import type { PageFile } from '../page-files.ts';
import type { TypedApp } from '../typed-app.ts';
import { answerAbout } from './elasticsearch.ts';

export const PAGE_PATH = '/';
export const DOCS_PATH = '/docs';

/**
 * Everything from this server, nothing inline, nothing from elsewhere; and no text becomes markup or script by way of
 * the DOM: browsers with trusted types refuse it.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join(';');

const YEAR_S = 31_536_000;

type Deps = Pick<AppDeps, 'page'>;

export function pageRoutes(app: TypedApp, deps: Deps): void {
  rootRoute(app, deps);
  docsRoute(app, deps);
  assetRoute(app, deps);
}

function rootRoute(app: Pick<FastifyInstance, 'get'>, { page }: Deps): void {
  app.get(PAGE_PATH, {
    config: { access: 'open' },
    schema: { hide: true },
    handler: (request, reply) => {
      reply.header('vary', 'Accept');
      if (!wantsHtml(request.headers.accept)) return answerAbout(reply);
      return sendPage(page?.html ?? null, request, reply);
    },
  });
}

function docsRoute(app: Pick<FastifyInstance, 'get'>, { page }: Deps): void {
  app.get(DOCS_PATH, {
    config: { access: 'open' },
    schema: { hide: true },
    handler: (request, reply) => sendPage(page?.docs ?? null, request, reply),
  });
}

/** Errors: `not_found` where there is none. */
function sendPage(page: PageFile | null, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (page === null) {
    throw new AppError('not_found', 'cannot find the web page: it was not built', {
      remedy: 'build it with `npm run build`; the API answers without it',
    });
  }
  reply.header('content-security-policy', PAGE_POLICY);
  return sendFile(page, request, reply);
}

const Params = Type.Object({ name: Type.String({ maxLength: 200 }) });

function assetRoute(app: TypedApp, { page }: Deps): void {
  app.get('/assets/:name', {
    config: { access: 'open' },
    schema: { hide: true, params: Params },
    handler: (request, reply) => {
      const { name } = request.params;
      const file = page?.assets.get(name);
      if (file === undefined) {
        throw new AppError('not_found', `cannot find ${quoted(name)} among the files of the web page`, {
          remedy: 'load the page again: it may be that of an older version',
        });
      }
      reply.header('cache-control', `public, max-age=${YEAR_S}, immutable`);
      return sendFile(file, request, reply);
    },
  });
}

function sendFile(
  file: PageFile,
  { headers }: Pick<FastifyRequest, 'headers'>,
  reply: FastifyReply,
): FastifyReply {
  reply.type(file.type).header('vary', 'Accept, Accept-Encoding');
  if (file.gzip === null || !takesGzip(headers['accept-encoding'])) return reply.send(file.body);
  return reply.header('content-encoding', 'gzip').send(file.gzip);
}

/** Browsers name HTML when they open a page; programs that take anything do not. */
function wantsHtml(accept = ''): boolean {
  return /(?:^|,)\s*(?:text\/html|application\/xhtml\+xml)\s*(?:;|,|$)/i.test(accept.slice(0, 1_000));
}

function takesGzip(accepted: string | string[] = ''): boolean {
  const codings = String(accepted).slice(0, 1_000).toLowerCase().split(',');
  return codings.some((coding) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/.test(coding));
}
