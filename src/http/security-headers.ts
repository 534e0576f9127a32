/** Headers that keep browsers from making more of an answer than it is. */
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** Headers of answers that are given before there is a request to speak of; all others have them, and those of helmet. */
export const EARLY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

/** Sets the headers of every answer. There is nothing here to load, frame or guess a type for. */
export async function addSecurityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'frame-ancestors': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    // This server does not speak TLS: to ask for it is for what stands in front.
    strictTransportSecurity: false,
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(EARLY_HEADERS);
  });
}
