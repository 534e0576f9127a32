// Promises: A6, A7, L8 (docs/reliability.md).
/** A disk that is full: lines are refused, nothing is lost, and it goes on by itself when there is space. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { checkDatabase } from '../../src/compose/database.ts';
import { ended, until } from '../helpers/cli.ts';
import { Oracle } from '../helpers/faults/oracle.ts';
import { type Answer, sendUntilGone } from '../helpers/faults/sender.ts';
import { serve } from '../helpers/serve.ts';

const NO_MOUNT = process.getuid?.() === 0 ? false : 'only root can mount a small disk';
const DISK_MIB = 24;

type Tap = Pick<typeof t, 'teardown'>;

/** A disk of its own. */
function smallDisk(t: Tap): string {
  // Not a directory of the test's own, which is removed before it could be unmounted.
  const folder = mkdtempSync(join(tmpdir(), 'meshwake-disk-'));
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`cannot mount a small disk: ${stderr}`);
  t.teardown(() => {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Sends until the disk is full. Shape: the answer that says so. */
async function sendUntilRefused(url: string, oracle: Oracle): Promise<Answer> {
  return until('the disk is full', async () => {
    const [refusal] = await sendUntilGone({ url, oracle, linesMax: 2_000, connections: 1, batchesMax: 10 });
    return refusal ?? null;
  });
}

t.test('a disk that is full', { skip: NO_MOUNT }, async (t) => {
  const folder = smallDisk(t);
  const db = join(folder, 'm.db');
  const filler = join(folder, 'filler');
  writeFileSync(filler, Buffer.alloc(12 * 1024 * 1024));
  const oracle = new Oracle(1, Date.UTC(2024, 2, 5));
  const { child, url, get } = await serve(t, ['--db', db, '--disk-floor', '0']);
  const result = ended(child);
  const refusal = await sendUntilRefused(url, oracle);
  t.match(JSON.parse(refusal.body), { status: 503, code: 'disk_full', type: 'urn:meshwake:error:disk_full' });
  t.equal(refusal.headers['retry-after'], '1');
  t.match(
    await get('/api/v1/connections?limit=1'),
    { items: [{ pod: /^oracle/ }] },
    'questions are answered',
  );
  t.equal((await fetch(`${url}/livez`)).status, 200);
  truncateSync(filler, 0);
  await until('there is space again', async () => {
    await sendUntilGone({ url, oracle, linesMax: 100, connections: 1, batchesMax: 1 });
    return oracle.owes() ? null : true;
  });
  child.kill('SIGTERM');
  t.match(await result, { exit: 0 }, 'without another start');
  t.strictSame(await checkDatabase(db), { ok: true, problems: [] });
  t.strictSame(await oracle.check(db), []);
});

t.test('a disk with a floor is never full', { skip: NO_MOUNT }, async (t) => {
  const folder = smallDisk(t);
  const db = join(folder, 'm.db');
  const filler = join(folder, 'filler');
  writeFileSync(filler, Buffer.alloc(8 * 1024 * 1024));
  const oracle = new Oracle(2, Date.UTC(2024, 2, 5));
  const { child, url } = await serve(t, ['--db', db, '--disk-floor', '6MiB']);
  const result = ended(child);
  const refusal = await sendUntilRefused(url, oracle);
  t.match(JSON.parse(refusal.body), {
    code: 'disk_full',
    detail: /\d+ bytes are left on its disk, expected at least 6291456/,
    remedy: /--disk-floor/,
  });
  const { bavail, bsize } = statfsSync(folder);
  t.ok(bavail * bsize > 2 * 1024 * 1024, 'there is space left for what SQLite still has to do');
  const unready = await fetch(`${url}/readyz`);
  t.equal(unready.status, 503);
  t.match(await unready.json(), { code: 'disk_full' });
  rmSync(filler);
  await until('there is space again', async () => {
    await sendUntilGone({ url, oracle, linesMax: 100, connections: 1, batchesMax: 1 });
    return oracle.owes() ? null : true;
  });
  t.equal((await fetch(`${url}/readyz`)).status, 200);
  writeFileSync(filler, Buffer.alloc(8 * 1024 * 1024));
  child.kill('SIGTERM');
  const { exit, stderr } = await result;
  t.equal(exit, 0);
  t.notMatch(stderr, /SQLITE_FULL|no space left/);
  // Forgetting frees space, so that it must work where there is little.
  const forgetful = await serve(t, ['--db', db, '--disk-floor', '1GiB', '--retention', '30d']);
  const { lines } = forgetful;
  await until('the lines are forgotten', async () => ((await lines('id')).length === 0 ? true : null));
  forgetful.child.kill('SIGTERM');
  t.match(await ended(forgetful.child), { exit: 0 });
});
