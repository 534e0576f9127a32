/** The numbers of a line, read from its bytes. */
import type { ParsedLine } from '../domain/entry.ts';
import type { Layout } from './express-layout.ts';
import { ABSENT, createClock, NOT_READ, readCount, readPort } from './express-numbers.ts';

const DASH = 0x2d;
/** Fits its column. */
const SERVICE_TIME_MAX = 2 ** 31 - 1;

/** Those of the line in hand. */
export class LineNumbers {
  /** Start, received, sent, duration, the two ports, and of a request the service time. */
  readonly values = new Float64Array(7);
  readonly #clock = createClock();

  /** Reads the numbers from the words of the layout; false where one is written in no plain way. */
  read(layout: Layout, bytes: Buffer, view: DataView, words: Int32Array, cuts: Int32Array): boolean {
    const n = this.values;
    const second = words[layout.counts + 1] as number;
    const third = words[layout.counts + 2] as number;
    // The cuts of a request have two more stretches before the ports.
    const ports = layout.request === null ? 7 : 11;
    const time = this.#clock(bytes, view, (cuts[1] as number) + 1);
    const received = readCount(view, words[layout.counts] as number, second - 1);
    const sent = readCount(view, second, third - 1);
    const duration = readCount(view, third, (words[layout.counts + 3] as number) - 1);
    const upstream = readPort(view, cuts[ports] as number, cuts[ports + 1] as number);
    const downstream = readPort(view, cuts[ports + 4] as number, cuts[ports + 5] as number);
    const service = layout.request === null ? ABSENT : readServiceTime(layout, bytes, view, words);
    n[0] = time;
    n[1] = received;
    n[2] = sent;
    n[3] = duration;
    n[4] = upstream;
    n[5] = downstream;
    n[6] = service;
    return (
      time !== NOT_READ &&
      received !== NOT_READ &&
      sent !== NOT_READ &&
      duration !== NOT_READ &&
      upstream !== NOT_READ &&
      downstream !== NOT_READ &&
      service !== NOT_READ
    );
  }

  /** True when they are those of a line that was read the long way. */
  areOf({ numbers, entry }: ParsedLine): boolean {
    const n = this.values;
    return (
      n[0] === numbers.start_time &&
      n[1] === numbers.bytes_received &&
      n[2] === numbers.bytes_sent &&
      n[3] === numbers.duration &&
      n[4] === numbers.upstream_local_port &&
      n[5] === numbers.downstream_remote_port &&
      n[6] === (entry.upstream_service_time ?? ABSENT)
    );
  }
}

function readServiceTime(layout: Layout, bytes: Buffer, view: DataView, words: Int32Array): number {
  const from = words[layout.counts + 3] as number;
  const to = (words[layout.counts + 4] as number) - 1;
  if (to - from === 1 && bytes[from] === DASH) return ABSENT;
  const time = readCount(view, from, to);
  return time <= SERVICE_TIME_MAX ? time : NOT_READ;
}
