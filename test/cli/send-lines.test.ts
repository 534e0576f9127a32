/** Sending lines to a server that fails in every way a server can. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { createClient } from '../../src/cli/remote.ts';
import { sendLines } from '../../src/cli/send-lines.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { createIo } from '../helpers/io.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;
const OPTIONS = { format: null, identity: NO_IDENTITY, retryFor: 20_000 };

/** A server that gives these answers, one a request; after the last one, that one again. */
async function serverWith(t: Tap, answers: Answer[]) {
  const bodies: string[] = [];
  const urls: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const answer = answers[Math.min(bodies.length, answers.length - 1)];
      bodies.push(body);
      urls.push(request.url ?? '');
      answer?.(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { bodies, urls, server, url: new URL(`http://127.0.0.1:${port}`) };
}

type Tap = Pick<typeof t, 'teardown'>;

/** Accepts every line of a body. */
const accept: Answer = (_request, response, body) => {
  const lines = body.split('\n').length - 1;
  json(response, 200, {
    received: lines,
    accepted: lines,
    duplicates: 0,
    skipped: 0,
    rejected: 0,
    rejects: [],
  });
};
const refuse =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    json(response, status, { code: 'draining', detail: 'cannot take it', remedy: 'wait' }, headers);

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

t.test('sends everything, and adds up the answers', async (t) => {
  const { bodies, urls, url } = await serverWith(t, [accept]);
  const options = { ...OPTIONS, identity: { ...NO_IDENTITY, pod: 'web 0' } };
  const tally = await sendLines(['-'], options, createClient(url, null), createIo({ stdin: 'a\nb\nc' }));
  t.strictSame(bodies, ['a\nb\nc\n']);
  t.strictSame(urls, ['/api/v1/ingest?pod=web+0']);
  t.match(tally, { received: 3, accepted: 3 });
});

t.test('sends the same batch again after 503, and waits as long as it is told', async (t) => {
  const { bodies, url } = await serverWith(t, [refuse(503, { 'retry-after': '1' }), accept]);
  const io = createIo({ stdin: 'a\n' });
  const started = Date.now();
  const tally = await sendLines(['-'], OPTIONS, createClient(url, null), io);
  t.ok(Date.now() - started >= 990, 'waited a second');
  t.strictSame(bodies, ['a\n', 'a\n']);
  t.match(tally, { received: 1, accepted: 1 });
  t.match(io.err(), 'cannot take it; trying again in 1.0 s');
});

t.test('sends again when the connection breaks before the answer', async (t) => {
  const { bodies, url } = await serverWith(t, [(request) => void request.socket.destroy(), accept]);
  const tally = await sendLines(['-'], OPTIONS, createClient(url, null), createIo({ stdin: 'a\n' }));
  t.strictSame(bodies, ['a\n', 'a\n']);
  t.match(tally, { accepted: 1 });
});

t.test('sends again when the answer breaks off, and tells what was stored already', async (t) => {
  const breakOff: Answer = (_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      .write('{"received":');
    setTimeout(() => response.destroy(), 50);
  };
  const stored: Answer = (_request, response) =>
    json(response, 200, { received: 1, accepted: 0, duplicates: 1, skipped: 0, rejected: 0, rejects: [] });
  const { bodies, url } = await serverWith(t, [breakOff, stored]);
  const io = createIo({ stdin: 'a\n' });
  const tally = await sendLines(['-'], OPTIONS, createClient(url, null), io);
  t.strictSame(bodies, ['a\n', 'a\n']);
  t.match(tally, { received: 1, duplicates: 1 });
  t.match(io.err(), 'cannot read the answer of the server');
  t.match(io.err(), '1 line of the batch sent again had been stored already, counted as duplicates');
});

t.test('does not send again what the server refuses for good', async (t) => {
  const { bodies, url } = await serverWith(t, [refuse(403)]);
  const sent = sendLines(['-'], OPTIONS, createClient(url, null), createIo({ stdin: 'a\n' }));
  await t.rejects(sent, { code: 'draining', message: 'cannot take it', remedy: 'wait' });
  t.equal(bodies.length, 1);
});

t.test('what came before an input failed is sent and told', async (t) => {
  const { bodies, url } = await serverWith(t, [accept]);
  const io = createIo({ stdin: gzipSync('a\nb\nc, and a half').subarray(0, -4) });
  await t.rejects(sendLines(['-'], OPTIONS, createClient(url, null), io), { code: 'input_damaged' });
  t.strictSame(bodies, ['a\nb\n']);
  t.match(
    io.err(),
    '3 lines read: 2 accepted, 0 duplicates, 0 skipped (no access log), 1 rejected; then the input failed',
  );
});

t.test('a server that refuses is told once, also when the input is damaged as well', async (t) => {
  const { bodies, url } = await serverWith(t, [refuse(403)]);
  const stdin = gzipSync(`${'y'.repeat(1_000)}\n`.repeat(2_500)).subarray(0, -4);
  const sent = sendLines(['-'], OPTIONS, createClient(url, null), createIo({ stdin }));
  await t.rejects(sent, { code: 'draining' });
  t.equal(bodies.length, 1);
});

const linesOf = (text: string): number => Number(text.replaceAll(',', ''));

t.test('gives up after the time allowed, and says what was not delivered', async (t) => {
  const { url } = await serverWith(t, [accept, refuse(503)]);
  const options = { ...OPTIONS, retryFor: 300 };
  const io = createIo({ stdin: `${'y'.repeat(1_000)}\n`.repeat(1_500) });
  await t.rejects(sendLines(['-'], options, createClient(url, null), io), { code: 'draining' });
  const [, lines = '', next = ''] =
    /acknowledged ([\d,]+) lines of standard input; from line (\d+) on it has not/.exec(io.err()) ?? [];
  t.ok(linesOf(lines) > 1_000 && linesOf(lines) < 1_500, lines);
  t.equal(Number(next), linesOf(lines) + 1);
});

t.test('a clock that is put forward meanwhile does not make it give up', async (t) => {
  const { url } = await serverWith(t, [refuse(503), refuse(503), accept]);
  let looks = 0;
  const io = { ...createIo({ stdin: 'x\n' }), now: () => Date.now() + 90_000_000 * looks++ };
  t.match(await sendLines(['-'], { ...OPTIONS, retryFor: 600_000 }, createClient(url, null), io), {
    accepted: 1,
  });
});

t.test('says where there is no server', async (t) => {
  const { server, url } = await serverWith(t, [accept]);
  await new Promise((resolve) => server.close(resolve));
  const options = { ...OPTIONS, retryFor: 0 };
  const sent = sendLines(['-'], options, createClient(url, null), createIo({ stdin: 'a\n' }));
  await t.rejects(sent, { code: 'server_unreachable', message: /connection refused/ });
});

t.test('refuses an answer that is no tally', async (t) => {
  for (const body of [{}, { received: 'many' }, []]) {
    const { url } = await serverWith(t, [(_request, response) => json(response, 200, body)]);
    const sent = sendLines(['-'], OPTIONS, createClient(url, null), createIo({ stdin: 'a\n' }));
    await t.rejects(sent, { code: 'server_refused' }, JSON.stringify(body));
  }
});

t.test('numbers rejected lines through all batches', async (t) => {
  const reject: Answer = (_request, response, body) => {
    const lines = body.split('\n').length - 1;
    const rejects = [{ line: lines, reason: 'unknown_format', text: 'x' }];
    json(response, 200, {
      received: lines,
      accepted: lines - 1,
      duplicates: 0,
      skipped: 0,
      rejected: 1,
      rejects,
    });
  };
  const { bodies, url } = await serverWith(t, [reject]);
  const stdin = `${'y'.repeat(1_000)}\n`.repeat(2_500);
  const tally = await sendLines(['-'], OPTIONS, createClient(url, null), createIo({ stdin }));
  t.equal(bodies.length, 3, 'three bodies');
  t.equal(tally.received, 2_500);
  t.strictSame(tally.rejects.map(({ line }) => line).at(-1), 2_500);
});

t.test('the token goes along, and not to where a redirect leads', async (t) => {
  const seen: (string | undefined)[] = [];
  const other = await serverWith(t, [
    (request, response, body) => {
      seen.push(request.headers.authorization);
      accept(request, response, body);
    },
  ]);
  await sendLines(['-'], OPTIONS, createClient(other.url, 'secret'), createIo({ stdin: 'a\n' }));
  t.strictSame(seen, ['Bearer secret']);
  const { url } = await serverWith(t, [
    (_request, response) => void response.writeHead(307, { location: other.url.href }).end(),
  ]);
  const sent = sendLines(
    ['-'],
    { ...OPTIONS, retryFor: 0 },
    createClient(url, 'secret'),
    createIo({ stdin: 'a\n' }),
  );
  await t.rejects(sent, { code: 'server_unreachable' });
  t.equal(seen.length, 1, 'nothing arrived there');
});

t.test('interrupted within a line, it sends those before it and leaves the half one', async (t) => {
  const { bodies, url } = await serverWith(t, [accept]);
  const io = createIo();
  const stdin = Object.assign(new PassThrough(), { isTTY: false });
  const sending = sendLines(['-'], OPTIONS, createClient(url, null), { ...io, stdin });
  stdin.write('a\nb\nhal');
  while (stdin.readableLength > 0) await new Promise((resolve) => setImmediate(resolve));
  io.interrupt();
  const tally = await sending;
  t.strictSame(bodies, ['a\nb\n']);
  t.match(tally, { received: 2, accepted: 2 });
});
