/** Lines on their way to the store, as columns: where many are alike there is no object a line. */
import { isHttp, type ParsedLine } from './entry.ts';
import { BATCH_LINES_MAX } from './limits.ts';
import type { Templates } from './templates.ts';

/** In `template`: the line is like no other, and stands in `alone`. */
export const NO_TEMPLATE = -1;
const FIRST_TEXTS = 65_536;

/** The arrays of columns, each with room for all lines. */
export interface ColumnArrays {
  /** Number of the line's template, or NO_TEMPLATE. */
  readonly template: Int32Array<ArrayBuffer>;
  /** As in `LineNumbers`; so are the following. */
  readonly start: Float64Array<ArrayBuffer>;
  readonly duration: Float64Array<ArrayBuffer>;
  readonly received: Float64Array<ArrayBuffer>;
  readonly sent: Float64Array<ArrayBuffer>;
  readonly upstreamLocalPort: Int32Array<ArrayBuffer>;
  readonly downstreamRemotePort: Int32Array<ArrayBuffer>;
  /** Of a request with a template: `upstream_service_time`, -1 when it has none. */
  readonly serviceTime: Int32Array<ArrayBuffer>;
  /** Where the texts of the line end in `texts`; they begin where those of the line before end. */
  readonly textEnd: Int32Array<ArrayBuffer>;
  /**
   * Of each request with a template: its path, a newline, and its request id, in ASCII; empty when it has none. All other
   * lines have nothing here. As long as was needed.
   */
  readonly texts: Uint8Array<ArrayBuffer>;
}

function newArrays(capacity: number): ColumnArrays {
  return {
    template: new Int32Array(capacity),
    start: new Float64Array(capacity),
    duration: new Float64Array(capacity),
    received: new Float64Array(capacity),
    sent: new Float64Array(capacity),
    upstreamLocalPort: new Int32Array(capacity),
    downstreamRemotePort: new Int32Array(capacity),
    serviceTime: new Int32Array(capacity),
    textEnd: new Int32Array(capacity),
    texts: new Uint8Array(0),
  };
}

export class LineColumns implements ColumnArrays {
  /** What the numbers in `template` mean. Null: no line has a template. */
  readonly templates: Templates | null;
  length = 0;
  template: Int32Array<ArrayBuffer>;
  start: Float64Array<ArrayBuffer>;
  duration: Float64Array<ArrayBuffer>;
  received: Float64Array<ArrayBuffer>;
  sent: Float64Array<ArrayBuffer>;
  upstreamLocalPort: Int32Array<ArrayBuffer>;
  downstreamRemotePort: Int32Array<ArrayBuffer>;
  serviceTime: Int32Array<ArrayBuffer>;
  textEnd: Int32Array<ArrayBuffer>;
  texts: Uint8Array<ArrayBuffer>;
  /** Bytes of `texts` that are taken. */
  textLength = 0;
  /** The bytes of `texts`. */
  #textBytes: Buffer = Buffer.alloc(0);
  /** By index: the lines without a template. */
  readonly alone = new Map<number, ParsedLine>();

  constructor(templates: Templates | null = null, capacity = BATCH_LINES_MAX) {
    this.templates = templates;
    const arrays = newArrays(capacity);
    this.template = arrays.template;
    this.start = arrays.start;
    this.duration = arrays.duration;
    this.received = arrays.received;
    this.sent = arrays.sent;
    this.upstreamLocalPort = arrays.upstreamLocalPort;
    this.downstreamRemotePort = arrays.downstreamRemotePort;
    this.serviceTime = arrays.serviceTime;
    this.textEnd = arrays.textEnd;
    this.texts = arrays.texts;
  }

  /** Lines that find room. */
  get capacity(): number {
    return this.template.length;
  }

  /** Takes arrays over, such as those that another thread has done with. */
  adopt(arrays: ColumnArrays): void {
    this.template = arrays.template;
    this.start = arrays.start;
    this.duration = arrays.duration;
    this.received = arrays.received;
    this.sent = arrays.sent;
    this.upstreamLocalPort = arrays.upstreamLocalPort;
    this.downstreamRemotePort = arrays.downstreamRemotePort;
    this.serviceTime = arrays.serviceTime;
    this.textEnd = arrays.textEnd;
    this.texts = arrays.texts;
  }

