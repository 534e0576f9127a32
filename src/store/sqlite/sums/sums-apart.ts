/**
 * Lines are summed up, and segments packed of them, by a thread of their own, while this one goes on with the next lines; what came of them is
 * written here.
 */
import { HOUR_MS } from '../../../domain/time.ts';
import { createClientLog } from '../clients/client-log.ts';
import { blockOf } from '../flow-block.ts';
import type { LineBatch } from '../line-batch.ts';
import { createMeasureLog } from '../measures/measure-log.ts';
import type { RowsToPack, SegmentPacker } from '../segments/pack-segments.ts';
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
/** No hours have these numbers. */
const UNKNOWN = -(2 ** 31);
const NO_HOUR = UNKNOWN + 1;

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
  /** Of the lines that are added next. */
  let orders: RowsToPack[] = [];
  /** By shape: the hour of which the thread was last told that it has lines, NO_HOUR, or UNKNOWN: nor does it know the host of its clients. */
  let hours = new Int32Array(0);
  let memory = newSharedMemory(0);
  /** True from the time the thread was asked for its sums until it answered. */
  let isEnded = false;

  const learnBlock = (hour: number, shape: number): void => {
    const block = blockOf(shape);
    if (known.note(hour, block)) news.add(hour, block, rows.get(hour, block));
  };

  const learnShape = (hour: number, shape: number): void => {
    if (shape >= hours.length) {
      const wider = new Int32Array(2 * (shape + 1)).fill(UNKNOWN);
      wider.set(hours);
      hours = wider;
    }
    if (hours[shape] === UNKNOWN) news.hosts.push(shape, hostOf(shape));
    hours[shape] = hour;
    learnBlock(hour, shape);
  };

  /** Finds out what the thread has to be told before it is given the lines of a batch. */
  const look = ({ length, shape, start }: LineBatch): void => {
    let hour = 0;
    let begin = 0;
    let end = 0;
    for (let i = 0; i < length; i++) {
      const time = start[i] as number;
      if (time < begin || time >= end) {
        hour = Math.floor(time / HOUR_MS);
        begin = hour * HOUR_MS;
        end = begin + HOUR_MS;
      }
      const id = shape[i] as number;
      if (hours[id] !== hour) learnShape(hour, id);
    }
  };

  const forgetBlocks = (): void => {
    known.clear();
    // What the thread knows of hosts it keeps.
    for (let shape = 0; shape < hours.length; shape++) if (hours[shape] !== UNKNOWN) hours[shape] = NO_HOUR;
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
    const hour = Math.floor(start / HOUR_MS);
    learnBlock(hour, shape);
    changes.add({ shape, hour, ...NOTHING, ...some });
  };

  const packer: SegmentPacker = {
    order(rows) {
      orders.push(rows);
      const number = thread.orders + orders.length;
      return () => {
        const columns: Buffer[] = [];
        eachPiece(thread.takePacked(number), (_first, _second, piece) => columns.push(piece));
        return columns;
      };
    },
  };

  const endLines = (): void => {
    if (isEnded) return;
    thread.say({ kind: 'write', changes: changes.take(), blocks: takeNews().blocks });
    isEnded = true;
  };

  const forget = (): void => {
    thread.say({ kind: 'forget' });
    forgetBlocks();
  };

  return {
    packer,
    expect() {},
    addBatch(batch, mates) {
      refuseEnded();
      if (batch.length === 0) return;
      look(batch);
      makeRoom(batch.length);
      shareLines(memory, batch, mates);
      const { hosts, blocks } = takeNews();
      thread.say({
        kind: 'lines',
        memory,
        length: batch.length,
        hosts: Int32Array.from(hosts),
        blocks,
        orders,
      });
      orders = [];
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
      rows.putAll(blocks);
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
      news = new News();
      orders = [];
      forget();
      hours.fill(UNKNOWN);
    },
  };
}

/** What the thread has to be told. */
class News {
  /** Shapes, each with the host of its clients. */
  readonly hosts: number[] = [];
  readonly #stored: number[] = [];
  readonly #packed: Buffer[] = [];
  readonly #empty: number[] = [];

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
}
