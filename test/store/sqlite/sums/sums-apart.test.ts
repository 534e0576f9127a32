/** Sums that a thread of their own makes: the same as those that are made where lines are stored. */
import { deepStrictEqual } from 'node:assert';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import t from 'tap';
import { threadOf } from '../../../../src/domain/package-files.ts';
import { BatchLines } from '../../../../src/store/sqlite/batch-lines.ts';
import { FlowBlock } from '../../../../src/store/sqlite/flow-block.ts';
import { prepareUnpack } from '../../../../src/store/sqlite/flow-blocks.ts';
import { ABSENT, IN_DOUBT, IN_PAIR, LineBatch } from '../../../../src/store/sqlite/line-batch.ts';
import { prepareEachChunk } from '../../../../src/store/sqlite/measures/read-measures.ts';
import { migrate } from '../../../../src/store/sqlite/migrate.ts';
import { NONE } from '../../../../src/store/sqlite/pairing/pairing-window.ts';
import { createSums } from '../../../../src/store/sqlite/sums/create-sums.ts';
import { startSummingThread } from '../../../../src/store/sqlite/sums/summing-thread.ts';
import type { Sums } from '../../../../src/store/sqlite/sums/sums.ts';
import { createSumsApart } from '../../../../src/store/sqlite/sums/sums-apart.ts';
import { createSumsHere } from '../../../../src/store/sqlite/sums/sums-here.ts';

const START = Date.UTC(2024, 2, 5, 9, 59, 59);
const ENTRY = threadOf('summing-thread');
const count = fc.oneof(fc.constant(ABSENT), fc.nat({ max: 5_000_000_000 }));
const line = fc.record({
  shape: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9_000 })),
  start: fc.oneof(
    fc.integer({ min: -2_000, max: 7_200_000 }).map((ms) => START + ms),
    // Of the first hours there are.
    fc.nat({ max: 7_200_000 }),
  ),
  duration: count,
  received: count,
  sent: count,
  port: fc.integer({ min: -1, max: 65_535 }),
  isServer: fc.boolean(),
  ends: fc.constantFrom(0, IN_PAIR, IN_DOUBT),
  counted: fc.boolean(),
  /** What becomes known of it later. */
  later: fc.constantFrom('nothing', 'superseded', 'in pair'),
});
type Line = typeof line extends fc.Arbitrary<infer T> ? T : never;
/** Batches of a transaction, and whether it fails at its end. */
const transaction = fc.record({
  batches: fc.array(fc.array(line, { maxLength: 40 }), { maxLength: 3 }),
  fails: fc.constantFrom('never', 'before it is written', 'while it is written'),
  othersChange: fc.boolean(),
});

const hostOf = (shape: number): number => (shape % 5 === 0 ? 0 : 100 + shape);

function newDatabase(): Database.Database {
  const db = new Database(':memory:');
  migrate(db);
  return db;
}

/** Waits until a thread has started. */
async function startThread() {
  const thread = startSummingThread(ENTRY);
  while (!thread.isReady()) await new Promise((resolve) => setTimeout(resolve, 5));
  return thread;
}

function fill(batch: LineBatch, lines: readonly Line[]): Int32Array {
  const mates = new Int32Array(lines.length);
  for (const [at, one] of lines.entries()) {
    const index = batch.grow();
    batch.shape[index] = one.shape;
    batch.start[index] = one.start;
    batch.duration[index] = one.duration;
    batch.received[index] = one.received;
    batch.sent[index] = one.sent;
    batch.downstreamRemotePort[index] = one.port;
    batch.isServer[index] = Number(one.isServer);
    batch.ends[index] = one.ends;
    batch.counted[index] = Number(one.counted);
    mates[at] = one.isServer && at > 0 ? at - 1 : NONE;
  }
  return mates;
}

/** What the tables say, whatever the order in which it was written. */
function stored(db: Database.Database): unknown {
  const measured: string[] = [];
  const wanted = { durations: true, bytes: true };
  for (const chunk of prepareEachChunk(db)(0, 2 ** 20 - 1, wanted)) {
    for (let i = 0; i < chunk.length; i++) {
      const { hour, sign, minutes, shapes, durations, received, sent } = chunk;
      measured.push([hour, sign, minutes[i], shapes[i], durations[i], received[i], sent[i]].join(' '));
    }
  }
  return {
    flows: db.prepare('SELECT * FROM flow ORDER BY hour, block').raw().all(),
    measured: measured.sort(),
    calls: db.prepare('SELECT first, last, lines, packed, list FROM client_filter ORDER BY id').raw().all(),
  };
}

