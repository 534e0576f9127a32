import Database from 'better-sqlite3';
import t from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import { columnsOf, type LineColumns } from '../../../src/domain/line-columns.ts';
import { createGroup } from '../../../src/store/sqlite/group.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { makePair } from '../../helpers/lines.ts';

const START = Date.UTC(2024, 2, 5, 10);
const pair = (n: number) =>
  makePair({ start: START + n * 1_000, port: 30_000 + 2 * n, duration: 40, bytes: n });
const linesIn = (path: string): unknown => {
  const db = new Database(path, { readonly: true });
  const lines = db.prepare("SELECT value FROM counter WHERE name = 'lines'").pluck().get();
  db.close();
  return lines;
};

t.test('batches that wait share a transaction, and are durable when they are answered', async (t) => {
  const path = `${t.testdir()}/x.db`;
  const store = openSqliteStore({ path, mode: 'write', rules: pairingRules, grouped: true });
  const taken: number[] = [];
  const answers = [1, 2, 3].map((n) => store.append(columnsOf(pair(n)), [], () => taken.push(n)));
  let isAnswered = false;
  answers[0]?.then(() => {
    isAnswered = true;
  });
  while (taken.length < 3) await new Promise(setImmediate);
  t.equal(isAnswered, false, 'taken, and not answered yet');
  t.equal(linesIn(path), 0, 'others see nothing of them');
  store.settle?.();
  t.same(await Promise.all(answers), new Array(3).fill({ accepted: 2, duplicates: 0 }));
  t.equal(linesIn(path), 6);
  const again = store.append(columnsOf([...pair(3), ...pair(4)]), []);
  store.settle?.();
  t.same(await again, { accepted: 2, duplicates: 2 });
  const last = store.append(columnsOf(pair(5)), []);
  await store.close();
  t.same(await last, { accepted: 2, duplicates: 0 }, 'closing answers what waits');
  t.equal(linesIn(path), 10);
});

t.test('pairs whose lines came in two batches of a transaction are in one row', async (t) => {
  const path = `${t.testdir()}/x.db`;
  const store = openSqliteStore({ path, mode: 'write', rules: pairingRules, grouped: true });
  const answers = pair(1).map((line) => store.append(columnsOf([line]), []));
  store.settle?.();
  await Promise.all(answers);
  await store.close();
  const db = new Database(path, { readonly: true });
  t.equal(db.prepare('SELECT count(*) FROM connection').pluck().get(), 1);
  t.equal(db.prepare("SELECT value FROM counter WHERE name = 'pairs'").pluck().get(), 1);
  db.close();
});

/** A writer that fails with batches of so many lines: before it begins with them, or within. */
function failingGroup() {
  let open = false;
  const commits: string[] = [];
  const writer = {
    commit: () => {
      commits.push(open ? 'some' : 'none');
      open = false;
    },
    get isOpen() {
      return open;
    },
    isFull: false,
    take: (lines: LineColumns) => {
      if (lines.length === 1) throw new Error('no space');
      open = lines.length !== 4;
      if (!open) throw new Error('disk I/O error');
      return { accepted: lines.length, duplicates: 0 };
    },
  };
  const group = createGroup(writer, async (work) => work());
  return { group, commits };
}

t.test('a batch that is refused leaves those before it; one that fails takes them with it', async (t) => {
  const { group, commits } = failingGroup();
  const first = group.append(columnsOf(pair(1)), []);
  await t.rejects(group.append(columnsOf(pair(2).slice(1)), []), /no space/);
  t.same(await first, { accepted: 2, duplicates: 0 });
  t.same(commits, ['some']);
  const second = group.append(columnsOf(pair(3)), []);
  const third = group.append(columnsOf([...pair(4), ...pair(5)]), []);
  const fates = await Promise.allSettled([second, third]);
  t.match(fates, [
    { status: 'rejected', reason: /disk/ },
    { status: 'rejected', reason: /disk/ },
  ]);
  t.equal(commits.length, 1);
});

t.test('when the transaction fails, all that wait are told; a full one is ended by itself', async (t) => {
  let taken = 0;
  const writer = {
    isOpen: true,
    get isFull() {
      return taken === 3;
    },
    take: ({ length }: LineColumns) => {
      taken++;
      return { accepted: length, duplicates: 0 };
    },
    commit: () => {
      if (taken === 2) throw new Error('disk I/O error');
    },
  };
  const group = createGroup(writer, async (work) => work());
  const waiting = [pair(1), pair(2)].map((lines) => group.append(columnsOf(lines), []));
  await new Promise(setImmediate);
  group.settle();
  for (const fate of await Promise.allSettled(waiting))
    t.match(fate, { status: 'rejected', reason: { message: 'disk I/O error' } });
  t.same(await group.append(columnsOf(pair(3)), []), { accepted: 2, duplicates: 0 }, 'without being told to');
});
