import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { HOUR_MS } from '../../../src/domain/time.ts';
import { BLOCK_SHAPES, FlowBlock, type FlowNumbers, STRIDE } from '../../../src/store/sqlite/flow-block.ts';
import { prepareChangeFlow, prepareEachBlock } from '../../../src/store/sqlite/flow-blocks.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';

const HOUR = 474_000;
const BLOCK = 7;
const edges = [6, 7, 8, 14, 21, 27, 28, 29, 32, 35, 42, 49, 52].flatMap((bits) => [2 ** bits - 1, 2 ** bits]);
const count = fc.oneof(
  fc.nat({ max: 3 }),
  fc.nat(),
  fc.constantFrom(...edges),
  fc.maxSafeInteger().map(Math.abs),
);
const some = fc.nat({ max: 10_000_000 });
const flow: fc.Arbitrary<FlowNumbers> = fc
  .tuple(
    fc.array(count, { minLength: 5, maxLength: 5 }),
    fc.nat({ max: HOUR_MS - 1 }),
    some,
    some,
    some,
    some,
  )
  .map(
    ([
      [connections = 0, received = 0, sent = 0, paired = 0, ambiguous = 0],
      first,
      last,
      end,
      shortest,
      longest,
    ]) => ({
      hour: HOUR,
      connections,
      bytes_received: received,
      bytes_sent: sent,
      first: HOUR * HOUR_MS + first,
      last: HOUR * HOUR_MS + first + last,
      end: HOUR * HOUR_MS + first + last + end,
      duration_min: shortest,
      duration_max: shortest + longest,
      paired,
      ambiguous,
    }),
  );
const flows = fc.uniqueArray(fc.tuple(fc.nat({ max: BLOCK_SHAPES - 1 }), flow), {
  selector: ([place]) => place,
  maxLength: BLOCK_SHAPES,
});

function sumsOf({ hour, ...numbers }: FlowNumbers, shape: number): Float64Array {
  const { first, last, end, duration_min, duration_max, paired, ambiguous, ...counts } = numbers;
  return Float64Array.of(
    ...[hour, shape, counts.connections, counts.bytes_received, counts.bytes_sent],
    ...[first, last, end, duration_min, duration_max, paired, ambiguous],
  );
}

t.test('what is packed comes back', async (t) => {
  const from = new FlowBlock();
  const to = new FlowBlock();
  fc.assert(
    fc.property(flows, (flows) => {
      from.unpack(HOUR, BLOCK, undefined);
      const expected = new Map(flows.map(([place, flow]) => [BLOCK * BLOCK_SHAPES + place, flow]));
      for (const [shape, flow] of expected) from.merge(shape, sumsOf(flow, shape), 0);
      to.unpack(HOUR, BLOCK, Buffer.from(from.pack()));
      deepStrictEqual(
        [...to.shapes()],
        [...expected.keys()].sort((a, b) => a - b),
      );
      for (const [shape, flow] of expected) deepStrictEqual(to.flow(shape), flow);
      deepStrictEqual(to.isEmpty, flows.length === 0);
      deepStrictEqual(Buffer.compare(to.pack(), from.pack()), 0);
    }),
    { numRuns: 400 },
  );
  t.pass('held');
});

t.test('sums without a line change a flow that is there, and none that is not', async (t) => {
  const block = new FlowBlock();
  block.unpack(HOUR, BLOCK, undefined);
  const [one] = fc.sample(flow, 1) as [FlowNumbers];
  const shape = BLOCK * BLOCK_SHAPES + 31;
  block.merge(shape, sumsOf({ ...one, connections: 5, paired: 1, ambiguous: 0 }, shape), 0);
  const change = new Float64Array(STRIDE);
  const endless = {
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
    end: Number.NEGATIVE_INFINITY,
  };
  change.set(
    sumsOf(
      { ...one, ...endless, connections: -2, bytes_received: 0, bytes_sent: 0, paired: 3, ambiguous: 1 },
      shape,
    ),
  );
  block.merge(shape, change, 0);
  block.merge(shape - 1, change, 0);
  t.same(block.flow(shape), { ...one, connections: 3, paired: 4, ambiguous: 1 });
  t.equal(block.flow(shape - 1), null);
});

t.test('a flow that no connection is left of goes, and its block with the last of them', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const block = new FlowBlock();
  block.unpack(HOUR, BLOCK, undefined);
  const [one] = fc.sample(flow, 1) as [FlowNumbers];
  const [a, b] = [BLOCK * BLOCK_SHAPES, BLOCK * BLOCK_SHAPES + 5];
  for (const shape of [a, b])
    block.merge(shape, sumsOf({ ...one, connections: 2, bytes_sent: 10 }, shape), 0);
  db.prepare('INSERT INTO flow VALUES (?, ?, ?)').run(HOUR, BLOCK, block.pack());
  const shapesLeft = () => [...prepareEachBlock(db)(0, 2 ** 40)].flatMap((block) => [...block.shapes()]);
  const change = prepareChangeFlow(db);
  change(a, HOUR, { connections: -1, bytes_sent: -4 });
  const [left] = prepareEachBlock(db)(0, 2 ** 40);
  t.match(left?.flow(a), { connections: 1, bytes_sent: 6, bytes_received: one.bytes_received });
  change(a, HOUR, { connections: -1 });
  t.same(shapesLeft(), [b]);
  change(a, HOUR, { connections: -1 });
  change(b, HOUR, { connections: -2 });
  t.same(shapesLeft(), []);
  t.equal(db.prepare('SELECT count(*) FROM flow').pluck().get(), 0);
  close();
});
