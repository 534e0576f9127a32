/**
 * Lines that are read twice count once: a second `stern --since` that reaches back, and two that read the same pods at once, each
 * by a process of its own. (A3)
 */
import { join } from 'node:path';
import t from 'tap';
import { simulate } from '../../bench/simulator/simulate.ts';
import { checkDatabase } from '../../src/compose/database.ts';
import { ended, runCli } from '../helpers/cli.ts';
import { serve } from '../helpers/serve.ts';

interface Tally {
  readonly received: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly rejected: number;
}

t.test('what several readers read twice is there once', async (t) => {
  const db = join(t.testdir({}), 'm.db');
  const { child, url } = await serve(t, ['--db', db]);
  const lines = [...simulate({ scenario: 'all_in_turn', seed: 4, lines: 9_000, duplicateRate: 0 }).lines].map(
    ({ line }) => line,
  );
  const half = Math.floor(lines.length / 2);
  const send = async (some: readonly string[]): Promise<Tally> => {
    const stdin = `${some.join('\n')}\n`;
    const { stdout, stderr, exit } = await runCli(['ingest', '--server', url, '-o', 'json'], { stdin });
    t.equal(exit, 0, stderr);
    return JSON.parse(stdout) as Tally;
  };
  // One reader, then one that reaches back to the middle of what the first has read, with half of that on top.
  const first = await send(lines.slice(0, half));
  const again = await send(lines.slice(half / 2, half + half / 2));
  // Two at once, over all of it, one of them backwards.
  const both = await Promise.all([send(lines), send([...lines].reverse())]);
  const all = [first, again, ...both];
  for (const { received, accepted, duplicates, skipped, rejected } of all)
    t.equal(received, accepted + duplicates + skipped + rejected);
  t.equal(first.duplicates, 0);
  t.ok(again.duplicates > half / 3, 'what had been read is known');
  const stored = all.reduce((sum, { accepted }) => sum + accepted, 0);
  const distinct = new Set(lines).size - (both[0]?.skipped ?? 0);
  t.equal(stored, distinct, 'accepted once, by whichever came first');
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
  const held = await runCli(['get', 'connections', '--db', db, '-o', 'ndjson']);
  t.equal(held.stdout.trimEnd().split('\n').length, distinct, 'one row for each line and pod');
  t.strictSame(await checkDatabase(db), { ok: true, problems: [] });
});
