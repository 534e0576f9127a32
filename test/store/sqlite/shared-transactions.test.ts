// Promises: A14 (docs/reliability.md).
/** Batches that wait at the same time share a transaction, and each has its own outcome. */
import Database from 'better-sqlite3';
import t from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { columnsOf, type LineColumns } from '../../../src/domain/line-columns.ts';
import { shareTransactions } from '../../../src/store/sqlite/shared-transactions.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { GROUP_LINES_MAX } from '../../../src/store/sqlite/writer.ts';
import { makePair } from '../../helpers/lines.ts';
import { makeStoredReport } from '../../helpers/stored-report.ts';

const START = Date.UTC(2024, 2, 5, 10);
const pair = (n: number) =>
  makePair({ start: START + n * 1_000, port: 30_000 + 2 * n, duration: 40, bytes: n });

/** A writer that says what it did; `fails` is told how many lines a batch has. */
function sharing(fails: (lines: number) => Error | null, begins: () => void = () => {}) {
  const done: string[] = [];
  let open: number[] = [];
  const writer = {
    take({ length }: LineColumns) {
      const error = fails(length);
      if (error !== null) {
        open = [];
        done.push('undone');
        throw error;
      }
      open.push(length);
      return { accepted: length, duplicates: 0 };
    },
    commit() {
      done.push(open.join(' '));
      open = [];
    },
  };
  const shared = shareTransactions(writer, async (work) => {
    begins();
    return work();
  });
  const append = (lines: number) => shared.append({ length: lines } as LineColumns, []);
  return { append, done, settle: shared.settle };
}

t.test('what waits is stored together, and what comes meanwhile together after it', async (t) => {
  const { append, done, settle } = sharing(() => null);
  const first = [append(1), append(2)];
  await new Promise(setImmediate);
  const second = [append(3), append(4)];
  t.same(await Promise.all([...first, ...second]), [
    { accepted: 1, duplicates: 0 },
    { accepted: 2, duplicates: 0 },
    { accepted: 3, duplicates: 0 },
    { accepted: 4, duplicates: 0 },
  ]);
  await settle();
  t.equal(done.join(', '), '1 2, 3 4');
  t.match(await append(5), { accepted: 5 }, 'and so on');
});

t.test('a transaction does not grow without end', async (t) => {
  const { append, done } = sharing(() => null);
  await Promise.all([append(GROUP_LINES_MAX - 1), append(1), append(1), append(GROUP_LINES_MAX + 5)]);
  t.same(done, [`${GROUP_LINES_MAX - 1} 1`, `1 ${GROUP_LINES_MAX + 5}`]);
});

t.test('a batch that cannot be stored takes no other with it', async (t) => {
  const { append, done } = sharing((lines) => (lines === 2 ? new Error('BUG: two') : null));
  const fates = await Promise.allSettled([append(1), append(2), append(3)]);
  t.match(fates, [
    { status: 'fulfilled', value: { accepted: 1 } },
    { status: 'rejected', reason: { message: 'BUG: two' } },
    { status: 'fulfilled', value: { accepted: 3 } },
  ]);
  t.same(done, ['undone', '1', 'undone', '3']);
});

t.test('when the disk fails nothing is tried again', async (t) => {
  let begun = 0;
  const { append } = sharing(
    (lines) => (lines === 2 ? new AppError('disk_failed', 'cannot write') : null),
    () => begun++,
  );
  const fates = await Promise.allSettled([append(1), append(2), append(3)]);
  for (const fate of fates) t.match(fate, { status: 'rejected', reason: { code: 'disk_failed' } });
  t.equal(begun, 1);
});

t.test('closing waits for what was begun', async (t) => {
  const path = `${t.testdir()}/x.db`;
  const store = openSqliteStore({ path, mode: 'write', rules: pairingRules, shared: true });
  const answers = [1, 1, 2].map((n) => store.append(columnsOf(pair(n)), []));
  await store.close();
  t.same(await Promise.all(answers), [
    { accepted: 2, duplicates: 0 },
    { accepted: 0, duplicates: 2 },
    { accepted: 2, duplicates: 0 },
  ]);
  const db = new Database(path, { readonly: true });
  t.equal(db.prepare("SELECT value FROM counter WHERE name = 'lines'").pluck().get(), 4);
  t.equal(
    db.prepare("SELECT value FROM counter WHERE name = 'version'").pluck().get(),
    1,
    'of one transaction',
  );
  db.close();
});

for (const shared of [true, false]) {
  t.test(
    `what waited for another program is not stored once the disk has failed (shared: ${shared})`,
    async (t) => {
      const path = `${t.testdir()}/x.db`;
      const store = openSqliteStore({ path, mode: 'write', rules: pairingRules, shared });
      const other = new Database(path);
      other.exec('BEGIN IMMEDIATE');
      const waiting = store.append(columnsOf(pair(1)), []);
      await new Promise((resolve) => setTimeout(resolve, 30));
      store.fail(new AppError('disk_failed', 'cannot read: input/output error'));
      other.exec('ROLLBACK');
      await t.rejects(waiting, { code: 'disk_failed' });
      t.equal(other.prepare("SELECT value FROM counter WHERE name = 'lines'").pluck().get(), 0);
      other.close();
      await store.close();
    },
  );
}

t.test('where there is little space reports are refused, and what frees some is not', async (t) => {
  const store = openSqliteStore({
    path: `${t.testdir()}/x.db`,
    mode: 'write',
    rules: pairingRules,
    diskFloor: Number.MAX_SAFE_INTEGER,
  });
  await t.rejects(store.append(columnsOf(pair(1)), []), { code: 'disk_full' });
  await t.rejects(store.reports.saveReport(makeStoredReport(), []), { code: 'disk_full' });
  t.equal(await store.reports.dropReports(null, Date.now(), 0), 0);
  t.same(await store.prune(Date.now(), new AbortController().signal), { lines: 0 });
  await store.close();
});
