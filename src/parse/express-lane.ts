/**
 * Reads lines that are like lines read before, straight from their bytes.
 *
 * Most lines of a proxy differ from an earlier one in a few numbers only: the start time, the bytes, the duration and
 * two ports. In which words of a format those stand is learned from a line read the long way. What lies between them are
 * stretches of bytes that come again and again, in new combinations: a pod's prefix, a cluster with its host, an address.
 * How lines are read that are made of such stretches is proved by reading one once more, with other numbers and other
 * words of the same kinds in their places. From then on a line whose stretches are all known is read without the long
 * way, whatever their combination. Everything else goes the long way.
 */
import { type AccessLogEntry, isHttp, type ParsedLine } from '../domain/entry.ts';
import type { ExpressLane, ExpressStream, LineColumns } from '../domain/line-columns.ts';
import { NO_TEMPLATE } from '../domain/line-columns.ts';
import type { Templates } from '../domain/templates.ts';
import { isPlain, type ReadAgain } from './express-form.ts';
import { Knowledge, type KnownLayout } from './express-knowledge.ts';
import { findLayout, type Layout, type RequestLayout, STRETCHES_MAX, stretchesOf } from './express-layout.ts';
import { ABSENT, createClock, NOT_READ, readCount, readPort } from './express-numbers.ts';
import { Stretches } from './express-stretches.ts';
import { Tuples } from './express-tuples.ts';

/** Taken once: tests make all hashes the same by putting another function in its place. */
const multiply = Math.imul;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const DASH = 0x2d;
/** Lines with more words or bytes go the long way. */
const WORDS_MAX = 48;
const LINE_BYTES_MAX = 2_048;
/** Past it, the next batch begins with none. */
const TEMPLATES_MAX = 131_072;
/** Past it no template is made, though a batch has not ended. */
const TEMPLATES_AT_ALL = 2 * TEMPLATES_MAX;
const LEARNED_BEFORE_JUDGED = 4_000;
/** Past it no new layout is tried: the lines are not of this kind. */
const LAYOUTS_MAX = 1_000;
/** In `[2020-07-23T14:26:27.081Z]`, and the space behind it. */
const CLOCK_BYTES = 27;
/** Fits its column. */
const SERVICE_TIME_MAX = 2 ** 31 - 1;

/**
 * `readAgain` reads a line the long way without a trace in any stream.
 * Shape: `ownFormat` when the stream may be read in a format of the user's own, of which nothing is known beforehand.
 */
export function createExpressLane(
  readAgain: ReadAgain,
  { ownFormat }: { readonly ownFormat: boolean },
): ExpressLane {
  const lane = new Lane(readAgain, !ownFormat);
  return { enter: () => new Stream(lane) };
}

class Stream implements ExpressStream {
  readonly #lane: Lane;
  /** By number of the writer: 1 for those whose lines the parser of this stream has read. */
  #met: Uint8Array = new Uint8Array(1_024);
  /** What the numbers in `met` belong to. */
  #knowledge: Knowledge;

  constructor(lane: Lane) {
    this.#lane = lane;
    this.#knowledge = lane.knowledge;
  }

  get templates(): Templates {
    return this.#lane.freshTemplates();
  }

  read(bytes: Buffer, from: number, to: number, columns: LineColumns): number {
    return this.#lane.read(bytes, from, to, columns, this.#metWriters());
  }

  learn(bytes: Buffer, from: number, to: number, line: ParsedLine): number {
    const template = this.#lane.learn(bytes, from, to, line);
    const { writer } = this.#lane;
    if (writer !== Tuples.NONE) this.#meet(writer);
    return template;
  }

  #metWriters(): Uint8Array {
    if (this.#knowledge !== this.#lane.knowledge) {
      this.#knowledge = this.#lane.knowledge;
      this.#met.fill(0);
    }
    return this.#met;
  }

  #meet(writer: number): void {
    let met = this.#metWriters();
    if (writer >= met.length) {
      met = new Uint8Array(2 * writer);
      met.set(this.#met);
      this.#met = met;
    }
    met[writer] = 1;
  }
}