  get arrays(): ColumnArrays {
    const { template, start, duration, received, sent, upstreamLocalPort, downstreamRemotePort } = this;
    const { serviceTime, textEnd, texts } = this;
    return {
      ...{ template, start, duration, received, sent, upstreamLocalPort, downstreamRemotePort },
      ...{ serviceTime, textEnd, texts },
    };
  }

  /** Makes room for so many bytes of texts in all. */
  widenTexts(bytes: number): void {
    if (bytes <= this.texts.length) return;
    const wider = new Uint8Array(Math.max(bytes, 2 * this.texts.length, FIRST_TEXTS));
    wider.set(this.texts);
    this.texts = wider;
  }

  /** Whether a line is a request with a template: see `textOf`. */
  hasText(index: number): boolean {
    const from = index === 0 ? 0 : (this.textEnd[index - 1] as number);
    return this.textEnd[index] !== from;
  }

  /** The path, a newline and the request id of a request with a template; empty for a line that is no request. */
  textOf(index: number): string {
    if (!this.hasText(index)) return '';
    const from = index === 0 ? 0 : (this.textEnd[index - 1] as number);
    const to = this.textEnd[index] as number;
    if (this.#textBytes.buffer !== this.texts.buffer) this.#textBytes = Buffer.from(this.texts.buffer);
    return this.#textBytes.toString('latin1', from, to);
  }

  get isFull(): boolean {
    return this.length === this.capacity;
  }

  /** Takes a line in; there must be room. `template` says that it has one. */
  add(line: ParsedLine, template: number = NO_TEMPLATE): void {
    if (this.isFull) throw new Error(`BUG: no room for more than ${this.capacity} lines`);
    const index = this.length++;
    const { numbers, entry } = line;
    if (template !== NO_TEMPLATE && isHttp(entry)) {
      const text = `${entry.path ?? ''}\n${entry.request_id ?? ''}`;
      this.widenTexts(this.textLength + text.length);
      for (let i = 0; i < text.length; i++) this.texts[this.textLength++] = text.charCodeAt(i);
    }
    this.textEnd[index] = this.textLength;
    this.serviceTime[index] = entry.upstream_service_time ?? -1;
    if (template === NO_TEMPLATE) this.alone.set(index, line);
    this.template[index] = template;
    this.start[index] = numbers.start_time;
    this.duration[index] = numbers.duration;
    this.received[index] = numbers.bytes_received;
    this.sent[index] = numbers.bytes_sent;
    this.upstreamLocalPort[index] = numbers.upstream_local_port;
    this.downstreamRemotePort[index] = numbers.downstream_remote_port;
  }

  /** Makes room for other lines of the same templates. */
  clear(): void {
    this.length = 0;
    this.textLength = 0;
    this.alone.clear();
  }
}

/** Reads lines that are like lines read before, without making strings of them. Streams share what it learned. */
export interface ExpressLane {
  /** For one stream of lines. */
  enter(): ExpressStream;
}

export interface ExpressStream {
  /** What the numbers of templates mean from now on; another object after this one forgot what it knew. */
  readonly templates: Templates;
  /**
   * Adds lines in [from, to) to `columns`, each with its newline behind it or `to`, while they are like lines read before
   * and find room. Answers where the first one begins that it did not take; `to` when it took all.
   */
  read(bytes: Buffer, from: number, to: number, columns: LineColumns): number;
  /**
   * Remembers how the line in [from, to) was read the long way; nothing but these bytes may have made it what it is.
   * Answers the number of its template; NO_TEMPLATE: it has none.
   */
  learn(bytes: Buffer, from: number, to: number, line: ParsedLine): number;
}

/** Lines that are each like no other. */
export function columnsOf(lines: Iterable<ParsedLine>): LineColumns {
  const list = [...lines];
  const columns = new LineColumns(null, list.length);
  for (const line of list) columns.add(line);
  return columns;
}
