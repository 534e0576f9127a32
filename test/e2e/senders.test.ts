/** The server as a process, and the senders' own clients. */
import { once } from 'node:events';
import { join } from 'node:path';
import { pinoLoki } from 'pino-loki';
import t from 'tap';
import { INCIDENT_LINES } from '../helpers/incident-lines.ts';
import { serve } from '../helpers/serve.ts';

/** The lines without stern's prefix; the seventh is of the proxy itself. */
const BARE = INCIDENT_LINES.map((line) => line.replace(/^\S+ istio-proxy /, ''));
const HELD = 6;

t.test('pino-loki', async (t) => {
  const server = await serve(t, ['--db', join(t.testdir(), 'm.db')]);
  const labels = { pod: 'web-0', namespace: 'shop', container: 'istio-proxy' };
  const stream = pinoLoki({
    host: server.url,
    labels,
    batching: { interval: 0.2 },
    logFormat: ({ msg = '' }) => msg,
    silenceErrors: false,
  });
  for (const msg of BARE) stream.write(`${JSON.stringify({ level: 30, time: Date.now(), msg })}\n`);
  stream.end();
  await once(stream, 'close');
  const lines = await server.lines('pod', 'namespace', 'container', 'envelope');
  t.strictSame(
    lines,
    Array.from({ length: HELD }, () => ['web-0', 'shop', 'istio-proxy', 'loki']),
  );
});
