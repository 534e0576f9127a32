/** Which bodies a route takes. They stay streams: each route reads its own, within its own bounds. */
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Content types of the bodies that this route takes. */
    bodyTypes?: readonly string[];
  }
}

/** Lets the routes of `app`, and no others, take bodies of these types. */
export function takeAsStream(
  app: Pick<FastifyInstance, 'addContentTypeParser'>,
  types: readonly string[],
): void {
  for (const type of types) app.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
}

/** The content type without its parameters; empty for none. */
export function bodyTypeOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
}
