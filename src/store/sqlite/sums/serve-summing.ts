/** The side of a thread that sums up and packs segments: does what comes, in order, and says so. */
import { messageOf } from '../../../domain/errors.ts';
import type { Pieces, SummedUp, ToSumming } from './messages.ts';
import { sharedLines } from './shared-lines.ts';
import { Summing } from './summing.ts';
import { COPIED, type FromSumming, HAS_FAILED, PACKED, STEPS, type SummingData } from './summing-thread.ts';

/** Serves the port until it is told to close. After a failure it does nothing any more. */
export function serveSumming({ port, state }: SummingData): void {
  const summing = new Summing();
  let orders = 0;
  const say = (message: FromSumming, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  const count = (what: number): void => {
    Atomics.add(state, what, 1);
    Atomics.notify(state, what);
  };
  const dealWith = (message: Exclude<ToSumming, { kind: 'close' }>): void => {
    switch (message.kind) {
      case 'lines':
        summing.learnHosts(message.hosts);
        summing.hold(message.blocks);
        summing.takeLines(sharedLines(message.memory, message.length));
        count(COPIED);
        // First, as it is waited for.
        for (const rows of message.orders) {
          const segments = summing.packRows(rows);
          say({ kind: 'packed', order: ++orders, segments }, buffersOf(segments));
          count(PACKED);
        }
        summing.addTaken();
        break;
      case 'write': {
        summing.hold(message.blocks);
        summing.change(message.changes);
        const summed = summing.take();
        say({ kind: 'summed', summed }, buffersOfSums(summed));
        break;
      }
      case 'forget':
        summing.forget();
    }
  };
  port.on('message', (message: ToSumming) => {
    if (message.kind === 'close') return port.close();
    if (Atomics.load(state, HAS_FAILED) === 1) return;
    try {
      dealWith(message);
    } catch (error) {
      say({ kind: 'failed', reason: messageOf(error) });
      Atomics.store(state, HAS_FAILED, 1);
    }
    count(STEPS);
  });
  count(STEPS);
}

function buffersOfSums({ flows, chunks, blocks, list }: SummedUp): ArrayBuffer[] {
  return [flows.buffer, list.buffer, ...buffersOf(chunks), ...buffersOf(blocks)] as ArrayBuffer[];
}

function buffersOf({ bytes }: Pieces): ArrayBuffer[] {
  return [bytes.buffer as ArrayBuffer];
}
