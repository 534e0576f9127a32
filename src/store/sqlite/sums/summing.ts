/**
 * Lines summed up, and segments packed of them, where nothing is known of the database: what is needed of it comes with them, and what is to
 * be written is answered.
 */
import { BatchLines } from '../batch-lines.ts';
import { ClientGatherer, HELD_LINES_MAX, LISTED_LINES_MAX, type PackedCalls } from '../clients/gatherer.ts';
import { BLOCK_SHAPES } from '../flow-block.ts';
import { packRows, type RowsToPack } from '../segments/pack-segments.ts';
import { CHANGE_NUMBERS, readChange } from './changes.ts';
import { LineSums } from './line-sums.ts';
import type { Changes, NewBlocks, Pieces, SummedUp } from './messages.ts';
import { PieceList } from './pieces.ts';
import type { SummedLines } from './shared-lines.ts';

const FIRST_SHAPES = 4_096;

export class Summing {
  readonly #lines = new BatchLines();
  readonly #sums = new LineSums(this.#lines, (hour, shape) => {
    throw new Error(`BUG: nothing was said of the flows of shape ${shape} in hour ${hour}`);
  });
  /** By shape. */
  #hosts = new Int32Array(FIRST_SHAPES);
  readonly #clients = new ClientGatherer((shape) => this.#hosts[shape] ?? 0);
  readonly #segments = new PieceList();
  readonly #chunks = new PieceList();
  #calls: PackedCalls[] = [];

  /** Shapes that are new, each with the host of its clients. */
  learnHosts(hosts: Int32Array): void {
    for (let i = 0; i < hosts.length; i += 2) {
      const shape = hosts[i] as number;
      while (shape >= this.#hosts.length) {
        const wider = new Int32Array(2 * this.#hosts.length);
        wider.set(this.#hosts);
        this.#hosts = wider;
      }
      this.#hosts[shape] = hosts[i + 1] as number;
    }
  }

  hold({ keys, packed }: NewBlocks): void {
    for (let i = 0; 2 * i < keys.length; i++) {
      const [hour, block] = [keys[2 * i] as number, keys[2 * i + 1] as number];
      this.#sums.hold(hour, block * BLOCK_SHAPES, packed[i]);
    }
  }

  /** Copies lines, for `packRows` and `addTaken`. */
  takeLines(lines: SummedLines): void {
    this.#lines.take(lines);
    this.#lines.takeFates(lines);
    this.#clients.takeLines(lines);
  }

  /** The segments of rows of the lines that were copied, in order. */
  packRows(rows: RowsToPack): Pieces {
    packRows(this.#lines, rows, (columns) => this.#segments.add(0, 0, columns));
    return this.#segments.take();
  }

  /** Adds the lines that were copied. Their blocks are held, and the hosts of their shapes are known. */
  addTaken(): void {
    this.#sums.sort();
    this.#sums.addToFlows();
    this.#sums.eachChunk((hour, packed) => this.#chunks.add(hour, 0, packed));
    this.#clients.gatherTaken();
    if (this.#clients.size >= HELD_LINES_MAX) this.#packCalls();
  }

  change(changes: Changes): void {
    for (let at = 0; at < changes.length; at += CHANGE_NUMBERS) {
      const { shape, hour, ...change } = readChange(changes, at);
      this.#sums.change(shape, hour, change);
    }
  }

  #packCalls(): void {
    const calls = this.#clients.pack();
    this.#calls.push({ ...calls, list: new Uint8Array(calls.list) });
    this.#clients.clear();
  }

  /** What was added since the last time. Blocks stay held. */
  take(): SummedUp {
    const { flows, blocks } = this.#sums.take();
    if (this.#clients.size >= LISTED_LINES_MAX) this.#packCalls();
    const summed = {
      flows,
      blocks,
      chunks: this.#chunks.take(),
      calls: this.#calls,
      list: new Uint8Array(this.#clients.list()),
    };
    this.#clients.clear();
    this.#calls = [];
    return summed;
  }

  /** Drops what was added and not taken, and all blocks. */
  forget(): void {
    this.#sums.forget();
    this.#clients.clear();
    // After a transaction that failed, shapes get the ids of others.
    this.#clients.forgetHosts();
    this.#chunks.clear();
    this.#calls = [];
  }
}
