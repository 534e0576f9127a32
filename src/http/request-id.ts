/** Tells requests apart: by the id that the caller gave, else by one of ours; it comes back, and stands in the log. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

export const REQUEST_ID = 'x-request-id';

/** An id that may be written anywhere as it is; another one is not taken. */
const SAFE = /^[\w.:/+=@-]{1,128}$/;

/** For Fastify's `genReqId`. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers[REQUEST_ID];
  return typeof given === 'string' && SAFE.test(given) ? given : randomUUID();
}

export function addRequestIds(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header(REQUEST_ID, request.id);
  });
}
