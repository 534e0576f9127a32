/** Clients that are slow, or say nothing, take no place from those that are not. (C7, L6) */
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { CONNECTIONS_MAX } from '../../src/domain/limits.ts';
import { TIMEOUTS } from '../../src/http/deps.ts';
import { ended } from '../helpers/cli.ts';
import { INCIDENT_TEXT } from '../helpers/incident-lines.ts';
import { serve } from '../helpers/serve.ts';

const INGEST =
  'POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n';
/** Beyond the limit itself, where the machine has much other work. */
const LATE_MS = 10_000;

interface Client {
  readonly socket: Socket;
  /** What it was told, and after how many ms it was hung up on. */
  readonly end: Promise<{ readonly told: string; readonly ms: number }>;
}

function client(port: number, first: string, trickle: string): Client {
  const socket = connect(port, '127.0.0.1');
  const started = performance.now();
  let told = '';
  socket
    .on('error', () => {})
    .on('data', (text) => {
      told += text.toString();
    });
  if (first !== '') socket.write(first);
  const timer = setInterval(() => trickle !== '' && socket.write(trickle), 500);
  const end = new Promise<{ told: string; ms: number }>((resolve) => {
    socket.once('close', () => {
      clearInterval(timer);
      resolve({ told, ms: performance.now() - started });
    });
  });
  return { socket, end };
}

t.test('slow headers, slow bodies and silence', async (t) => {
  const { child, url } = await serve(t, ['--db', join(t.testdir({}), 'm.db')]);
  const port = Number(new URL(url).port);
  const many = (count: number, first: string, trickle: string) =>
    Array.from({ length: count }, () => client(port, first, trickle));
  const heads = many(30, 'GET /livez HTTP/1.1\r\nHost: local', 'h');
  // Fewer than the bodies that are taken at once: others get their turn.
  const bodies = many(12, INGEST, 'x');
  const silent = many(300, '', '');
  const isOpen = () =>
    heads.some(({ socket }) => !socket.closed) || bodies.some(({ socket }) => !socket.closed);
  const taken: number[] = [];
  const refused: string[] = [];
  while (isOpen()) {
    const started = performance.now();
    const headers = { 'content-type': 'text/plain' };
    const answer = await fetch(`${url}/api/v1/ingest`, { method: 'POST', headers, body: INCIDENT_TEXT });
    const { received } = (await answer.json()) as { received?: number };
    const { status } = await fetch(`${url}/livez`);
    if (received !== 7 || status !== 200) refused.push(`${received} lines, ${status}`);
    taken.push(performance.now() - started);
  }
  for (const { end } of heads) {
    const { told, ms } = await end;
    t.match(told, /^HTTP\/1\.1 408 [\s\S]*request_timeout/);
    t.ok(ms < TIMEOUTS.headers + TIMEOUTS.check + LATE_MS, `headers: ${Math.round(ms)} ms`);
  }
  for (const { end } of bodies) {
    const { told, ms } = await end;
    t.match(told, /^HTTP\/1\.1 408 [\s\S]*arrives too slowly/);
    t.ok(ms < TIMEOUTS.bodyPause + TIMEOUTS.check + LATE_MS, `bodies: ${Math.round(ms)} ms`);
  }
  taken.sort((a, b) => a - b);
  const p99 = Math.round(taken[Math.floor(taken.length * 0.99)] ?? 0);
  t.comment(
    JSON.stringify({
      slow: heads.length + bodies.length,
      silent: silent.length,
      good: taken.length,
      p99_ms: p99,
    }),
  );
  t.ok(taken.length > 10);
  t.strictSame(refused, [], 'everybody else is answered');
  for (const { socket } of silent) socket.destroy();
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
});

t.test('connections beyond the limit are closed, and there is room again when others go', async (t) => {
  const { child, url } = await serve(t, ['--db', join(t.testdir({}), 'm.db')]);
  const port = Number(new URL(url).port);
  const all = Array.from({ length: CONNECTIONS_MAX + 40 }, () => client(port, '', ''));
  const closed = await Promise.any(all.map(({ end }) => end));
  t.equal(closed.told, '');
  for (const { socket } of all) socket.destroy();
  await Promise.all(all.map(({ end }) => end));
  t.equal((await fetch(`${url}/livez`)).status, 200);
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
});
