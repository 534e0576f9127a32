/** What every request has to pass. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { checkToken } from '../auth/tokens.ts';
import { AppError, quoted } from '../domain/errors.ts';
import type { AppDeps } from './deps.ts';
import { METRICS_PATH } from './routes/metrics.ts';
import { DOCS_PATH, PAGE_PATH } from './routes/page.ts';

/** Adds the hooks: Host, draining, tokens, the state of the store; in this order. */
export function addGuards(app: FastifyInstance, deps: AppDeps): void {
  app.addHook('onRequest', async (request) => {
    if (deps.loopback) {
      checkHost(request.headers.host);
      checkOrigin(request);
    }
    const access = request.routeOptions.config.access ?? 'open';
    if (access === 'open') return;
    if (deps.isDraining())
      throw new AppError('draining', 'cannot take requests any more: the server is about to stop');
    if (deps.tokens !== null) checkToken(deps.tokens, request.headers.authorization, access);
    const { failure } = deps.condition();
    // Numbers are worth most when something has failed.
    if (failure !== null && request.routeOptions.url !== METRICS_PATH) throw failure;
  });
  app.addHook('onSend', async (_request, reply) => {
    // A connection that is kept open would keep the process from ending.
    if (deps.isDraining()) reply.header('connection', 'close');
  });
}

/**
 * A page from elsewhere can have a browser call us under a name of its own that leads here (DNS rebinding); its
 * Host gives it away.
 */
function checkHost(host: string | undefined): void {
  const name = host?.replace(/:\d+$/, '').toLowerCase();
  if (name === 'localhost' || name === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name ?? '')) return;
  throw new AppError('misdirected', `cannot serve host ${quoted(host ?? '')}: only this machine is served`);
}

/**
 * A page from elsewhere cannot read our answers, but it could write lines: a body of plain text needs nobody's leave.
 * Browsers say on whose behalf they ask; programs say nothing.
 */
function checkOrigin(request: FastifyRequest): void {
  const { headers } = request;
  const { origin, host } = headers;
  if (isVisit(request)) return;
  const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
  if (isOwn && headers['sec-fetch-site'] !== 'cross-site') return;
  throw new AppError('foreign_origin', `cannot answer a page of ${quoted(origin ?? 'another site')}`);
}

/** Whether somebody follows a link to a web page of ours, from wherever it stands. It cannot be framed, and does nothing by itself. */
function isVisit({ headers, method, routeOptions }: FastifyRequest): boolean {
  return (
    method === 'GET' &&
    (routeOptions.url === PAGE_PATH || routeOptions.url === DOCS_PATH) &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  );
}
