/** The table `flow`, shape by shape, though it is in the order of hours: its blocks are read for some shapes at a time. */
import type Database from 'better-sqlite3';
import { FLOW_NUMBERS } from '../../domain/flow-numbers.ts';
import { BLOCK_SHAPES, blockOf, CONNECTIONS, FlowBlock, HOUR, STRIDE } from './flow-block.ts';

/** Blocks of one hour that are read at once: what is held in between grows with them, and with the hours. */
const BLOCKS_AT_ONCE = 64;

/** Told the numbers of all flows of a shape, in the order of hours; they hold until the next call. */
type TellFlows = (shape: number, length: number, numbers: Float64Array) => void;

export function prepareEachShape(db: Database.Database): (tell: TellFlows) => void {
  const largest = db.prepare<[], number | null>('SELECT max(id) FROM shape').pluck();
  const nextHour = db
    .prepare<[number], number>('SELECT hour FROM flow WHERE hour > ? ORDER BY hour LIMIT 1')
    .pluck();
  const blocks = db
    .prepare<[number, number, number], [number, Buffer]>(
      'SELECT block, sums FROM flow WHERE hour = ? AND block >= ? AND block < ? ORDER BY block',
    )
    .raw();
  return (tell) => {
    const hours: number[] = [];
    for (let hour = nextHour.get(-1); hour !== undefined; hour = nextHour.get(hour)) hours.push(hour);
    const end = blockOf(largest.get() ?? 0) + 1;
    const column = new BlockColumn();
    for (let from = 0; from < end; from += BLOCKS_AT_ONCE) {
      const byBlock = Array.from({ length: BLOCKS_AT_ONCE }, (): Packed[] => []);
      for (const hour of hours) {
        for (const [block, sums] of blocks.all(hour, from, from + BLOCKS_AT_ONCE))
          byBlock[block - from]?.push({ hour, sums });
      }
      for (const [i, packed] of byBlock.entries()) if (packed.length > 0) column.tell(from + i, packed, tell);
    }
  };
}

interface Packed {
  readonly hour: number;
  readonly sums: Buffer;
}

/** One block, in all its hours. Meant to be filled again and again. */
class BlockColumn {
  readonly #block = new FlowBlock();
  readonly #lengths = new Int32Array(BLOCK_SHAPES);
  /** Of each shape so many numbers as it may have hours. */
  #numbers = new Float64Array(0);

  tell(block: number, packed: readonly Packed[], tell: TellFlows): void {
    const room = packed.length * FLOW_NUMBERS;
    if (this.#numbers.length < BLOCK_SHAPES * room) this.#numbers = new Float64Array(BLOCK_SHAPES * room);
    this.#lengths.fill(0);
    for (const { hour, sums } of packed) {
      this.#block.unpack(hour, block, sums);
      for (let i = 0; i < BLOCK_SHAPES; i++) this.#take(i, hour, room);
    }
    for (let i = 0; i < BLOCK_SHAPES; i++) {
      const length = this.#lengths[i] ?? 0;
      if (length === 0) continue;
      tell(
        block * BLOCK_SHAPES + i,
        length,
        this.#numbers.subarray(i * room, i * room + length * FLOW_NUMBERS),
      );
    }
  }

  #take(i: number, hour: number, room: number): void {
    const { sums } = this.#block;
    const from = i * STRIDE;
    if (!this.#block.has(i) || (sums[from + CONNECTIONS] ?? 0) <= 0) return;
    const at = i * room + (this.#lengths[i] ?? 0) * FLOW_NUMBERS;
    this.#lengths[i] = (this.#lengths[i] ?? 0) + 1;
    const numbers = this.#numbers;
    numbers[at + HOUR] = hour;
    // The others stand in the same order, but for the shape.
    for (let k = 1; k < FLOW_NUMBERS; k++) numbers[at + k] = sums[from + k + 1] as number;
  }
}
