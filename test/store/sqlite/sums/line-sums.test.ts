/** What a transaction writes of all blocks at once: the same as `FlowBlock` makes of each. */
import t from 'tap';
import { HOUR_MS } from '../../../../src/domain/time.ts';
import { BatchLines } from '../../../../src/store/sqlite/batch-lines.ts';
import { BLOCK_SHAPES, FlowBlock } from '../../../../src/store/sqlite/flow-block.ts';
import { flowKey } from '../../../../src/store/sqlite/journal.ts';
import { type ChangedFlows, LineSums } from '../../../../src/store/sqlite/sums/line-sums.ts';
import { eachPiece } from '../../../../src/store/sqlite/sums/pieces.ts';

/** Also one before the epoch, which the table has first. */
const HOURS = [474_001, -3, 474_000, 0];
/** Numbers that take one byte to nine; an integer of 52 bits and fewer is put in another way than one of more. */
const AMOUNTS = [0, 1, 127, 128, 2 ** 14, 2 ** 28 + 1, 2 ** 35, 2 ** 49 + 3, 2 ** 52 - 1, 2 ** 52, 2 ** 60];
const MORE = { connections: 2, received: 5, sent: 0, paired: 1, ambiguous: -1 };

type Place = readonly [hour: number, block: number];

/** A block of which every shape, or every fifth one, has a flow. */
function newBlock([hour, block]: Place): FlowBlock {
  const made = new FlowBlock();
  made.unpack(hour, block, undefined);
  for (let place = block % 5; place < BLOCK_SHAPES; place += block % 3 === 0 ? 5 : 1) {
    const shape = block * BLOCK_SHAPES + place;
    const amount = (step: number): number => AMOUNTS[(shape + step) % AMOUNTS.length] as number;
    const first = hour * HOUR_MS + ((shape * 7_919) % 3_000_000);
    const last = first + (shape % 500_000);
    const numbers = [1 + (shape % 300), amount(0), amount(4), first, last, last + (shape % 90_000), 3, 700];
    made.merge(shape, Float64Array.of(hour, shape, ...numbers, shape % 2, 1), 0);
  }
  return made;
}

/** The first shape of a block that has a flow. */
const shapeOf = (block: number): number => block * BLOCK_SHAPES + (block % 5);
/** A block of which nothing is added to but `STRANGE`, a shape without a flow, and one without any flow. */
const STILL = 12;
const STRANGE = shapeOf(STILL) + 1;
const EMPTY = 5_000;

const textOf = ([hour, block]: Place, packed: Buffer): string => `${hour} ${block} ${packed.toString('hex')}`;

/** What is expected of blocks that `MORE` was added to in one flow. */
function changed(place: Place, times = 1): string {
  const made = newBlock(place);
  const { connections, received, sent, paired, ambiguous } = MORE;
  const none = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  const numbers = Float64Array.of(0, 0, connections, received, sent, ...none, paired, ambiguous);
  for (let i = 0; i < times; i++) made.merge(shapeOf(place[1]), numbers, 0);
  return textOf(place, made.pack());
}

const blocksOf = ({ blocks }: ChangedFlows): string[] => {
  const pieces: string[] = [];
  eachPiece(blocks, (hour, block, packed) => void pieces.push(textOf([hour, block], packed)));
  return pieces;
};

const inOrder = (places: readonly Place[]): Place[] =>
  [...places].sort(([hour, block], [otherHour, otherBlock]) => hour - otherHour || block - otherBlock);

t.test('all blocks that were added to are packed in the order of the table', async (t) => {
  const lines = new BatchLines();
  const sums = new LineSums(lines, () => undefined);
  // As far apart as blocks can be, and met in no order.
  const numbers = Array.from({ length: 1_000 }, (_, i) => ((i * 611) % 1_000) + (i % 7 === 1 ? 2 ** 26 : 0));
  const places = numbers.flatMap((block) => HOURS.map((hour): Place => [hour, block]));
  for (const [hour, block] of places)
    sums.hold(hour, block * BLOCK_SHAPES, Buffer.from(newBlock([hour, block]).pack()));
  t.same(blocksOf(sums.take()), [], 'what is only held is not written');

  const touched = places.filter(([, block]) => block % 4 !== 0);
  for (const [hour, block] of touched) sums.change(shapeOf(block), hour, MORE);
  const [hour] = HOURS as [number];
  sums.change(STRANGE, hour, MORE);
  sums.change(EMPTY * BLOCK_SHAPES, hour, MORE);
  const before = lines.code.memory.buffer;
  const taken = sums.take();
  t.not(lines.code.memory.buffer, before, 'memory grows meanwhile');
  const written = inOrder([...touched, [hour, STILL]]);
  t.same(
    blocksOf(taken),
    written.map((place) => (place[1] === STILL ? textOf(place, newBlock(place).pack()) : changed(place))),
  );
  t.same(
    [...taken.flows],
    inOrder([...written, [hour, EMPTY]]).map(([hour, block]) => {
      if (block === EMPTY) return flowKey(hour, EMPTY * BLOCK_SHAPES);
      return flowKey(hour, block === STILL ? STRANGE : shapeOf(block));
    }),
  );

  const again: Place = [0, 2];
  sums.change(shapeOf(2), 0, MORE);
  const later = sums.take();
  t.same(blocksOf(later), [changed(again, 2)], 'blocks stay held');
  t.same([...later.flows], [flowKey(0, shapeOf(2))]);
  t.same(blocksOf(sums.take()), [], 'and are written once');
});

t.test('what is taken stays while more blocks are held in its place', async (t) => {
  const lines = new BatchLines();
  const sums = new LineSums(lines, () => undefined);
  const places = Array.from({ length: 300 }, (_, i): Place => [474_000, i]);
  for (const [hour, block] of places) {
    sums.hold(hour, block * BLOCK_SHAPES, Buffer.from(newBlock([hour, block]).pack()));
    sums.change(shapeOf(block), hour, MORE);
  }
  const taken = sums.take();
  for (let block = 300; block < 6_000; block++) sums.change(block * BLOCK_SHAPES, 474_000, MORE);
  sums.take();
  // The first ones were given their places anew.
  for (const [hour, block] of places) sums.change(shapeOf(block), hour, MORE);
  const expected = (times: number) => places.map((place) => changed(place, times));
  t.same(blocksOf(taken), expected(1));
  t.same(blocksOf(sums.take()), expected(2));
  sums.forget();
  t.same(blocksOf(sums.take()), []);
});