function measuredLines(db: Database.Database): number {
  let lines = 0;
  for (const { length } of prepareEachChunk(db)(0, 2 ** 20 - 1, { durations: false, bytes: false }))
    lines += length;
  return lines;
}

const flowsOf = (db: Database.Database, sums: Sums): number[] => {
  const keys = [...sums.write()].sort((a, b) => a - b);
  db.exec('COMMIT');
  return keys;
};

t.test('a thread sums lines up as this one does, whatever fails in between', async (t) => {
  const thread = await startThread();
  t.teardown(() => thread.close());
  fc.assert(
    fc.property(
      fc.array(transaction, { maxLength: 6 }),
      fc.constantFrom(0, 1, 4_096),
      (transactions, heldMax) => {
        const [here, apart] = [newDatabase(), newDatabase()];
        const lines = new BatchLines();
        let failures = 0;
        const hostOf = (shape: number): number => (shape % 5 === 0 ? 0 : 100 + shape + 10_000 * failures);
        const sides = [
          { db: here, sums: createSumsHere({ db: here, lines, hostOf }, heldMax) },
          { db: apart, sums: createSumsApart({ db: apart, hostOf }, thread, heldMax) },
        ];
        // What the thread holds is of the run before.
        sides[1]?.sums.forget();
        for (const { batches, fails, othersChange } of transactions) {
          const flows = sides.map(({ db, sums }) => {
            db.exec('BEGIN');
            for (const some of batches) {
              const batch = new LineBatch();
              const mates = fill(batch, some);
              for (const [at, { later }] of some.entries()) {
                if (later === 'superseded') sums.addAgain(batch, at, -1);
                if (later === 'in pair') sums.addEnds(batch.shape[at] ?? 0, batch.start[at] ?? 0, 1, -1);
              }
              lines.take(batch);
              sums.addBatch(batch, mates);
            }
            if (fails === 'never') {
              const keys = flowsOf(db, sums);
              if (othersChange) {
                db.exec('DELETE FROM flow WHERE block = 0');
                sums.forget();
              }
              return keys;
            }
            if (fails === 'while it is written') sums.endLines();
            db.exec('ROLLBACK');
            sums.reset();
            return [];
          });
          // The next ones give its ids to other shapes.
          if (fails !== 'never') failures++;
          deepStrictEqual(flows[1], flows[0]);
          deepStrictEqual(stored(apart), stored(here));
        }
        here.close();
        apart.close();
      },
    ),
    { numRuns: 60 },
  );
  t.pass('held');
});

t.test('many lines: those of several batches are under way at once', async (t) => {
  const thread = await startThread();
  const db = newDatabase();
  const sums = createSumsApart({ db, hostOf }, thread);
  let withClients = 0;
  const one = { duration: 5, received: 1, sent: 2, ends: 0, counted: false, later: 'nothing' } as const;
  for (let from = 0; from < 300_000; from += 30_000) {
    const batch = new LineBatch();
    const lines = Array.from({ length: 30_000 + (from % 7) }, (_, i) => ({
      ...{ ...one, shape: 1 + ((from + i) % 2_000), start: START + from + i },
      ...{ port: i, isServer: false },
    }));
    withClients += lines.filter(({ shape, port }) => hostOf(shape) > 0 && port >= 0).length;
    sums.addBatch(batch, fill(batch, lines));
    batch.shape.fill(77);
  }
  const lines = Array.from({ length: 10 }, (_, i) => 30_000 + ((i * 30_000) % 7)).reduce((a, b) => a + b);
  t.equal(sums.write().length, 3_000, 'a thousand of the first hour, and all of the next one');
  t.equal(measuredLines(db), lines);
  const calls = db.prepare('SELECT sum(lines) FROM client_filter WHERE packed = 1').pluck();
  const rest = db.prepare('SELECT sum(lines) FROM client_filter WHERE packed = 0').pluck();
  t.equal((calls.get() as number) + ((rest.get() as number | null) ?? 0), withClients);
  thread.close();
  db.close();
});

