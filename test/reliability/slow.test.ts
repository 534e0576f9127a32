/** A disk that is slow holds up those who send, and takes no memory; so does a reader that does not read. (B2, B3, L5, L11) */
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { simulate } from '../../bench/simulator/simulate.ts';
import { checkDatabase } from '../../src/compose/database.ts';
import { DRAIN_MS_MAX, HELD_BYTES_MAX } from '../../src/domain/limits.ts';
import { ended, runCli, startCli } from '../helpers/cli.ts';
import { Oracle } from '../helpers/faults/oracle.ts';
import { post, sendUntilGone } from '../helpers/faults/sender.ts';
import { buildShim, NO_SHIM } from '../helpers/faults/shim.ts';
import { INCIDENT_LINES, INCIDENT_TEXT } from '../helpers/incident-lines.ts';
import { memoryOf } from '../helpers/process-memory.ts';
import { serve } from '../helpers/serve.ts';

const MIB = 1024 * 1024;
const NO_PROC = process.platform === 'linux' ? false : 'memory of processes is read from /proc';

t.test('64 senders and a disk that takes 100 ms for each sync', { skip: NO_SHIM }, async (t) => {
  const data = join(t.testdir({ data: {} }), 'data');
  mkdirSync(data, { recursive: true });
  const db = join(data, 'm.db');
  const env = buildShim(t)({ folder: data, slow: { call: 'sync', suffix: '-wal', ms: 100 } });
  const { child, url } = await serve(t, ['--db', db], { env });
  const oracle = new Oracle(11, Date.UTC(2024, 2, 5));
  const before = memoryOf(child.pid, 'VmRSS') ?? 0;
  const refusals = await sendUntilGone({ url, oracle, linesMax: 2_000, connections: 64, batchesMax: 128 });
  for (const { status, body, headers } of refusals) {
    t.match([status, JSON.parse(body)], [429, { code: 'too_many_requests' }]);
    t.match(headers['retry-after'], /^[1-9]$/, 'they are told when to come again');
  }
  const grown = (memoryOf(child.pid, 'VmHWM') ?? 0) - before;
  t.ok(grown < HELD_BYTES_MAX + 128 * MIB, `${Math.round(grown / MIB)} MiB more`);
  while (oracle.owes()) await sendUntilGone({ url, oracle, linesMax: 2_000, connections: 4, batchesMax: 8 });
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
  t.strictSame(await checkDatabase(db), { ok: true, problems: [] });
  t.strictSame(await oracle.check(db), [], 'nothing that was acknowledged is missing');
  t.comment(
    JSON.stringify({ refused: refusals.length, grown_mib: Math.round(grown / MIB), ...oracle.stats() }),
  );
});

t.test('a sync that takes long holds up those who send, and nobody else', { skip: NO_SHIM }, async (t) => {
  const data = join(t.testdir({ data: {} }), 'data');
  mkdirSync(data, { recursive: true });
  const db = join(data, 'm.db');
  t.match(await runCli(['ingest', '--db', db], { stdin: INCIDENT_TEXT }), { exit: 0 });
  const env = buildShim(t)({ folder: data, slow: { call: 'sync', suffix: '-wal', ms: 4_000 } });
  const { child, url, get } = await serve(t, ['--db', db], { env });
  const order: string[] = [];
  const sent = [6, 7, 8].map(async (day) => {
    const answer = await post(url, INCIDENT_TEXT.replaceAll('2024-03-05', `2024-03-0${day}`));
    order.push('lines');
    return JSON.parse(answer.body);
  });
  for (let asked = 0; asked < 5; asked++) {
    t.equal((await fetch(`${url}/livez`)).status, 200);
    t.match(await get('/api/v1/pairs?limit=1'), { items: [{}] });
    t.equal((await fetch(`${url}/metrics`)).status, 200);
    order.push('asked');
  }
  for (const tally of await Promise.all(sent)) t.match(tally, { received: 7, accepted: 6 });
  t.strictSame(order.slice(0, 5), new Array(5).fill('asked'));
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
});