class Lane {
  knowledge: Knowledge;
  /** Number of who wrote the line learned last; NONE: nothing was learned of it. */
  writer: number = Tuples.NONE;
  readonly #readAgain: ReadAgain;
  readonly #generalizes: boolean;
  readonly #words = new Int32Array(WORDS_MAX + 1);
  /** Where each stretch of the line begins and ends. */
  readonly #cuts = new Int32Array(2 * STRETCHES_MAX);
  /** Start, received, sent, duration, the two ports, and of a request the service time. */
  readonly #numbers = new Float64Array(7);
  readonly #clock = createClock();
  #lineEnd = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(readAgain: ReadAgain, generalizes: boolean) {
    this.#readAgain = readAgain;
    this.#generalizes = generalizes;
    this.knowledge = new Knowledge(readAgain, generalizes);
  }

  /** The templates for a batch that begins now. */
  freshTemplates(): Templates {
    if (this.knowledge.templates.size >= TEMPLATES_MAX) this.knowledge.dropTemplates();
    return this.knowledge.templates;
  }

  read(bytes: Buffer, from: number, to: number, columns: LineColumns, met: Uint8Array): number {
    const { templates } = this.knowledge;
    if (columns.templates !== templates) return from;
    this.#lookAt(bytes);
    const { template, start, duration, received, sent, upstreamLocalPort, downstreamRemotePort } = columns;
    const { serviceTime, textEnd } = columns;
    const numbers = this.#numbers;
    let at = from;
    while (at < to && columns.length < columns.capacity) {
      const count = this.#split(bytes, at, to);
      const layouts = this.knowledge.layouts[count];
      if (layouts === undefined) return at;
      const found = this.#find(layouts, bytes, met, columns);
      if (found === NO_TEMPLATE) return at;
      const index = columns.length++;
      template[index] = found;
      start[index] = numbers[0] as number;
      received[index] = numbers[1] as number;
      sent[index] = numbers[2] as number;
      duration[index] = numbers[3] as number;
      upstreamLocalPort[index] = numbers[4] as number;
      downstreamRemotePort[index] = numbers[5] as number;
      serviceTime[index] = numbers[6] as number;
      textEnd[index] = columns.textLength;
      at = this.#lineEnd;
      if (at < to && bytes[at] === CARRIAGE_RETURN) at++;
      if (at < to) at++;
    }
    return at;
  }

  learn(bytes: Buffer, from: number, to: number, line: ParsedLine): number {
    this.writer = Tuples.NONE;
    if (!line.rebuildable || !isPlain(line.entry)) return NO_TEMPLATE;
    this.#lookAt(bytes);
    const count = this.#split(bytes, from, to);
    if (count === 0 || this.#lineEnd !== to) return NO_TEMPLATE;
    const text = bytes.toString('latin1', from, to);
    if (!/^[\x20-\x7e]*$/.test(text)) return NO_TEMPLATE;
    if (this.knowledge.isFull) this.knowledge = new Knowledge(this.#readAgain, this.#generalizes);
    const layout = this.#layoutOf(bytes, text, line, count);
    if (layout === null) return NO_TEMPLATE;
    // A wrapper with a time of its own, say: no line of it is like another.
    if (layout.learned >= LEARNED_BEFORE_JUDGED && layout.met < layout.learned) return NO_TEMPLATE;
    layout.learned++;
    const texts = this.#takeStretches(layout, bytes);
    if (texts === null || (this.#generalizes && !isWhole(text, texts, layout, line.raw))) return NO_TEMPLATE;
    const { knowledge } = this;
    knowledge.line[layout.stretches] = layout.number;
    this.writer = knowledge.noteWriter(texts, layout, line);
    if (this.writer === Tuples.NONE) return NO_TEMPLATE;
    const known = this.#combinations(layout).find(knowledge.line);
    if (known !== Tuples.NONE) return known;
    return this.#mayMakeTemplate() ? knowledge.teach(texts, layout, line) : NO_TEMPLATE;
  }

  #combinations({ stretches }: KnownLayout): Tuples {
    return this.knowledge.combinations[stretches] as Tuples;
  }

  #mayMakeTemplate(): boolean {
    return this.knowledge.templates.size < TEMPLATES_AT_ALL;
  }

  #lookAt(bytes: Buffer): void {
    const view = this.#view;
    if (
      view.buffer === bytes.buffer &&
      view.byteOffset === bytes.byteOffset &&
      view.byteLength === bytes.length
    )
      return;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Notes where the words of the line at `from` begin, and where it ends. Answers their number; 0: not for this lane.
   */
  #split(bytes: Buffer, from: number, to: number): number {
    const view = this.#view;
    const words = this.#words;
    const limit = Math.min(to, from + LINE_BYTES_MAX);
    let count = 1;
    words[0] = from;
    let at = from;
    // Marks for many bytes at once, because each turn of a loop that ends by chance costs more than they do.
    for (; at + 32 <= limit; at += 32) {
      let marks = lowBytes(view, at) | (lowBytes(view, at + 16) << 16);
      while (marks !== 0) {
        const place = at + 31 - Math.clz32(marks & -marks);
        if (bytes[place] !== SPACE) return this.#endLine(bytes, place, to, count);
        if (count === WORDS_MAX) return 0;
        words[count++] = place + 1;
        marks &= marks - 1;
      }
    }
    for (; at < limit; at++) {
      const byte = bytes[at] as number;
      if (byte > SPACE) continue;
      if (byte !== SPACE) return this.#endLine(bytes, at, to, count);
      if (count === WORDS_MAX) return 0;
      words[count++] = at + 1;
    }
    return limit === to ? this.#endLine(bytes, to, to, count) : 0;
  }

  /** The line ends at this place, if that is the end or a newline. */
  #endLine(bytes: Buffer, place: number, to: number, count: number): number {
    if (place < to && bytes[place] !== NEWLINE) {
      const isEnding = bytes[place] === CARRIAGE_RETURN && (place + 1 === to || bytes[place + 1] === NEWLINE);
      if (!isEnding) return 0;
    }
    this.#lineEnd = place;
    this.#words[count] = place + 1;
    return count;
  }

  #find(layouts: readonly KnownLayout[], bytes: Buffer, met: Uint8Array, columns: LineColumns): number {
    const { knowledge } = this;
    for (let i = 0; i < layouts.length; i++) {
      const layout = layouts[i] as KnownLayout;
      if (!this.#cut(layout, bytes) || !this.#findStretches(layout.stretches)) continue;
      if (met[knowledge.writerOf(layout)] !== 1) return NO_TEMPLATE;
      knowledge.line[layout.stretches] = layout.number;
      let template = this.#combinations(layout).find(knowledge.line);
      if (template === Tuples.NONE) {
        if (!this.#mayMakeTemplate()) return NO_TEMPLATE;
        template = knowledge.combine(layout);
        if (template === Tuples.NONE) continue;
      }
      if (!this.#readNumbers(layout, bytes)) continue;
      if (layout.request !== null && !this.#takeTexts(layout.request, layout.isWrapped, bytes, columns))
        continue;
      layout.met++;
      return template;
    }
    return NO_TEMPLATE;
  }

  /** Notes the stretches of bytes between the numbers; false: the line is not of this layout. */
  #cut(layout: Layout, bytes: Buffer): boolean {
    const words = this.#words;
    const cuts = this.#cuts;
    const { request } = layout;
    const clock = (words[layout.clock + 1] as number) - CLOCK_BYTES;
    if (clock < (words[layout.clock] as number)) return false;
    cuts[0] = words[0] as number;
    cuts[1] = clock;
    cuts[2] = clock + CLOCK_BYTES - 1;
    let at = 3;
    if (request !== null) {
      cuts[at++] = words[request.path] as number;
      cuts[at++] = (words[request.path + 1] as number) - 1;
    }
    cuts[at++] = words[layout.counts] as number;
    if (request === null) cuts[at++] = (words[layout.counts + 3] as number) - 1;
    else {
      const id = words[request.id] as number;
      const idEnd = (words[request.id + 1] as number) - 1;
      const quote = layout.isWrapped ? 2 : 1;
      if (idEnd - id <= 2 * quote || bytes[id + quote - 1] !== QUOTE || bytes[idEnd - 1] !== QUOTE)
        return false;
      if (layout.isWrapped && (bytes[id] !== BACKSLASH || bytes[idEnd - 2] !== BACKSLASH)) return false;
      cuts[at++] = (words[layout.counts + 4] as number) - 1;
      cuts[at++] = id + quote;
      cuts[at++] = idEnd - quote;
    }
    const upstream = words[layout.upstreamLocal] as number;
    const upstreamEnd = (words[layout.upstreamLocal + 1] as number) - 1;
    const downstream = words[layout.downstreamRemote] as number;
    const downstreamEnd = (words[layout.downstreamRemote + 1] as number) - 1;
    cuts[at] = upstream;
    cuts[at + 1] = upstream;
    cuts[at + 2] = portBegin(bytes, upstream, upstreamEnd);
    cuts[at + 3] = upstreamEnd;
    cuts[at + 4] = downstream;
    cuts[at + 5] = downstream;
    cuts[at + 6] = portBegin(bytes, downstream, downstreamEnd);
    cuts[at + 7] = downstreamEnd;
    if (!layout.isWrapped) {
      cuts[at + 8] = this.#lineEnd;
      return true;
    }
    const end = messageEnd(bytes, downstreamEnd, this.#lineEnd);
    cuts[at + 8] = end;
    cuts[at + 9] = end;
    cuts[at + 10] = this.#lineEnd;
    return end >= 0;
  }

  #findStretches(count: number): boolean {
    const { stretches, line } = this.knowledge;
    const cuts = this.#cuts;
    const view = this.#view;
    for (let i = 0; i < count; i++) {
      const number = stretches.find(view, cuts[2 * i] as number, cuts[2 * i + 1] as number);
      if (number === Stretches.NONE) return false;
      line[i] = number;
    }
    return true;
  }

  /** Takes the path and the id of a request; false where one has a byte that could mean something. */
  #takeTexts({ path, id }: RequestLayout, isWrapped: boolean, bytes: Buffer, columns: LineColumns): boolean {
    const words = this.#words;
    const quote = isWrapped ? 2 : 1;
    columns.widenTexts(columns.textLength + LINE_BYTES_MAX);
    const { texts, textLength } = columns;
    const pathEnd = (words[path + 1] as number) - 1;
    const idEnd = (words[id + 1] as number) - 1 - quote;
    const middle = takeText(bytes, words[path] as number, pathEnd, texts, textLength);
    if (middle < 0) return false;
    texts[middle] = NEWLINE;
    const end = takeText(bytes, (words[id] as number) + quote, idEnd, texts, middle + 1);
    if (end < 0) return false;
    columns.textLength = end;
    return true;
  }

  /** Learns the stretches of a line and answers their texts; null: one finds no place. */
  #takeStretches(layout: KnownLayout, bytes: Buffer): string[] | null {
    const { knowledge } = this;
    const texts: string[] = [];
    for (let i = 0; i < layout.stretches; i++) {
      const from = this.#cuts[2 * i] as number;
      const to = this.#cuts[2 * i + 1] as number;
      let number = knowledge.stretches.find(this.#view, from, to);
      if (number === Stretches.NONE) {
        if (!knowledge.addStretch(bytes, this.#view, from, to)) return null;
        number = knowledge.stretches.size - 1;
      }
      knowledge.line[i] = number;
      texts.push(bytes.toString('latin1', from, to));
    }
    return texts;
  }

  /** Reads the numbers from the words of the layout; false where one is written in no plain way. */
  #readNumbers(layout: Layout, bytes: Buffer): boolean {
    const view = this.#view;
    const words = this.#words;
    const cuts = this.#cuts;
    const n = this.#numbers;
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
    const service = layout.request === null ? ABSENT : this.#readServiceTime(layout, bytes);
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

  #readServiceTime(layout: Layout, bytes: Buffer): number {
    const from = this.#words[layout.counts + 3] as number;
    const to = (this.#words[layout.counts + 4] as number) - 1;
    if (to - from === 1 && bytes[from] === DASH) return ABSENT;
    const time = readCount(this.#view, from, to);
    return time <= SERVICE_TIME_MAX ? time : NOT_READ;
  }

  /** The layout of a line read the long way, made when it is new; null: it has none. Leaves the line cut by it. */
  #layoutOf(bytes: Buffer, text: string, line: ParsedLine, count: number): KnownLayout | null {
    const { layouts } = this.knowledge;
    for (const layout of layouts[count] ?? []) {
      if (this.#cut(layout, bytes) && this.#hasNumbers(layout, bytes, line)) return layout;
    }
    const found = this.knowledge.layoutCount >= LAYOUTS_MAX ? null : findLayout(text, line);
    // A format of the user's own may bound its values by what they are, and look like a wrapper.
    const isSimple = found !== null && found.request === null && !found.isWrapped;
    if (found === null || !(isSimple || this.#generalizes)) return null;
    if (!this.#cut(found, bytes) || !this.#hasNumbers(found, bytes, line)) return null;
    const number = this.knowledge.layoutCount++;
    const layout = {
      ...{ ...found, number, learned: 0, met: 0 },
      stretches: stretchesOf(found),
    };
    layouts[count] = [...(layouts[count] ?? []), layout];
    return layout;
  }

  /** True when the numbers of a line that was read the long way stand where the layout has them. */
  #hasNumbers(layout: Layout, bytes: Buffer, { numbers, entry }: ParsedLine): boolean {
    if (isHttp(entry) !== (layout.request !== null) || !this.#readNumbers(layout, bytes)) return false;
    if (layout.request !== null && !this.#hasTexts(layout.request, layout.isWrapped ? 2 : 1, bytes, entry))
      return false;
    const n = this.#numbers;
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

  #hasTexts({ path, id }: RequestLayout, quote: number, bytes: Buffer, entry: AccessLogEntry): boolean {
    const text = (from: number, to: number): string => bytes.toString('latin1', from, to);
    const words = this.#words;
    const pathText = text(words[path] as number, (words[path + 1] as number) - 1);
    const idText = text((words[id] as number) + quote, (words[id + 1] as number) - 1 - quote);
    return pathText === (entry.path ?? '-') && idText === (entry.request_id ?? '-');
  }
}

/** True when the line is its envelope, which is all that stands round the message, and the message. */
function isWhole(text: string, texts: readonly string[], { isWrapped }: Layout, raw: string): boolean {
  if (!raw.startsWith('[')) return false;
  if (!isWrapped) return text === texts[0] + raw;
  return text === texts[0] + JSON.stringify(raw).slice(1, -1) + texts.at(-1);
}

/**
 * Where the string of a message ends: at the first quote without a backslash, or at the newline before it. -1: a backslash
 * stands before anything else.
 */
function messageEnd(bytes: Buffer, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    if (bytes[i] === QUOTE) return i;
    if (bytes[i] !== BACKSLASH) continue;
    if (bytes[i + 1] === LETTER_N && bytes[i + 2] === QUOTE) return i;
    if (bytes[++i] !== QUOTE) return -1;
  }
  return -1;
}

/**
 * Copies a text between two words to `at`, and answers where it ends there; nothing for `-`, which stands for none.
 * Negative: it is empty, or has a byte that could mean something to a format.
 */
function takeText(bytes: Buffer, from: number, to: number, into: Uint8Array, at: number): number {
  if (to <= from) return -1;
  if (to - from === 1 && bytes[from] === DASH) return at;
  let end = at;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if (byte === QUOTE || byte === BACKSLASH || byte > 0x7e) return -1;
    into[end++] = byte;
  }
  return end;
}

/** A bit for each of the sixteen bytes at a place that is a space or below it; the lowest bit is that of the first. */
function lowBytes(view: DataView, at: number): number {
  return (
    lowBytesOf(view.getInt32(at, true)) |
    (lowBytesOf(view.getInt32(at + 4, true)) << 4) |
    (lowBytesOf(view.getInt32(at + 8, true)) << 8) |
    (lowBytesOf(view.getInt32(at + 12, true)) << 12)
  );
}

function lowBytesOf(four: number): number {
  // The high bit of each byte up to the space; then those four bits side by side.
  const marks = ~(((four & 0x7f7f7f7f) + 0x5f5f5f5f) | four) & 0x80808080;
  return multiply(marks, 0x204081) >>> 28;
}

/** Where the digits of a port begin in the word [start, end); its end when it has none (`-`). */
function portBegin(bytes: Buffer, start: number, end: number): number {
  if (end - start === 1 && bytes[start] === DASH) return end;
  let at = end - 1;
  while (at > start && bytes[at] !== COLON) at--;
  return bytes[at] === COLON ? at + 1 : end;
}
