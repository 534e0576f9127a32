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
import { isHttp, type ParsedLine } from '../domain/entry.ts';
import type { ExpressLane, ExpressStream, LineColumns } from '../domain/line-columns.ts';
import { NO_TEMPLATE } from '../domain/line-columns.ts';
import type { Templates } from '../domain/templates.ts';
import { cutLine } from './express-cuts.ts';
import { isPlain, type ReadAgain } from './express-form.ts';
import { Knowledge, type KnownLayout } from './express-knowledge.ts';
import { findLayout, type Layout, STRETCHES_MAX, stretchesOf } from './express-layout.ts';
import { LineNumbers } from './express-line-numbers.ts';
import { Words } from './express-split.ts';
import { Stretches } from './express-stretches.ts';
import { hasTexts, takeTexts } from './express-texts.ts';
import { Tuples } from './express-tuples.ts';

const CARRIAGE_RETURN = 0x0d;
/** Past it, the next batch begins with none. */
const TEMPLATES_MAX = 131_072;
/** Past it no template is made, though a batch has not ended. */
const TEMPLATES_AT_ALL = 2 * TEMPLATES_MAX;
const LEARNED_BEFORE_JUDGED = 4_000;
/** Past it no new layout is tried: the lines are not of this kind. */
const LAYOUTS_MAX = 1_000;
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
  readonly #words = new Words();
  /** Where each stretch of the line begins and ends. */
  readonly #cuts = new Int32Array(2 * STRETCHES_MAX);
  readonly #numbers = new LineNumbers();
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
    const numbers = this.#numbers.values;
    let at = from;
    while (at < to && columns.length < columns.capacity) {
      const count = this.#words.split(bytes, this.#view, at, to);
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
      at = this.#words.lineEnd;
      if (at < to && bytes[at] === CARRIAGE_RETURN) at++;
      if (at < to) at++;
    }
    return at;
  }

  learn(bytes: Buffer, from: number, to: number, line: ParsedLine): number {
    this.writer = Tuples.NONE;
    if (!line.rebuildable || !isPlain(line.entry)) return NO_TEMPLATE;
    this.#lookAt(bytes);
    const count = this.#words.split(bytes, this.#view, from, to);
    if (count === 0 || this.#words.lineEnd !== to) return NO_TEMPLATE;
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
      if (
        layout.request !== null &&
        !takeTexts(layout.request, layout.isWrapped, bytes, this.#words.begins, columns)
      )
        continue;
      layout.met++;
      return template;
    }
    return NO_TEMPLATE;
  }

  #cut(layout: Layout, bytes: Buffer): boolean {
    return cutLine(layout, bytes, this.#words, this.#cuts);
  }

  #readNumbers(layout: Layout, bytes: Buffer): boolean {
    return this.#numbers.read(layout, bytes, this.#view, this.#words.begins, this.#cuts);
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
  #hasNumbers(layout: Layout, bytes: Buffer, line: ParsedLine): boolean {
    const { request, isWrapped } = layout;
    if (isHttp(line.entry) !== (request !== null) || !this.#readNumbers(layout, bytes)) return false;
    const hasAll = request === null || hasTexts(request, isWrapped, bytes, this.#words.begins, line.entry);
    return hasAll && this.#numbers.areOf(line);
  }
}

/** True when the line is its envelope, which is all that stands round the message, and the message. */
function isWhole(text: string, texts: readonly string[], { isWrapped }: Layout, raw: string): boolean {
  if (!raw.startsWith('[')) return false;
  if (!isWrapped) return text === texts[0] + raw;
  return text === texts[0] + JSON.stringify(raw).slice(1, -1) + texts.at(-1);
}
