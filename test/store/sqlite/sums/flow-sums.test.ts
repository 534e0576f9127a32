import { deepStrictEqual } from 'node:assert';
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import t from 'tap';
import { BatchLines } from '../../../../src/store/sqlite/batch-lines.ts';
import { prepareChangeFlow, prepareEachBlock } from '../../../../src/store/sqlite/flow-blocks.ts';
import { readFlowKey } from '../../../../src/store/sqlite/journal.ts';
import { ABSENT, IN_DOUBT, IN_PAIR, LineBatch } from '../../../../src/store/sqlite/line-batch.ts';
import { openDatabase } from '../../../../src/store/sqlite/open.ts';
import { createFlowSums } from '../../../../src/store/sqlite/sums/flow-sums.ts';

const START = Date.UTC(2024, 2, 5, 9, 59, 59);
const count = fc.oneof(fc.constant(ABSENT), fc.nat({ max: 5_000_000_000 }));
const line = fc.record({
  // Few, many of two blocks, and any.
  shape: fc.oneof(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 63 }),
    fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  ),
  start: fc.integer({ min: -2_000, max: 7_200_000 }).map((ms) => START + ms),
  duration: count,
  received: count,
  sent: count,
  ends: fc.constantFrom(0, IN_PAIR, IN_DOUBT),
});
type Line = typeof line extends fc.Arbitrary<infer T> ? T : never;

/** Blocks that stay in memory between two transactions. */
const heldMax = fc.constantFrom(0, 1, 4, undefined);

/** The same by plain means. */
function sumUp(lines: readonly Line[]): unknown[] {
  const flows = new Map<string, number[]>();
  for (const { shape, start, ends: known, ...counts } of lines) {
    const [duration, received, sent] = [counts.duration, counts.received, counts.sent].map((n) =>
      Math.max(0, n),
    );
    const hour = Math.floor(start / 3_600_000);
    const [end, key] = [start + (duration ?? 0), `${hour} ${shape}`];
    const f = flows.get(key) ?? [hour, shape, 0, 0, 0, start, start, end, duration ?? 0, 0, 0, 0];
    const sums = [f[0], f[1], (f[2] ?? 0) + 1, (f[3] ?? 0) + (received ?? 0), (f[4] ?? 0) + (sent ?? 0)];
    const spans = [Math.min(f[5] ?? 0, start), Math.max(f[6] ?? 0, start), Math.max(f[7] ?? 0, end)];
    const lives = [Math.min(f[8] ?? 0, duration ?? 0), Math.max(f[9] ?? 0, duration ?? 0)];
    const ends = [(f[10] ?? 0) + Number(known === IN_PAIR), (f[11] ?? 0) + Number(known === IN_DOUBT)];
    flows.set(key, [...sums, ...spans, ...lives, ...ends] as number[]);
  }
  return [...flows.values()].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0));
}

/** Hour, shape, and the other numbers of all flows. */
function storedFlows(db: Database.Database): number[][] {
  const flows: number[][] = [];
  for (const block of prepareEachBlock(db)(0, Number.MAX_SAFE_INTEGER)) {
    for (const shape of block.shapes()) {
      const { hour = 0, ...numbers } = block.flow(shape) ?? {};
      flows.push([hour, shape, ...Object.values(numbers)]);
    }
  }
  return flows;
}

t.test('flows in the table are the sums of all lines, however they were split', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.array(line, { maxLength: 40 }), { maxLength: 6 }), heldMax, (parts, held) => {
      const { db, close } = openDatabase({ path: null, mode: 'write' });
      const taken = new BatchLines();
      const flows = createFlowSums(db, taken, held);
      const batch = new LineBatch();
      for (const part of parts) {
        const expected = new Set<string>();
        for (const { ends, ...one } of part) {
          const index = batch.grow();
          batch.shape[index] = one.shape;
          batch.start[index] = one.start;
          batch.duration[index] = one.duration;
          batch.received[index] = one.received;
          batch.sent[index] = one.sent;
          const isKnown = one.start % 2 === 0;
          batch.ends[index] = isKnown ? ends : 0;
          if (!isKnown)
            flows.addEnds(one.shape, one.start, Number(ends === IN_PAIR), Number(ends === IN_DOUBT));
          expected.add(`${Math.floor(one.start / 3_600_000)} ${one.shape}`);
        }
        taken.take(batch);
        flows.addBatch(batch);
        const written = Array.from(flows.write(), readFlowKey);
        deepStrictEqual(new Set(written.map(({ hour, shape }) => `${hour} ${shape}`)), expected);
        batch.clear();
      }
      const stored = storedFlows(db);
      close();
      deepStrictEqual(stored, sumUp(parts.flat()));
    }),
    { numRuns: 100 },
  );
  t.pass('held');
});

t.test('a connection that is taken out and counted again leaves its flow as it was', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const taken = new BatchLines();
  const flows = createFlowSums(db, taken);
  const batch = new LineBatch();
  for (let i = 0; i < 5_000; i++) {
    const index = batch.grow();
    batch.shape[index] = 1 + (i % 4_500);
    batch.start[index] = START + 1_000 + i;
    batch.duration[index] = batch.received[index] = batch.sent[index] = i;
  }
  taken.take(batch);
  flows.addBatch(batch);
  t.equal(flows.write().length, 4_500, 'more than there is place for at first');
  const all = () => storedFlows(db);
  const before = all();
  flows.addAgain(batch, 7, -1);
  flows.write();
  t.equal(all()[7]?.[2], 1);
  flows.addAgain(batch, 7, 1);
  flows.write();
  t.same(all(), before);
  taken.take(batch);
  flows.addBatch(batch);
  flows.reset();
  t.equal(flows.write().length, 0, 'what was not written is forgotten');
  t.same(all(), before);
  close();
});

t.test('what others changed is read again, and a flow that they dropped stays away', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const taken = new BatchLines();
  const flows = createFlowSums(db, taken);
  const batch = new LineBatch();
  for (const shape of [3, 3, 4, 4]) {
    const index = batch.grow();
    batch.shape[index] = shape;
    batch.start[index] = START;
    batch.duration[index] = batch.received[index] = batch.sent[index] = 5;
  }
  taken.take(batch);
  flows.addBatch(batch);
  flows.write();
  const change = prepareChangeFlow(db);
  const hour = Math.floor(START / 3_600_000);
  change(3, hour, { connections: -2 });
  change(4, hour, { connections: -1 });
  flows.forget();
  flows.addEnds(3, START, 1, 0);
  flows.addEnds(4, START, 1, 0);
  flows.write();
  const left = storedFlows(db).map(([, shape, connections, , , , , , , , paired]) => [
    shape,
    connections,
    paired,
  ]);
  t.same(left, [[4, 1, 1]]);
  close();
});

t.test('lines of very many hours take little memory', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const lines = new BatchLines();
  const sums = createFlowSums(db, lines);
  for (let hour = 0; hour < 100_000; hour++) sums.addEnds(1 + (hour % 40), START + hour * 3_600_000, 1, 0);
  const mebibytes = lines.code.memory.buffer.byteLength / 2 ** 20;
  t.ok(mebibytes < 48, `${mebibytes} MiB`);
  close();
});
