/** Lines are summed up by a thread of their own, while this one goes on with the next lines; what came of them is written here. */
import { HOUR_MS } from '../../../domain/time.ts';
import { createClientLog } from '../clients/client-log.ts';
import { blockOf } from '../flow-block.ts';
import type { LineBatch } from '../line-batch.ts';
import { createMeasureLog } from '../measures/measure-log.ts';
import { ChangeList } from './changes.ts';
import { HELD_BLOCKS_MAX, NOTHING, prepareFlowRows } from './flow-sums.ts';
import { KnownBlocks } from './known-blocks.ts';
import type { NewBlocks } from './messages.ts';
import { eachPiece } from './pieces.ts';
import { capacityOf, newSharedMemory, shareLines } from './shared-lines.ts';
import type { SummingThread } from './summing-thread.ts';
import type { Sums } from './sums.ts';
import type { SumsDeps } from './sums-here.ts';

/** Room that is made at once, in lines. */
const ROOM_STEP = 16_384;

export function createSumsApart(
  { db, hostOf }: Omit<SumsDeps, 'lines'>,
  thread: SummingThread,
  heldBlocksMax = HELD_BLOCKS_MAX,
): Sums {
  const rows = prepareFlowRows(db);
  const measures = createMeasureLog(db);
  const clients = createClientLog(db, hostOf);
  const changes = new ChangeList();
  const known = new KnownBlocks();
  let news = new News();
  /** By shape: 1 when the thread knows the host of its clients. */
  let told = new Uint8Array(0);
  let memory = newSharedMemory(0);
  /** True from the time the thread was asked for its sums until it answered. */
  let isEnded = false;

  const learnShape = (shape: number): void => {
    if (shape >= told.length) {
      const wider = new Uint8Array(2 * (shape + 1));
      wider.set(told);
      told = wider;
    }
    told[shape] = 1;
    news.hosts.push(shape, hostOf(shape));
  };

  const learnBlock = (start: number, shape: number): void => {
    const hour = Math.floor(start / HOUR_MS);
    const block = blockOf(shape);
    news.add(hour, block, rows.get(hour, block));
  };

  /** Finds out what the thread has to be told before it is given the lines of a batch. */
  const look = ({ length, shape, start, counted }: LineBatch): void => {
    for (let i = 0; i < length; i++) {
      const id = shape[i] as number;
      if (told[id] !== 1) learnShape(id);
      if (counted[i] === 0 && known.note(start[i] as number, blockOf(id))) learnBlock(start[i] as number, id);
    }
  };

  /** Makes room for so many lines in the memory, of which nobody reads what is there. */
  const makeRoom = (lines: number): void => {
    thread.waitForCopy();
    if (capacityOf(memory) < lines) memory = newSharedMemory(Math.ceil(lines / ROOM_STEP) * ROOM_STEP);
  };

  const takeNews = (): News => {
    const taken = news;
    news = new News();
    return taken;
  };

  const refuseEnded = (): void => {
    if (isEnded) throw new Error('BUG: something is added to sums that are being written');
  };

  const change = (shape: number, start: number, some: Partial<typeof NOTHING>): void => {
    refuseEnded();
    if (known.note(start, blockOf(shape))) learnBlock(start, shape);
    changes.add({ shape, hour: Math.floor(start / HOUR_MS), ...NOTHING, ...some });
  };

  const endLines = (): void => {
    if (isEnded) return;
    thread.say({ kind: 'write', changes: changes.take(), blocks: takeNews().blocks });
    isEnded = true;
  };

  const forget = (): void => {
    thread.say({ kind: 'forget' });
    known.clear();
    news.clearBlocks();
  };

  return {
    expect() {},
    addBatch(batch, mates) {
      refuseEnded();
      if (batch.length === 0) return;
      look(batch);
      makeRoom(batch.length);
      shareLines(memory, batch, mates);
      const { hosts, blocks } = takeNews();
      thread.say({ kind: 'lines', memory, length: batch.length, hosts: Int32Array.from(hosts), blocks });
    },
    addAgain(batch, index, sign) {
      const [shape, start] = [batch.shape[index] as number, batch.start[index] as number];
      const received = batch.received[index] as number;
      const sent = batch.sent[index] as number;
      change(shape, start, {
        connections: sign,
        received: sign * Math.max(0, received),
        sent: sign * Math.max(0, sent),
      });
      measures.add(shape, start, batch.duration[index] as number, received, sent, sign);
    },
    addEnds: (shape, start, paired, ambiguous) => change(shape, start, { paired, ambiguous }),
    endLines,
    write() {
      endLines();
      const { calls, list, chunks, blocks, flows } = thread.take();
      isEnded = false;
      clients.adopt(calls, list);
      clients.write();
      eachPiece(chunks, (hour, _, packed) => measures.append(hour, packed));
      measures.write();
      eachPiece(blocks, rows.put);
      if (known.size > heldBlocksMax) forget();
      return flows;
    },
    forget,
    reset() {
      changes.clear();
      measures.reset();
      clients.reset();
      try {
        if (isEnded) thread.take();
      } catch {
        // Whoever adds lines next is told.
      }
      isEnded = false;
      told.fill(0);
      news = new News();
      forget();
    },
  };
}

/** What the thread has to be told. */
class News {
  /** Shapes, each with the host of its clients. */
  readonly hosts: number[] = [];
  #stored: number[] = [];
  #packed: Buffer[] = [];
  #empty: number[] = [];

  /** `packed`: what the table has of a block. */
  add(hour: number, block: number, packed: Buffer | undefined): void {
    if (packed === undefined) this.#empty.push(hour, block);
    else {
      this.#stored.push(hour, block);
      this.#packed.push(packed);
    }
  }

  get blocks(): NewBlocks {
    return { keys: Int32Array.from(this.#stored.concat(this.#empty)), packed: this.#packed };
  }

  clearBlocks(): void {
    this.#stored = [];
    this.#packed = [];
    this.#empty = [];
  }
}
