/**
 * Blocks of flows that are being added to: unpacked, and those of the last transactions held, because lines that follow each
 * other are mostly of the same hour and of the same shapes.
 */
import type Database from 'better-sqlite3';
import { blockOf, FlowBlock } from './flow-block.ts';
import { prepareUnpack } from './flow-blocks.ts';
import { type FlowKeys, flowKey } from './journal.ts';

/** Blocks held between two transactions, 3 KiB each; past it only those of the last one are, or none. */
const HELD_BLOCKS_MAX = 4_096;

export interface HeldBlocks {
  /** The block of a shape in an hour, to be added to: whatever is opened in it is written. */
  at(hour: number, shape: number): FlowBlock;
  /** Writes what was opened, and answers which flows that were. */
  write(): FlowKeys;
  /** Drops all, also what was not written. */
  forget(): void;
}

export function createHeldBlocks(db: Database.Database, heldMax = HELD_BLOCKS_MAX): HeldBlocks {
  const unpack = prepareUnpack(db);
  const put = db.prepare('INSERT OR REPLACE INTO flow VALUES (?, ?, ?)');
  const hours = new Map<number, Map<number, FlowBlock>>();
  let lastHour = -1;
  let ofLastHour = new Map<number, FlowBlock>();
  let held = 0;
  /** Blocks that were asked for since the last writing. */
  let asked: FlowBlock[] = [];
  let keys = new Float64Array(1_024);

  const forget = (): void => {
    hours.clear();
    lastHour = -1;
    held = 0;
    asked = [];
  };

  const hold = (block: FlowBlock): void => {
    let ofHour = hours.get(block.hour);
    if (ofHour === undefined) {
      ofHour = new Map();
      hours.set(block.hour, ofHour);
    }
    ofHour.set(block.block, block);
    held++;
  };

  const read = (hour: number, block: number): FlowBlock => {
    const one = new FlowBlock();
    unpack(one, hour, block);
    hold(one);
    return one;
  };

  const writeOne = (block: FlowBlock, count: number): number => {
    let size = count;
    block.settle((shape) => {
      if (size === keys.length) {
        const wider = new Float64Array(2 * size);
        wider.set(keys);
        keys = wider;
      }
      keys[size++] = flowKey(block.hour, shape);
    });
    if (!block.isEmpty) put.run(block.hour, block.block, block.pack());
    return size;
  };

  return {
    at(hour, shape) {
      if (hour !== lastHour) {
        ofLastHour = hours.get(hour) ?? new Map();
        hours.set(hour, ofLastHour);
        lastHour = hour;
      }
      const number = blockOf(shape);
      const block = ofLastHour.get(number) ?? read(hour, number);
      if (!block.isOpened) asked.push(block);
      return block;
    },
    write() {
      const blocks = asked.filter((block) => block.isOpened);
      // The table is written from end to end.
      blocks.sort((a, b) => a.hour - b.hour || a.block - b.block);
      let count = 0;
      for (const block of blocks) count = writeOne(block, count);
      asked = [];
      if (held > heldMax) {
        forget();
        if (blocks.length <= heldMax) for (const block of blocks) hold(block);
      }
      return keys.slice(0, count);
    },
    forget,
  };
}
