/** The table `flow`, block by block. */
import type Database from 'better-sqlite3';
import {
  AMBIGUOUS,
  blockOf,
  CONNECTIONS,
  FlowBlock,
  type FlowNumbers,
  LAST,
  PAIRED,
  RECEIVED,
  SENT,
  STRIDE,
} from './flow-block.ts';

/** Reads the block of a shape in an hour; it holds until the next one. */
export type ReadBlock = (hour: number, shape: number) => FlowBlock;

export function prepareReadBlock(db: Database.Database): ReadBlock {
  const read = prepareUnpack(db);
  const held = new FlowBlock();
  let isHeld = false;
  return (hour, shape) => {
    const block = blockOf(shape);
    if (!isHeld || held.hour !== hour || held.block !== block) read(held, hour, block);
    isHeld = true;
    return held;
  };
}

/** Fills a block with what the table has of it. */
export function prepareUnpack(db: Database.Database): (into: FlowBlock, hour: number, block: number) => void {
  const get = db
    .prepare<[number, number], Buffer>('SELECT sums FROM flow WHERE hour = ? AND block = ?')
    .pluck();
  return (into, hour, block) => into.unpack(hour, block, get.get(hour, block));
}

/** Goes through the blocks of some hours, in order. Each holds until the next one. */
export function prepareEachBlock(db: Database.Database): (from: number, to: number) => Generator<FlowBlock> {
  const select = db
    .prepare<[number, number], [number, number, Buffer]>(
      'SELECT hour, block, sums FROM flow WHERE hour >= ? AND hour <= ? ORDER BY hour, block',
    )
    .raw();
  return function* (from, to) {
    const unpacked = new FlowBlock();
    // All at once: whoever takes a block may ask the database for something else.
    for (const [hour, block, sums] of select.all(from, to)) {
      unpacked.unpack(hour, block, sums);
      yield unpacked;
    }
  };
}

type Change = Partial<
  Pick<FlowNumbers, 'connections' | 'bytes_received' | 'bytes_sent' | 'paired' | 'ambiguous'>
>;

/** Adds to the sums of a flow that is there; one that no connection is left of goes. */
export function prepareChangeFlow(
  db: Database.Database,
): (shape: number, hour: number, change: Change) => void {
  const get = db
    .prepare<[number, number], Buffer>('SELECT sums FROM flow WHERE hour = ? AND block = ?')
    .pluck();
  const put = db.prepare('INSERT OR REPLACE INTO flow VALUES (?, ?, ?)');
  const drop = db.prepare('DELETE FROM flow WHERE hour = ? AND block = ?');
  const block = new FlowBlock();
  const sums = new Float64Array(STRIDE);
  return (shape, hour, change) => {
    block.unpack(hour, blockOf(shape), get.get(hour, blockOf(shape)));
    if (!block.has(shape)) return;
    sums.fill(0);
    // No line is new.
    sums[LAST] = -1;
    sums[CONNECTIONS] = change.connections ?? 0;
    sums[RECEIVED] = change.bytes_received ?? 0;
    sums[SENT] = change.bytes_sent ?? 0;
    sums[PAIRED] = change.paired ?? 0;
    sums[AMBIGUOUS] = change.ambiguous ?? 0;
    block.merge(shape, sums, 0);
    block.dropEmpty();
    if (block.isEmpty) drop.run(hour, blockOf(shape));
    else put.run(hour, blockOf(shape), block.pack());
  };
}
