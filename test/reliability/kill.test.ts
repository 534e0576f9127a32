// Promises: A1, A2 (docs/reliability.md).
/**
 * A real server is killed again and again while several senders post to it: at random, and at the very call to the system
 * that a phase consists of. Nothing that it acknowledged is lost, nothing counts twice.
 * `ORACLE_SEED=N` repeats a run; `npm run test:long` does many more rounds.
 */

import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { Random } from '../../bench/simulator/random.ts';
import { checkDatabase, migrateDatabase } from '../../src/compose/database.ts';
import { HOUR_MS } from '../../src/domain/time.ts';
import { ended, startCli, waitFor } from '../helpers/cli.ts';
import { oldLines } from '../helpers/faults/old-lines.ts';
import { Oracle } from '../helpers/faults/oracle.ts';
import { post, sendUntilGone } from '../helpers/faults/sender.ts';
import { buildShim, type Faults, NO_SHIM } from '../helpers/faults/shim.ts';
import { serve } from '../helpers/serve.ts';

const LONG = process.env.LONG_TESTS !== undefined;
const SEED = Number(process.env.ORACLE_SEED ?? Date.now() % 1_000_000);

type Kill = NonNullable<Faults['kill']>;

/** What the server is doing when it is killed; each is met in every run. */
interface Phase {
  readonly name: string;
  /** Null: at random. */
  readonly kill: (random: Random) => Kill | null;
  /** What else has to happen for the phase to come. */
  readonly needs?: 'stop' | 'retention';
}

const PHASES: readonly Phase[] = [
  { name: 'at random', kill: () => null },
  {
    name: 'within a commit',
    kill: (random) => ({ call: 'write', suffix: '-wal', nth: 8 + random.int(82), when: 'after' }),
  },
  {
    name: 'between commit and answer',
    kill: (random) => ({ call: 'sync', suffix: '-wal', nth: 4 + random.int(8), when: 'after' }),
  },
  {
    name: 'within a checkpoint',
    kill: (random) => ({ call: 'write', suffix: '.db', nth: 2 + random.int(18), when: 'after' }),
    needs: 'stop',
  },
  {
    name: 'after a checkpoint',
    kill: () => ({ call: 'unlink', suffix: '-wal', nth: 1, when: 'before' }),
    needs: 'stop',
  },
  {
    name: 'while its log ends',
    kill: () => ({ call: 'sync', suffix: '-journal', nth: 2, when: 'after' }),
    needs: 'stop',
  },
  {
    name: 'within retention',
    kill: (random) => ({ call: 'write', suffix: '-wal', nth: 3 + random.int(37), when: 'after' }),
    needs: 'retention',
  },
];

/** Each phase once; more often in the long run. */
const ROUNDS = Number(process.env.ORACLE_ROUNDS ?? (LONG ? 210 : PHASES.length));

const RETENTION = '30d';
const OLD_LINES = 2_500;

t.test('what was acknowledged survives kill -9, once', { skip: NO_SHIM }, async (t) => {
  const withFaults = buildShim(t);
  const folder = t.testdir({ data: {} });
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const db = join(data, 'm.db');
  const random = new Random(SEED, 'kills');
  const oracle = new Oracle(SEED, Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 12 * HOUR_MS);
  const met = new Map<string, number>();
  t.comment(`ORACLE_SEED=${SEED}`);

  // The very first start is within the making of the tables.
  for (const nth of [2, 9]) {
    const env = withFaults({ folder: data, kill: { call: 'write', suffix: '', nth, when: 'after' } });
    await ended(startCli(['serve', '--listen', '127.0.0.1:0', '--db', db], { env }));
    met.set('within the making of tables', (met.get('within the making of tables') ?? 0) + 1);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const phase = PHASES[round % PHASES.length];
    if (phase === undefined) break;
    if (phase.needs === 'retention') {
      const before = await serve(t, ['--db', db]);
      t.equal(
        (await post(before.url, oldLines(OLD_LINES, Date.UTC(2020, 2, 5) + round * HOUR_MS))).status,
        200,
      );
      before.child.kill('SIGKILL');
      await once(before.child, 'close');
    }
    const kill = phase.kill(random);
    const env = kill === null ? {} : withFaults({ folder: data, kill });
    const args = phase.needs === 'retention' ? ['--retention', RETENTION] : [];
    const server = startCli(['serve', '--listen', '127.0.0.1:0', '--db', db, ...args], { env });
    t.teardown(() => void server.kill('SIGKILL'));
    const closed = once(server, 'close');
    const [, url = ''] = await waitFor(server.stderr, /on (http:\/\/\S+)/).catch(() => []);
    let isOurs = false;
    if (url !== '') {
      const batchesMax = phase.needs === 'stop' ? 12 : phase.needs === 'retention' ? 0 : 200;
      const sending = sendUntilGone({ url, oracle, linesMax: 300, connections: 3, batchesMax });
      if (kill === null) {
        await delay(20 + random.int(680));
        isOurs = server.kill('SIGKILL');
      }
      await sending;
      if (phase.needs === 'stop') server.kill('SIGTERM');
    }
    await closed;
    if (server.signalCode === 'SIGKILL' && (isOurs || kill !== null))
      met.set(phase.name, (met.get(phase.name) ?? 0) + 1);
    // Takes back what was left half done, as the next server does.
    await migrateDatabase(db);
    t.strictSame(await checkDatabase(db), { ok: true, problems: [] }, `round ${round}, ${phase.name}`);
  }

  const last = await serve(t, ['--db', db]);
  while (oracle.owes())
    await sendUntilGone({ url: last.url, oracle, linesMax: 300, connections: 1, batchesMax: 1 });
  await sendUntilGone({ url: last.url, oracle, linesMax: 5, connections: 1, batchesMax: 1 });
  last.child.kill('SIGTERM');
  t.match(await ended(last.child), { exit: 0 });
  t.strictSame(await oracle.check(db), [], `ORACLE_SEED=${SEED}`);
  const stats = oracle.stats();
  t.comment(JSON.stringify({ seed: SEED, rounds: ROUNDS, ...stats, met: Object.fromEntries(met) }));
  t.ok(stats.acknowledged >= 1_000, 'enough was acknowledged');
  t.ok(stats.foundStored > 0, 'some batches had been stored before their answer was lost');
  for (const { name } of PHASES) t.ok((met.get(name) ?? 0) > 0, `killed ${name}`);
});
