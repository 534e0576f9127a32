/** Webhooks: signed, known by their id, and no secret in what is kept. (D13) */
import { createHmac } from 'node:crypto';
import t from 'tap';
import { createNetworks } from '../../src/deliver/networks.ts';
import { webhookCarrier } from '../../src/deliver/webhook.ts';
import { Secret } from '../../src/domain/secret.ts';
import { receive } from '../helpers/receiver.ts';
import { makeStoredReport } from '../helpers/stored-report.ts';

const DEPS = {
  networks: createNetworks(['127.0.0.1']),
  render: () => 'as text\n',
  now: Date.now,
  externalUrl: null,
};
const SIGNAL = new AbortController().signal;

t.test('posts the document, signed, with an id that stays the same', async (t) => {
  const receiver = await receive(t);
  const carrier = webhookCarrier(
    {
      type: 'webhook',
      name: 'hook',
      url: new Secret(`${receiver.url}/in/s3cret-path`),
      secret: new Secret('key'),
      token: new Secret('t0ken'),
    },
    DEPS,
  );
  t.equal(carrier.destination, receiver.url, 'without what is secret');
  const report = makeStoredReport({ missed: 2, format: 'json' });
  for (let times = 0; times < 2; times++) await carrier.deliver({ id: 'r/hook', report }, SIGNAL);
  const [first, second] = receiver.received;
  t.strictSame(first?.body, second?.body);
  t.match(first?.headers, {
    'x-delivery-id': 'r/hook',
    'idempotency-key': 'r/hook',
    authorization: 'Bearer t0ken',
    'content-type': 'application/json',
    'x-signature-256': `sha256=${createHmac('sha256', 'key')
      .update(first?.body ?? '')
      .digest('hex')}`,
  });
  t.equal(first?.path, '/in/s3cret-path');
  t.strictSame(JSON.parse(first?.body ?? ''), {
    version: 1,
    delivery_id: 'r/hook',
    report_id: report.id,
    schedule: 'daily',
    period: '2024-03-05T09:00:00.000Z',
    missed: 2,
    headline: report.headline,
    severity: null,
    report: report.report,
    rendered: null,
  });
});

t.test(
  'has the text too where another format is asked for, and no headers that nobody asked for',
  async (t) => {
    const receiver = await receive(t);
    const url = new Secret(receiver.url);
    const carrier = webhookCarrier({ type: 'webhook', name: 'hook', url, secret: null, token: null }, DEPS);
    await carrier.deliver({ id: 'r/hook', report: makeStoredReport({ format: 'text' }) }, SIGNAL);
    const [one] = receiver.received;
    t.strictSame(JSON.parse(one?.body ?? '').rendered, { format: 'text', text: 'as text\n' });
    t.notOk('authorization' in (one?.headers ?? {}) || 'x-signature-256' in (one?.headers ?? {}));
  },
);

t.test('a refusal says nothing of the address but its host', async (t) => {
  const receiver = await receive(t);
  receiver.answer = (response) => void response.writeHead(403).end();
  const url = new Secret(`${receiver.url}/in/s3cret-path?token=s3cret`);
  const carrier = webhookCarrier({ type: 'webhook', name: 'hook', url, secret: null, token: null }, DEPS);
  const error: unknown = await carrier
    .deliver({ id: 'x', report: makeStoredReport() }, SIGNAL)
    .catch((e) => e);
  t.ok(error instanceof Error);
  t.notMatch(String(error), /s3cret/);
});
