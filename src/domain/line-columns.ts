/** Lines on their way to the store, as columns: where many are alike there is no object a line. */
import type { Identity, ParsedLine } from './entry.ts';

/** Numbers of templates: what lines share that differ in their `LineNumbers` only. */
export interface Templates {
  /** A line with this template; its numbers are any. Such lines have no field that differs from request to request. */
  sample(template: number): ParsedLine;
}

/** In `template`: the line is like no other, and stands in `alone`. */
export const NO_TEMPLATE = -1;

const FIRST_CAPACITY = 1_024;

export class LineColumns {
  /** What the numbers in `template` mean. Null: no line has a template. */
  readonly templates: Templates | null;
  length = 0;
  /** Number of the line's template, or NO_TEMPLATE. */
  template = new Int32Array(FIRST_CAPACITY);
  /** As in `LineNumbers`; so are the following. */
  start = new Float64Array(FIRST_CAPACITY);
  duration = new Float64Array(FIRST_CAPACITY);
  received = new Float64Array(FIRST_CAPACITY);
  sent = new Float64Array(FIRST_CAPACITY);
  upstreamLocalPort = new Int32Array(FIRST_CAPACITY);
  downstreamRemotePort = new Int32Array(FIRST_CAPACITY);
  /** By index: the lines without a template. */
  readonly alone = new Map<number, ParsedLine>();

  constructor(templates: Templates | null = null) {
    this.templates = templates;
  }

  /** Takes a line in. `template` says that it has one. */
  add(line: ParsedLine, template: number = NO_TEMPLATE): void {
    const { start_time, duration, bytes_received, bytes_sent, ...ports } = line.numbers;
    if (template === NO_TEMPLATE) this.alone.set(this.length, line);
    this.addLike(
      template,
      start_time,
      duration,
      bytes_received,
      bytes_sent,
      ports.upstream_local_port,
      ports.downstream_remote_port,
    );
  }

  /** Takes in a line with this template. */
  addLike(
    template: number,
    start: number,
    duration: number,
    received: number,
    sent: number,
    upstreamLocalPort: number,
    downstreamRemotePort: number,
  ): void {
    const index = this.length++;
    if (index === this.template.length) this.#widen();
    this.template[index] = template;
    this.start[index] = start;
    this.duration[index] = duration;
    this.received[index] = received;
    this.sent[index] = sent;
    this.upstreamLocalPort[index] = upstreamLocalPort;
    this.downstreamRemotePort[index] = downstreamRemotePort;
  }

  #widen(): void {
    const capacity = 2 * this.template.length;
    this.template = wider(this.template, new Int32Array(capacity));
    this.start = wider(this.start, new Float64Array(capacity));
    this.duration = wider(this.duration, new Float64Array(capacity));
    this.received = wider(this.received, new Float64Array(capacity));
    this.sent = wider(this.sent, new Float64Array(capacity));
    this.upstreamLocalPort = wider(this.upstreamLocalPort, new Int32Array(capacity));
    this.downstreamRemotePort = wider(this.downstreamRemotePort, new Int32Array(capacity));
  }
}

/** Reads lines that are like lines read before, without making strings of them. */
export interface ExpressLane {
  /** What its numbers mean from now on; another object after it forgot what it knew. */
  readonly templates: Templates;
  /**
   * Adds the line in [from, to), without its newline, to `columns`, and answers its template's number.
   * NO_TEMPLATE: nothing was added; read it the long way.
   */
  read(bytes: Uint8Array, from: number, to: number, columns: LineColumns): number;
  /** Who wrote the lines of a template. */
  identityOf(template: number): Identity;
  /** Remembers how a line was read the long way. Answers the number of its template; NO_TEMPLATE: nothing was learned. */
  learn(bytes: Uint8Array, from: number, to: number, line: ParsedLine): number;
}

/** Lines that are each like no other. */
export function columnsOf(lines: Iterable<ParsedLine>): LineColumns {
  const columns = new LineColumns();
  for (const line of lines) columns.add(line);
  return columns;
}

function wider<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
