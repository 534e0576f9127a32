/** The same lines, the same bytes: a report from a file, and that of a server which lived through the lines in batches. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { meshWeeks } from '../../bench/input/mesh-weeks.ts';
import type { Scenario } from '../../bench/simulator/options.ts';
import { simulate } from '../../bench/simulator/simulate.ts';
import { HOUR_MS } from '../../src/domain/time.ts';
import { runCli } from '../helpers/cli.ts';
import { serve } from '../helpers/serve.ts';

const BATCHES = 5;

t.test('a mesh of days, with failures and calls past all services', (t) =>
  checkReports(
    t,
    linesOf(Buffer.concat([...meshWeeks({ lines: 3_000, days: 3, seed: 6 })].map((l) => l.bytes))),
  ),
);

t.test('a mesh with an incident', (t) => checkReports(t, simulated('failing_capture')));

async function checkReports(t: Test, lines: readonly string[]): Promise<void> {
  const folder = t.testdir();
  const [file, db] = [join(folder, 'all.log'), join(folder, 'file.db')];
  writeFileSync(file, `${lines.join('\n')}\n`);
  t.equal((await runCli(['ingest', '--db', db, file])).exit, 0);
  const server = await serve(t, ['--db', join(folder, 'server.db')]);
  for (let batch = 0; batch < BATCHES; batch++) {
    const share = lines.slice(...[batch, batch + 1].map((n) => Math.floor((n * lines.length) / BATCHES)));
    const answer = await fetch(`${server.url}/api/v1/ingest`, {
      method: 'POST',
      body: `${share.join('\n')}\n`,
    });
    t.equal(answer.status, 200);
    // It judges what it has, so that the next batch meets what was learned.
    await server.get('/api/v1/incidents');
  }
  const { first_seen, last_seen } = (await server.get('/api/v1/coverage')) as Record<string, string>;
  const [first, last] = [Date.parse(first_seen ?? ''), Date.parse(last_seen ?? '')];
  for (const [since, until] of [
    [first + (last - first) / 2, last + HOUR_MS],
    [first, first + 0.7 * (last - first)],
  ] as const) {
    const times = [since, until].map((time) => new Date(Math.floor(time)).toISOString());
    const args = ['report', '--since', times[0] ?? '', '--until', times[1] ?? '', '--output', 'json'];
    const ofFile = await runCli([...args, '--db', db]);
    t.equal(ofFile.exit, 0);
    t.ok(ofFile.stdout.length > 100);
    t.equal((await runCli([...args, '--server', server.url])).stdout, ofFile.stdout, `${times}`);
  }
}

function simulated(scenario: Scenario): string[] {
  return [...simulate({ scenario, seed: 9, lines: 1_500, linesPerSecond: 0.05 }).lines].map(
    ({ line }) => line,
  );
}

function linesOf(bytes: Buffer): string[] {
  return bytes.toString('latin1').split('\n').filter(Boolean);
}
