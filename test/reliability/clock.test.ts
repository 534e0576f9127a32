/** A clock that somebody sets while a server runs, or that was wrong from the start. (C9, L4) */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkDatabase } from '../../src/compose/database.ts';
import { ended, until } from '../helpers/cli.ts';
import { oldLines } from '../helpers/faults/old-lines.ts';
import { Oracle } from '../helpers/faults/oracle.ts';
import { post, sendUntilGone } from '../helpers/faults/sender.ts';
import { serve } from '../helpers/serve.ts';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
const NO_FAKETIME = existsSync(LIBRARY) ? false : 'no libfaketime here: apt-get install faketime';
const HOUR_MS = 3_600_000;
const HOUR_S = 3_600;
/** Seconds from now until the last second that fits in 32 bits. */
const UNTIL_2038_S = 2 ** 31 - 10 - Math.floor(Date.now() / 1_000);

t.test('the clock is put forward and back under a server', { skip: NO_FAKETIME }, async (t) => {
  const folder = t.testdir({});
  const [db, clock] = [join(folder, 'm.db'), join(folder, 'clock')];
  const set = (seconds: number): void => writeFileSync(clock, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  set(-HOUR_S);
  const env = {
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    DONT_FAKE_MONOTONIC: '1',
    TZ: 'Europe/Berlin',
  };
  const { child, url, get } = await serve(t, ['--db', db, '--retention', '30d'], { env });
  const result = ended(child);
  // A day old by the right clock.
  const base = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 24 * HOUR_MS;
  t.equal((await post(url, oldLines(100, base))).status, 200);
  const oracle = new Oracle(9, base + HOUR_MS);
  for (const seconds of [-HOUR_S, 25 * HOUR_S, -25 * HOUR_S, 400 * 24 * HOUR_S, UNTIL_2038_S, 0]) {
    set(seconds);
    // Node.js looks at the clock once a second for this.
    await until(`the clock is ${seconds} s off`, async () => {
      const shown = Date.parse((await fetch(`${url}/livez`)).headers.get('date') ?? '');
      return Math.abs(shown - Date.now() - seconds * 1_000) < 60_000 ? true : null;
    });
    await sendUntilGone({ url, oracle, linesMax: 100, connections: 2, batchesMax: 4 });
    t.notOk(oracle.owes(), 'lines are taken, whatever the clock says');
    t.match(await get('/api/v1/incidents?timeout=30s'), { items: [] }, 'and no timeout is over at once');
    t.match(
      await get('/api/v1/connections?pod=old-0&limit=1'),
      { items: [{ pod: 'old-0' }] },
      'nothing is forgotten',
    );
  }
  child.kill('SIGTERM');
  const { exit, stderr } = await result;
  t.equal(exit, 0);
  t.notMatch(stderr, /forgotten/);
  t.strictSame(await checkDatabase(db), { ok: true, problems: [] });
  t.strictSame(await oracle.check(db), []);
});

t.test('lines of a clock that is years off are lines', async (t) => {
  const db = join(t.testdir({}), 'm.db');
  const { child, url, lines } = await serve(t, ['--db', db]);
  const [past, future] = [Date.UTC(2001, 0, 1), Date.UTC(2099, 0, 1)];
  for (const from of [past, Date.now(), future])
    t.match(JSON.parse((await post(url, oldLines(2, Math.floor(from)))).body), { accepted: 2, rejected: 0 });
  t.equal((await lines('start_time')).length, 6, 'none is refused for its time');
  const beyond = await post(url, oldLines(1, Date.UTC(2100, 0, 2)));
  t.match(JSON.parse(beyond.body), { accepted: 0, rejects: [{ reason: 'out_of_range' }] });
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
});
