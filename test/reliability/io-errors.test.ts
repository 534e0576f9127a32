// Promises: A5 (docs/reliability.md).
/**
 * A disk that fails once, at any call: what it did to the lines of that moment is never acknowledged, the server says so and
 * ends, and one that starts again finds all that was.
 */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkDatabase } from '../../src/compose/database.ts';
import { ended, startCli, waitFor } from '../helpers/cli.ts';
import { Oracle } from '../helpers/faults/oracle.ts';
import { sendUntilGone } from '../helpers/faults/sender.ts';
import { buildShim, type Call, ERRNO, type Faults, NO_SHIM } from '../helpers/faults/shim.ts';
import { serve } from '../helpers/serve.ts';

const LONG = process.env.LONG_TESTS !== undefined;
const SEED = Number(process.env.ORACLE_SEED ?? Date.now() % 1_000_000);

type Fault = NonNullable<Faults['error']>;

function faults(): readonly Fault[] {
  const row = (call: Call, suffix: string, errno: number, places: readonly number[]): Fault[] =>
    places.map((nth) => ({ call, suffix, errno, nth }));
  const all = Array.from({ length: 40 }, (_, at) => at + 1);
  return [
    ...row('sync', '', ERRNO.EIO, LONG ? all : [2, 6]),
    ...row('write', '', ERRNO.EIO, LONG ? all.map((nth) => 3 * nth) : [40]),
    ...row('write', '-wal', ERRNO.ENOSPC, LONG ? all.map((nth) => nth + 7) : [30]),
    ...row('truncate', '', ERRNO.EIO, LONG ? [1, 2, 3] : []),
    ...row('open', '-wal', ERRNO.EIO, [1]),
  ];
}

t.test('an error of the disk is never an acknowledgement', { skip: NO_SHIM }, async (t) => {
  const withFaults = buildShim(t);
  const folder = t.testdir({ data: {} });
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const db = join(data, 'm.db');
  const oracle = new Oracle(SEED, Date.UTC(2024, 2, 5));
  const first = await serve(t, ['--db', db]);
  await sendUntilGone({ url: first.url, oracle, linesMax: 200, connections: 1, batchesMax: 3 });
  first.child.kill('SIGTERM');
  await once(first.child, 'close');
  const outcomes = { 'did not start': 0, 'failed and ended': 0, 'refused and went on': 0, 'not met': 0 };

  for (const error of faults()) {
    const where = `${error.call}${error.suffix} ${error.nth} errno ${error.errno}`;
    const env = withFaults({ folder: data, error });
    const child = startCli(['serve', '--listen', '127.0.0.1:0', '--db', db], { env });
    t.teardown(() => void child.kill('SIGKILL'));
    const result = ended(child);
    const [, url = ''] = await waitFor(child.stderr, /on (http:\/\/\S+)/).catch(() => []);
    const refusals =
      url === '' ? [] : await sendUntilGone({ url, oracle, linesMax: 200, connections: 2, batchesMax: 16 });
    for (const { status, body, headers } of refusals) {
      const told = JSON.parse(body) as { code: string };
      t.ok(
        status === 503 && ['disk_failed', 'disk_full', 'draining'].includes(told.code),
        `${where}: ${body}`,
      );
      t.equal(headers['retry-after'], '1');
    }
    const isFatal = refusals.some(({ body }) => body.includes('disk_failed'));
    // One that failed ends by itself.
    if (!isFatal) child.kill('SIGTERM');
    const { exit, stderr } = await result;
    t.notMatch(stderr, /^ {4}at /m, `${where}: no stack trace`);
    if (url === '') {
      outcomes['did not start']++;
      t.equal(exit, 1, where);
      t.match(stderr, /^error: cannot use database/m, where);
    } else if (isFatal) {
      outcomes['failed and ended']++;
      t.equal(exit, 1, where);
      t.match(stderr, /^stopping: cannot use database .*SQLITE_IOERR/m, where);
    } else if (refusals.length > 0) {
      outcomes['refused and went on']++;
      t.equal(exit, 0, `${where}: ${stderr}`);
    } else {
      outcomes['not met']++;
    }
    const again = await serve(t, ['--db', db]);
    while (oracle.owes())
      await sendUntilGone({ url: again.url, oracle, linesMax: 200, connections: 1, batchesMax: 1 });
    again.child.kill('SIGTERM');
    t.match(await ended(again.child), { exit: 0 }, `${where}: it starts again`);
    t.strictSame(await checkDatabase(db), { ok: true, problems: [] }, where);
  }
  t.strictSame(await oracle.check(db), [], `ORACLE_SEED=${SEED}`);
  t.comment(JSON.stringify({ seed: SEED, errors: faults().length, ...outcomes, ...oracle.stats() }));
  t.ok(outcomes['failed and ended'] > 0 && outcomes['refused and went on'] > 0, 'both were met');
});
