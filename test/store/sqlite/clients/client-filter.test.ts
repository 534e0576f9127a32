import Database from 'better-sqlite3';
import t from 'tap';
import {
  clientHash,
  listedSeconds,
  stretchesOf,
} from '../../../../src/store/sqlite/clients/client-filter.ts';
import { createClientLog } from '../../../../src/store/sqlite/clients/client-log.ts';
import { migrate } from '../../../../src/store/sqlite/migrate.ts';
import { NONE } from '../../../../src/store/sqlite/pairing/pairing-window.ts';
import { callsOf } from '../../../helpers/calls.ts';

interface Row {
  readonly first: number;
  readonly last: number;
  readonly lines: number;
  readonly packed: number;
  readonly list: Buffer;
}

/** What is kept of calls: shape and host are one number. */
function keep(calls: Parameters<typeof callsOf>[0]): Row[] {
  const db = new Database(':memory:');
  migrate(db);
  const log = createClientLog(db, (shape) => shape);
  log.gather(callsOf(calls));
  log.write();
  const rows = db.prepare('SELECT first, last, lines, packed, list FROM client_filter').all() as Row[];
  db.close();
  return rows;
}

const BEGIN = 1_700_000_000;
/** Numbers that look like chance, the same each time. */
const mixed = (i: number): number => Math.imul(i, 0x9e3779b1) >>> 8;

t.test('packed, every client is found where it called, and few that did not', async (t) => {
  const calls = Array.from({ length: 60_000 }, (_, i) => ({
    second: BEGIN + (mixed(i) % 1_800),
    shape: 1 + (i % 50),
    port: 20_000 + Math.floor(i / 50),
  }));
  const [row, ...others] = keep(calls);
  t.same(others, []);
  t.match(row, { lines: 60_000, packed: 1, first: BEGIN, last: BEGIN + 1_799 });
  const stretches = stretchesOf(row?.list ?? Buffer.alloc(0), true);
  t.ok(stretches.length >= 60_000 / 2_730 && stretches.length < 40, `${stretches.length} stretches`);
  const missing = calls.filter(
    ({ second, shape, port }) =>
      !stretches.some((s) => s.first <= second && s.last >= second && s.mayHave(clientHash(shape, port))),
  );
  t.same(missing, []);
  let taken = 0;
  for (let port = 1; port <= 1_000; port++)
    for (const stretch of stretches) if (stretch.mayHave(clientHash(7, port))) taken++;
  t.ok(taken / (1_000 * stretches.length) < 0.008, `${taken} of ${1_000 * stretches.length} in vain`);
  t.ok((row?.list.length ?? 0) < 60_000 * 2.1, 'in two bytes a line, at most three');
});

t.test('few lines over a long time lie in stretches that are not long', async (t) => {
  const calls = Array.from({ length: 20_000 }, (_, i) => ({ second: BEGIN + 9 * i, shape: 1, port: i }));
  const [row] = keep(calls);
  const stretches = stretchesOf(row?.list ?? Buffer.alloc(0), true);
  t.ok(Math.max(...stretches.map(({ first, last }) => last - first)) <= 300);
  const far = keep([...calls.slice(0, 16_384), { second: BEGIN + 9_000_000, shape: 2, port: 5 }]);
  t.ok(
    stretchesOf(far[0]?.list ?? Buffer.alloc(0), true).every(({ first, last }) => last - first <= 3_600),
    'also the last one before a pause',
  );
});

t.test('few lines are listed as they are', async (t) => {
  const [row] = keep([
    { second: BEGIN + 5, shape: 3, port: 80 },
    { second: BEGIN, shape: 4, port: 81 },
  ]);
  t.match(row, { first: BEGIN, last: BEGIN + 5, lines: 2, packed: 0 });
  const list = row?.list ?? Buffer.alloc(0);
  t.same(listedSeconds(list), { first: BEGIN, last: BEGIN + 5 });
  const unaligned = Buffer.concat([Buffer.alloc(1), list]).subarray(1);
  for (const bytes of [list, unaligned]) {
    const [a, b] = stretchesOf(bytes, false);
    t.match(
      [a, b],
      [
        { first: BEGIN + 5, last: BEGIN + 5 },
        { first: BEGIN, last: BEGIN },
      ],
    );
    t.same([a?.mayHave(clientHash(3, 80)), a?.mayHave(clientHash(4, 81))], [true, false]);
  }
});

t.test("a pair is also found where its client's line started", async (t) => {
  const [row] = keep([
    { second: BEGIN, shape: 1, port: 80 },
    { second: BEGIN + 2, shape: 2, port: 81, mate: 0 },
    { second: BEGIN, shape: 2, port: 82, mate: 0 },
    { second: BEGIN, shape: 2, port: 83, mate: NONE },
  ]);
  const stretches = stretchesOf(row?.list ?? Buffer.alloc(0), false);
  const secondsOf = (shape: number, port: number) =>
    stretches.filter((s) => s.mayHave(clientHash(shape, port))).map(({ first }) => first - BEGIN);
  t.same([secondsOf(1, 80), secondsOf(2, 81), secondsOf(2, 82), secondsOf(2, 83)], [[0], [2, 0], [0], [0]]);
});

t.test('what is no address of a mesh, or has no port, is left out', async (t) => {
  t.same(keep([{ second: BEGIN, shape: 0, port: 80 }]), []);
  t.same(keep([{ second: BEGIN, shape: 1, port: -1 }]), []);
  const shapes = Array.from({ length: 40_000 }, (_, i) => ({ second: BEGIN, shape: 1 + i, port: 80 }));
  t.equal(keep([...shapes, ...shapes])[0]?.lines, 80_000, 'more shapes than are remembered');
});

t.test('damage is told', async (t) => {
  const words = (...of: number[]) => Buffer.from(Uint32Array.from(of).buffer);
  t.same(stretchesOf(words(), true), []);
  t.equal(stretchesOf(words(1, 2, 1, 0), true).length, 1);
  for (const bad of [
    words(2, 1, 1, 0),
    words(1, 2, 3, 0, 0, 0),
    words(1, 2, 0),
    words(1, 2, 2, 0),
    words(1, 2),
  ])
    t.throws(() => stretchesOf(bad, true), { code: 'db_damaged' });
});