t.test('whoever writes into a pipe waits for the disk', { skip: NO_SHIM || NO_PROC }, async (t) => {
  const data = join(t.testdir({ data: {} }), 'data');
  mkdirSync(data, { recursive: true });
  const db = join(data, 'm.db');
  // The tables are made before: their transactions would take as long.
  t.match(await runCli(['ingest', '--db', db], { stdin: INCIDENT_TEXT }), { exit: 0 });
  const env = buildShim(t)({ folder: data, slow: { call: 'sync', suffix: '-wal', ms: 8_000 } });
  const child = startCli(['ingest', '--db', db], { env });
  t.teardown(() => void child.kill('SIGKILL'));
  let time = Date.UTC(2024, 2, 6);
  // Each line at a time of its own: of those that are known already nothing is written.
  const nextPiece = (): Buffer => {
    const lines = Array.from({ length: 600 }, () => INCIDENT_LINES).flat();
    const text = lines.map((line) => line.replace(/2024-03-05T[\d:.]+Z/, new Date(time++).toISOString()));
    return Buffer.from(`${text.join('\n')}\n`);
  };
  let taken = 0;
  /** False once the pipe has been full for three seconds, after the program has begun to read. */
  const isTaken = async (piece: Buffer): Promise<boolean> => {
    if (child.stdin.write(piece)) return true;
    const drained = new Promise<boolean>((resolve) => child.stdin.once('drain', () => resolve(true)));
    return taken === 0 ? drained : Promise.race([drained, delay(3_000, false)]);
  };
  for (let piece = nextPiece(); taken < 400 * MIB && (await isTaken(piece)); piece = nextPiece())
    taken += piece.length;
  t.ok(taken > 0);
  t.ok(taken < 400 * MIB, `it takes no more after ${Math.round(taken / MIB)} MiB`);
  const most = memoryOf(child.pid, 'VmHWM') ?? 0;
  t.ok(most < 500 * MIB, `${Math.round(most / MIB)} MiB`);
  child.kill('SIGKILL');
});

t.test('a reader that does not read', { skip: NO_PROC }, async (t) => {
  const db = join(t.testdir({}), 'm.db');
  const lines = simulate({ scenario: 'throughput', seed: 1, lines: 120_000 }).lines;
  await runCli(['ingest', '--db', db], { stdin: [...lines].map(({ line }) => `${line}\n`).join('') });
  const { child, url } = await serve(t, ['--db', db]);
  const result = ended(child);
  // Some 130 MB, of which the first bytes are read and no more.
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  t.teardown(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write('GET /api/v1/connections?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise<void>((resolve) => socket.once('data', () => resolve()));
  socket.pause();
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`^meshwake_${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const oracle = new Oracle(12, Date.UTC(2024, 2, 5));
  let log = 0;
  const ingest = async (rounds: number): Promise<number> => {
    for (let round = 0; round < rounds; round++) {
      await sendUntilGone({ url, oracle, linesMax: 2_000, connections: 2, batchesMax: 4 });
      log = Math.max(log, await metric('wal_bytes'));
    }
    return memoryOf(child.pid, 'VmRSS') ?? 0;
  };
  // What storing takes comes first.
  const before = await ingest(10);
  const grown = (await ingest(15)) - before;
  t.ok(log < 64 * MIB, `the log is taken into the file: ${Math.round(log / MIB)} MiB at most`);
  t.ok(grown < 80 * MIB, `what it has not read is not held: ${Math.round(grown / MIB)} MiB more`);
  // It does not end by itself: the drain does, and says so.
  const started = performance.now();
  child.kill('SIGTERM');
  const { exit, stderr } = await result;
  t.equal(exit, 1);
  t.match(stderr, /cannot wait for requests any longer: they were given 10 s/);
  t.ok(performance.now() - started >= DRAIN_MS_MAX - 100, 'it was given its time');
  t.strictSame(await checkDatabase(db), { ok: true, problems: [] });
  t.strictSame(await oracle.check(db), [], 'what was acknowledged is kept all the same');
});
