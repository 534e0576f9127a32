/** Requests to receivers: which are made, and what of an answer counts. (D6) */
import t from 'tap';
import { createNetworks } from '../../src/deliver/networks.ts';
import { post, retryAfter } from '../../src/deliver/post.ts';
import { ANSWER_BYTES_MAX } from '../../src/domain/limits.ts';
import { receive } from '../helpers/receiver.ts';

const HERE = createNetworks(['127.0.0.1']);
const NOW = Date.UTC(2026, 0, 5);

const send = (url: string, networks = HERE, signal = AbortSignal.timeout(20_000)): Promise<void> =>
  post({ url, headers: { 'x-test': 'yes' }, body: '{"ü":1}', networks, now: () => NOW, signal });

t.test('posts a body with its headers', async (t) => {
  const receiver = await receive(t);
  await send(`${receiver.url}/a?b=c`);
  t.match(receiver.received, [
    {
      path: '/a?b=c',
      body: '{"ü":1}',
      headers: { 'x-test': 'yes', 'content-length': '8', connection: 'close' },
    },
  ]);
});

t.test('tells the status alone, and how long to wait', async (t) => {
  const receiver = await receive(t);
  const answers: [number, Record<string, string>, object][] = [
    [500, {}, { message: `127.0.0.1:${receiver.port} answered with status 500`, retryAfterMs: null }],
    [429, { 'retry-after': '7' }, { message: /status 429/, retryAfterMs: 7_000 }],
    [404, {}, { message: /status 404/ }],
  ];
  for (const [status, headers, expected] of answers) {
    receiver.answer = (response) =>
      void response.writeHead(status, headers).end('the secret of the receiver');
    await t.rejects(send(receiver.url), { name: 'DeliveryError', ...expected });
  }
});

t.test('follows no redirect', async (t) => {
  const other = await receive(t);
  const receiver = await receive(t);
  for (const status of [301, 302, 303, 307, 308]) {
    receiver.answer = (response) => void response.writeHead(status, { location: other.url }).end();
    await t.rejects(send(receiver.url), { message: /redirects are not followed/ });
  }
  t.strictSame(other.received, []);
});

t.test('reaches nothing that is not public, however it is written', async (t) => {
  const receiver = await receive(t);
  const { port } = receiver;
  for (const host of [
    ...[
      '127.0.0.1',
      '127.1',
      '0x7f.1',
      '0x7f000001',
      '2130706433',
      '017700000001',
      '0177.0.0.1',
      'localhost',
    ],
    ...['localhost.', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '0.0.0.0', '127。0。0。1'],
  ]) {
    await t.rejects(send(`http://${host}:${port}/`, createNetworks([])), { name: 'DeliveryError' }, host);
  }
  // A name is refused before anybody is connected to, whatever would be spoken then.
  for (const host of ['localhost', 'LOCALHOST'])
    await t.rejects(
      send(`https://${host}:${port}/`, createNetworks([])),
      { message: /no public address/ },
      host,
    );
  for (const host of ['169.254.169.254', '[::ffff:169.254.169.254]', '10.0.0.1', '192.168.0.1'])
    await t.rejects(send(`https://${host}/latest/meta-data`, HERE), { message: /no public address/ }, host);
  t.strictSame(receiver.received, []);
});

t.test('sends nothing unencrypted to a network that is not named', async (t) => {
  const receiver = await receive(t);
  // Every address may be reached here, and none is named: as a public address would be.
  const open = { ...HERE, refuseAddress: () => {}, isAllowed: () => false };
  await t.rejects(send(receiver.url, open), { message: /use https/ });
  t.strictSame(receiver.received, []);
});

t.test('a long answer, one that breaks off, and none at all', async (t) => {
  const receiver = await receive(t);
  let written = 0;
  receiver.answer = (response) => {
    const more = (): void => {
      if (response.destroyed) return;
      written += ANSWER_BYTES_MAX;
      response.write('x'.repeat(ANSWER_BYTES_MAX));
    };
    response.writeHead(200).on('drain', more);
    more();
  };
  await send(receiver.url, HERE, AbortSignal.timeout(5_000));
  t.ok(written < 1_000 * ANSWER_BYTES_MAX, `an answer without end is left after ${written} bytes`);
  receiver.answer = (response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('x', () => response.destroy());
  };
  await send(receiver.url);
  receiver.answer = (response) => void response.destroy();
  await t.rejects(send(receiver.url), { name: 'DeliveryError', message: /cannot reach 127\.0\.0\.1/ });
  receiver.answer = () => {};
  await t.rejects(send(receiver.url, HERE, AbortSignal.timeout(200)), { name: 'DeliveryError' });
});

t.test('reads Retry-After as seconds and as a date', async (t) => {
  t.equal(retryAfter('30', NOW), 30_000);
  t.equal(retryAfter(new Date(NOW + 90_000).toUTCString(), NOW), 90_000);
  t.equal(retryAfter(new Date(NOW - 90_000).toUTCString(), NOW), 0);
  t.equal(retryAfter('soon', NOW), null);
  t.equal(retryAfter(undefined, NOW), null);
});
