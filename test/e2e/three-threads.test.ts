/** Many lines of a stream are stored by three threads: what comes of it is what comes of the same lines in small pieces, which one thread stores. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import t from 'tap';
import { simulate } from '../../bench/simulator/simulate.ts';
import { checkDatabase } from '../../src/compose/database.ts';
import { ended, runCli, startCli } from '../helpers/cli.ts';

const LINES = 100_000;
/** After which a thread is started, and how long that may take: it takes over when more lines come. */
const FIRST_LINES = 20_000;
const STARTING_MS = 4_000;
/** Of which no thread is started to sum them up. */
const PIECE_LINES = 12_500;

/** All that there is of one kind, whatever its order. */
async function exported(db: string, resource: string): Promise<string> {
  const { stdout, exit, stderr } = await runCli(['get', resource, '--db', db, '-o', 'csv']);
  if (exit !== 0) throw new Error(stderr);
  return createHash('sha256').update(stdout.split('\n').sort().join('\n')).digest('hex');
}

function countOf(db: string, sql: string): number {
  const opened = new Database(db, { readonly: true });
  const count = opened.prepare<[], number>(sql).pluck().get() ?? 0;
  opened.close();
  return count;
}

t.test('three threads store what one does', async (t) => {
  const folder = t.testdir({});
  const lines = [...simulate({ scenario: 'throughput', seed: 5, lines: LINES }).lines].map(
    ({ line }) => line,
  );
  const [three, one] = [join(folder, 'three.db'), join(folder, 'one.db')];
  const child = startCli(['ingest', '--db', three]);
  child.stdin.write(`${lines.slice(0, FIRST_LINES).join('\n')}\n`);
  await delay(STARTING_MS);
  child.stdin.end(lines.slice(FIRST_LINES).join('\n'));
  t.match(await ended(child), { exit: 0 });
  for (let from = 0; from < LINES; from += PIECE_LINES) {
    const stdin = lines.slice(from, from + PIECE_LINES).join('\n');
    t.match(await runCli(['ingest', '--db', one], { stdin }), { exit: 0 });
  }
  for (const db of [three, one]) t.strictSame(await checkDatabase(db), { ok: true, problems: [] });
  const inSegments = 'SELECT sum(rows) FROM segment';
  t.ok(countOf(three, inSegments) > LINES / 4, 'many of the rows are in segments');
  for (const resource of ['connections', 'topology'])
    t.equal(await exported(three, resource), await exported(one, resource), resource);
});
