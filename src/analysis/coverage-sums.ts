/** What coverage counts, of the lines of one log and of those that call for it: sums, since legs are very many. */
import type { VerdictCounts } from '../domain/coverage.ts';
import type { Direction } from '../domain/direction.ts';
import type { Flow } from '../domain/ports.ts';
import type { Verdict } from '../domain/resources.ts';
import type { Leg } from './legs.ts';
import { STREAM_EDGE_MS, type Stream } from './streams.ts';

/** Start times, ms since the epoch. */
export interface Span {
  first: number;
  last: number;
}

/** Lines that a log has. */
export class OwnSums implements Span {
  /** Infinite without any. */
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  http = 0;
  readonly by: Record<Direction, number> = { outbound: 0, inbound: 0, unknown: 0 };
  readonly verdicts: Record<keyof VerdictCounts, number> = {
    paired: 0,
    ambiguous: 0,
    expected_unmatched: 0,
    pending: 0,
    unexplained: 0,
  };

  get lines(): number {
    return this.by.outbound + this.by.inbound + this.by.unknown;
  }

  add({ facts, flow }: Leg): void {
    const { first, last, connections } = flow;
    if (first < this.first) this.first = first;
    if (last > this.last) this.last = last;
    this.by[facts.direction] += connections;
    if (facts.shape.http) this.http += connections;
  }

  /** Lines that were added, or are. */
  judge(verdict: Verdict, lines: number): void {
    this.verdicts[verdict === 'matched' ? 'paired' : verdict] += lines;
  }
}

/** Lines of others that call for a log. */
export class CallSums {
  readonly #stream: Stream;
  readonly #written: ReadonlyMap<number, unknown>;
  lines = 0;
  /** Of these, those without a partner: all; long before the log begins; long after it ended; by hours in which it has no line. */
  missing = 0;
  missingBefore = 0;
  missingAfter = 0;
  readonly missingIn = new Map<number, number>();

  /** `written`: the hours in which the log has lines. */
  constructor(stream: Stream, written: ReadonlyMap<number, unknown>) {
    this.#stream = stream;
    this.#written = written;
  }

  /** `steady`: see `Call`. */
  add(flow: Flow, missing: number, steady: boolean): void {
    this.lines += flow.connections;
    if (missing === 0) return;
    const { begin, writer } = this.#stream;
    this.missing += missing;
    if (flow.first + flow.duration_max < begin - STREAM_EDGE_MS) this.missingBefore += missing;
    if (steady && flow.last > writer.end + STREAM_EDGE_MS) this.missingAfter += missing;
    const { hour } = flow;
    if (!this.#written.has(hour)) this.missingIn.set(hour, (this.missingIn.get(hour) ?? 0) + missing);
  }
}
