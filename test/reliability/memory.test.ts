/**
 * 256 MiB are enough to read a stream of any length, and to serve a mesh of some size to those who ask and those who do not read.
 * What a server needs grows with the flows it holds. (B5)
 */
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { simulate } from '../../bench/simulator/simulate.ts';
import { checkDatabase } from '../../src/compose/database.ts';
import { ended, runCli, startCli } from '../helpers/cli.ts';
import { Oracle } from '../helpers/faults/oracle.ts';
import { sendUntilGone } from '../helpers/faults/sender.ts';
import { limitMemory } from '../helpers/memory-limit.ts';
import { serve } from '../helpers/serve.ts';

const MIB = 1024 * 1024;
const LIMIT = 256 * MIB;
const LINES = process.env.LONG_TESTS === undefined ? 150_000 : 2_000_000;
const SERVED_LINES = 40_000;

const limit = limitMemory(t, LIMIT);
const NO_LIMIT =
  limit === null ? 'only root can make a control group for memory, where there are any' : false;

t.test('in 256 MiB', { skip: NO_LIMIT }, async (t) => {
  if (limit === null) return;
  const folder = t.testdir({});
  const db = join(folder, 'm.db');
  const reading = startCli(['ingest', '--db', db, '-o', 'json']);
  limit.take(reading.pid ?? 0);
  const read = ended(reading);
  let piece = '';
  for (const { line } of simulate({ scenario: 'throughput', seed: 1, lines: LINES }).lines) {
    piece += `${line}\n`;
    if (piece.length < MIB) continue;
    if (!reading.stdin.write(piece)) await new Promise((resolve) => reading.stdin.once('drain', resolve));
    piece = '';
  }
  reading.stdin.end(piece);
  const { exit, stdout, stderr } = await read;
  t.equal(exit, 0, stderr);
  t.match(JSON.parse(stdout), { received: LINES, rejected: 0 });

  const served = join(folder, 'served.db');
  const lines = simulate({ scenario: 'all_in_turn', seed: 1, lines: SERVED_LINES }).lines;
  const stdin = [...lines].map(({ line }) => `${line}\n`).join('');
  t.match(await runCli(['ingest', '--db', served], { stdin }), { exit: 0 });
  const { child, url, get } = await serve(t, ['--db', served]);
  limit.take(child.pid ?? 0);
  const stuck = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  stuck.write('GET /api/v1/connections?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise<void>((resolve) => stuck.once('data', () => resolve()));
  stuck.pause();
  const oracle = new Oracle(13, Date.UTC(2024, 2, 5));
  await sendUntilGone({ url, oracle, linesMax: 1_000, connections: 4, batchesMax: 60 });
  for (const path of ['incidents', 'coverage', 'topology', 'pairs?limit=1000', 'timeseries?step=1h'])
    t.notMatch(await get(`/api/v1/${path}`), { code: /./ }, path);
  stuck.destroy();
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
  t.equal(limit.kills(), 0);
  t.strictSame(await checkDatabase(served), { ok: true, problems: [] });
  t.strictSame(await oracle.check(served), []);
  t.comment(
    JSON.stringify({ lines: LINES, peak_mib: Math.round((limit.peak() ?? 0) / MIB), ...oracle.stats() }),
  );
});
