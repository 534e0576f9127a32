// Promises: A10, A11 (docs/reliability.md).
/** Stopping while lines come in, and another program that holds the database. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import t from 'tap';
import { Random } from '../../bench/simulator/random.ts';
import { checkDatabase } from '../../src/compose/database.ts';
import { LOCK_WAIT_MS_MAX } from '../../src/domain/limits.ts';
import { ended } from '../helpers/cli.ts';
import { Oracle } from '../helpers/faults/oracle.ts';
import { post, sendUntilGone } from '../helpers/faults/sender.ts';
import { INCIDENT_TEXT } from '../helpers/incident-lines.ts';
import { serve } from '../helpers/serve.ts';

const ROUNDS = process.env.LONG_TESTS === undefined ? 3 : 50;
const SEED = Number(process.env.ORACLE_SEED ?? Date.now() % 1_000_000);

t.test('SIGTERM and SIGINT under load answer what was taken, and end with 0', async (t) => {
  const db = join(t.testdir({}), 'm.db');
  const oracle = new Oracle(SEED, Date.UTC(2024, 2, 5));
  const random = new Random(SEED, 'stops');
  for (let round = 0; round < ROUNDS; round++) {
    const { child, url } = await serve(t, ['--db', db]);
    const result = ended(child);
    const sending = sendUntilGone({ url, oracle, linesMax: 500, connections: 4, batchesMax: 10_000 });
    await delay(random.int(400));
    child.kill(round % 2 === 0 ? 'SIGTERM' : 'SIGINT');
    for (const { status, body } of await sending) t.match([status, body], [503, '"code":"draining"']);
    t.match(await result, { exit: 0 }, `round ${round}`);
    t.notOk(existsSync(`${db}-wal`), 'the log is taken into the file');
  }
  const last = await serve(t, ['--db', db]);
  while (oracle.owes())
    await sendUntilGone({ url: last.url, oracle, linesMax: 500, connections: 1, batchesMax: 1 });
  last.child.kill('SIGTERM');
  await once(last.child, 'close');
  t.strictSame(await checkDatabase(db), { ok: true, problems: [] });
  t.strictSame(await oracle.check(db), [], `ORACLE_SEED=${SEED}`);
  t.comment(JSON.stringify({ seed: SEED, stops: ROUNDS, ...oracle.stats() }));
});

t.test('another program that writes to the database delays lines, and nothing else', async (t) => {
  const db = join(t.testdir({}), 'm.db');
  const { child, url, get } = await serve(t, ['--db', db]);
  t.equal((await post(url, INCIDENT_TEXT)).status, 200);
  const other = new Database(db);
  other.exec('BEGIN IMMEDIATE');
  let isAnswered = false;
  const started = performance.now();
  const sending = post(url, INCIDENT_TEXT.replaceAll('2024-03-05', '2024-03-06')).finally(() => {
    isAnswered = true;
  });
  // Longer than SQLite would have waited at once, and held up everybody; not as long as lines may wait.
  while (performance.now() - started < LOCK_WAIT_MS_MAX / 5) {
    t.equal((await fetch(`${url}/livez`)).status, 200);
    t.match(await get('/api/v1/pairs?limit=1'), { items: [{}] });
    await delay(50);
  }
  t.notOk(isAnswered, 'the lines wait');
  other.exec('ROLLBACK');
  other.close();
  t.match(JSON.parse((await sending).body), { received: 7, accepted: 6 });
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
});