t.test('blocks beyond those that are held are read anew', async (t) => {
  const thread = await startThread();
  const db = newDatabase();
  const sums = createSumsApart({ db, hostOf }, thread, 2);
  const [one] = fc.sample(line, 1) as [Line];
  const connections = (blocks: number): number[] => {
    const batch = new LineBatch();
    const lines = Array.from({ length: blocks }, (_, i) => ({
      ...{ ...one, shape: 32 * i + 1, start: START + 5_000, later: 'nothing' as const, counted: false },
    }));
    sums.addBatch(batch, fill(batch, lines));
    sums.write();
    const block = new FlowBlock();
    return lines.map(({ shape }, i) => {
      prepareUnpack(db)(block, Math.floor((START + 5_000) / 3_600_000), i);
      return block.flow(shape)?.connections ?? 0;
    });
  };
  t.same(connections(2), [1, 1]);
  // As nobody should: so it can be told from what is held.
  db.exec('DELETE FROM flow');
  t.same(connections(2), [2, 2], 'two are held');
  t.same(connections(3), [3, 3, 1]);
  db.exec('DELETE FROM flow');
  t.same(connections(2), [1, 1], 'three are not');
  thread.close();
  db.close();
});

t.test('where it is worth it, what was begun here goes on in a thread', async (t) => {
  const db = newDatabase();
  const lines = new BatchLines();
  const sums = createSums({ db, lines, hostOf }, ENTRY, 1_000);
  t.teardown(() => sums.close());
  const add = (shape: number): void => {
    const batch = new LineBatch();
    const some = fc.sample(fc.array(line, { minLength: 400, maxLength: 400 }), 1)[0] ?? [];
    sums.expect(some.length);
    const mates = fill(
      batch,
      some.map((one) => ({ ...one, shape, start: START + 5_000, ends: 0, counted: false })),
    );
    lines.take(batch);
    sums.addBatch(batch, mates);
  };
  for (let i = 0; i < 3; i++) add(3);
  // Of lines that come later.
  sums.addEnds(8, START + 5_000, 1, 0);
  t.equal(measuredLines(db), 1_200, 'here they are written as they come');
  while (!sums.isChanging) await new Promise((resolve) => setTimeout(resolve, 5));
  add(8);
  t.equal(measuredLines(db), 1_600, 'not within a transaction');
  t.equal(sums.write().length, 2);
  t.notOk(sums.isChanging);
  add(3);
  t.equal(measuredLines(db), 1_600, 'the thread has them');
  t.equal(sums.write().length, 1);
  t.equal(measuredLines(db), 2_000);
  const flows = new FlowBlock();
  prepareUnpack(db)(flows, Math.floor((START + 5_000) / 3_600_000), 0);
  t.match(flows.flow(8), { connections: 400, paired: 1 });
  t.match(flows.flow(3), { connections: 1_600, paired: 0 });
  db.close();
});

t.test('a thread that fails is told of, and one that cannot start is done without', async (t) => {
  const failing = startSummingThread(new URL('./failing-thread.ts', import.meta.url));
  while (!failing.isReady()) await new Promise((resolve) => setTimeout(resolve, 5));
  t.teardown(() => failing.close());
  const db = newDatabase();
  const batch = new LineBatch();
  const mates = fill(batch, fc.sample(line, 10));
  const apart = createSumsApart({ db, hostOf }, failing);
  apart.addBatch(batch, mates);
  const lost = { code: 'interrupted', message: /the thread that sums lines up failed: cannot count/ };
  t.throws(() => apart.write(), lost);
  apart.reset();
  t.throws(() => apart.addBatch(batch, mates), lost, 'from then on');

  // One that ends at once, and one that is refused.
  for (const entry of [new URL('./missing.ts', import.meta.url), new URL('https://example.com/')]) {
    const lines = new BatchLines();
    const sums = createSums({ db, lines, hostOf }, entry, 1);
    sums.expect(10);
    await new Promise((resolve) => setTimeout(resolve, 500));
    lines.take(batch);
    sums.addBatch(batch, mates);
    t.ok(sums.write().length > 0);
    sums.close();
  }
  db.close();
});
