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
import { formOf } from '../domain/format-name.ts';
import type { ExpressLane, ExpressStream, LineColumns } from '../domain/line-columns.ts';
import { NO_TEMPLATE } from '../domain/line-columns.ts';
import type { Templates } from '../domain/templates.ts';
import { isPlain, type ReadAgain } from './express-form.ts';
import { Knowledge, type KnownLayout } from './express-knowledge.ts';
import {
  findObjectLayout,
  findTextLayout,
  isOfRequests,
  type Layout,
  STRETCHES_MAX,
  stretchesOf,
} from './express-layout.ts';
import { hasTexts } from './express-texts.ts';
import { Tuples } from './express-tuples.ts';
import { LINE_BYTES_MAX, type Met, Scanner } from './scanner.ts';

/** Past it, the next batch begins with none. */
const TEMPLATES_MAX = 131_072;
/** Past it no template is made, though a batch has not ended. */
const TEMPLATES_AT_ALL = 2 * TEMPLATES_MAX;
const LEARNED_BEFORE_JUDGED = 4_000;
/**
 * `readAgain` reads a line the long way without a trace in any stream.
 * Shape: `ownFormat` when the stream may be read in a format of the user's own, of which nothing is known beforehand;
 * `hashMask` has the bits of hashes that count.
 */
export function createExpressLane(
  readAgain: ReadAgain,
  { ownFormat, hashMask }: { readonly ownFormat: boolean; readonly hashMask?: number },
): ExpressLane {
  const lane = new Lane(readAgain, !ownFormat, new Scanner(hashMask));
  return { enter: () => new Stream(lane) };
}

class Stream implements ExpressStream {
  readonly #lane: Lane;
  /** By number of the writer: 1 for those whose lines the parser of this stream has read. */
  readonly #met: Met = { writers: new Uint8Array(1_024), version: 0 };
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

  #metWriters(): Met {
    if (this.#knowledge !== this.#lane.knowledge) {
      this.#knowledge = this.#lane.knowledge;
      this.#met.writers.fill(0);
      this.#met.version++;
    }
    return this.#met;
  }

  #meet(writer: number): void {
    const met = this.#metWriters();
    if (writer >= met.writers.length) {
      const wider = new Uint8Array(2 * writer);
      wider.set(met.writers);
      met.writers = wider;
    }
    if (met.writers[writer] === 1) return;
    met.writers[writer] = 1;
    met.version++;
  }
}

class Lane {
  knowledge: Knowledge;
  /** Number of who wrote the line learned last; NONE: nothing was learned of it. */
  writer: number = Tuples.NONE;
  readonly #readAgain: ReadAgain;
  readonly #generalizes: boolean;
  readonly #scanner: Scanner;
  readonly #combine = (): number => this.#combineLine();

  constructor(readAgain: ReadAgain, generalizes: boolean, scanner: Scanner) {
    this.#readAgain = readAgain;
    this.#generalizes = generalizes;
    this.#scanner = scanner;
    this.knowledge = new Knowledge(readAgain, generalizes, scanner);
  }

  /** The templates for a batch that begins now. */
  freshTemplates(): Templates {
    if (this.knowledge.templates.size >= TEMPLATES_MAX) this.knowledge.dropTemplates();
    return this.knowledge.templates;
  }

  read(bytes: Buffer, from: number, to: number, columns: LineColumns, met: Met): number {
    if (columns.templates !== this.knowledge.templates) return from;
    return this.#scanner.read(bytes, from, to, columns, met, this.#combine);
  }

  learn(bytes: Buffer, from: number, to: number, line: ParsedLine): number {
    this.writer = Tuples.NONE;
    if (!line.rebuildable || !isPlain(line.entry) || to - from > LINE_BYTES_MAX) return NO_TEMPLATE;
    const text = bytes.toString('latin1', from, to);
    if (!/^[\x20-\x7e]*$/.test(text)) return NO_TEMPLATE;
    const words = this.#scanner.load(bytes, from, to);
    if (words === 0) return NO_TEMPLATE;
    if (this.knowledge.isFull) {
      this.knowledge = new Knowledge(this.#readAgain, this.#generalizes, this.#scanner);
    }
    const layout = this.#layoutOf(text, line, words);
    if (layout === null) return NO_TEMPLATE;
    // A wrapper with a time of its own, say: no line of it is like another.
    if (layout.learned >= LEARNED_BEFORE_JUDGED && this.#scanner.met(layout.number) < layout.learned)
      return NO_TEMPLATE;
    layout.learned++;
    const texts = this.#takeStretches(layout, text);
    if (texts === null || (this.#generalizes && !isWhole(text, texts, layout, line.raw))) return NO_TEMPLATE;
    const { knowledge } = this;
    this.writer = knowledge.noteWriter(texts, layout, line);
    if (this.writer === Tuples.NONE) return NO_TEMPLATE;
    const known = this.#scanner.findLine();
    if (known !== Tuples.NONE) return known;
    return this.#mayMakeTemplate() ? knowledge.teach(texts, layout, line) : NO_TEMPLATE;
  }

  /** Template of the line that the scanner has in hand. */
  #combineLine(): number {
    const { knowledge } = this;
    const layout = knowledge.layoutOf(this.#scanner.line[STRETCHES_MAX] as number);
    return layout === undefined || !this.#mayMakeTemplate() ? NO_TEMPLATE : knowledge.combine(layout);
  }

  #mayMakeTemplate(): boolean {
    return this.knowledge.templates.size < TEMPLATES_AT_ALL;
  }

  /** Learns the stretches of the line and answers their texts; null: one finds no place. Leaves the line in hand. */
  #takeStretches(layout: KnownLayout, text: string): string[] | null {
    const { line } = this.#scanner;
    const texts: string[] = [];
    line.fill(Tuples.NONE);
    for (let i = 0; i < layout.stretches; i++) {
      const [from, to] = [this.#scanner.cutAt(2 * i), this.#scanner.cutAt(2 * i + 1)];
      const stretch = text.slice(from, to);
      const number = this.knowledge.stretchOf(from, to, stretch, layout.slots !== null);
      if (number === Tuples.NONE) return null;
      line[i] = number;
      texts.push(stretch);
    }
    line[STRETCHES_MAX] = layout.number;
    return texts;
  }

  /** The layout of a line read the long way, made when it is new; null: it has none. Leaves the line cut by it. */
  #layoutOf(text: string, line: ParsedLine, textWords: number): KnownLayout | null {
    const isObject = formOf(line.format) !== null;
    const words = isObject ? this.#scanner.loadMembers() : textWords;
    if (words === 0) return null;
    const { layouts, objectLayouts } = this.knowledge;
    for (const layout of (isObject ? objectLayouts : layouts)[words] ?? []) {
      if (this.#scanner.cut(layout.number) && this.#hasNumbers(layout, layout.number, text, line))
        return layout;
    }
    const found = isObject ? findObjectLayout(text, line) : findTextLayout(text, line);
    // A format of the user's own may bound its values by what they are, and look like a wrapper.
    const isSimple = found !== null && found.slots === null && found.request === null && !found.isWrapped;
    if (found === null || !(isSimple || this.#generalizes)) return null;
    const stretches = stretchesOf(found);
    const number = this.#scanner.addLayout(words, found, stretches);
    // There are too many: the lines are not of this kind.
    if (number === Tuples.NONE) return null;
    if (!this.#scanner.cut(number) || !this.#hasNumbers(found, number, text, line)) {
      this.#scanner.dropLayout(words);
      return null;
    }
    const layout = { ...found, number, learned: 0, stretches };
    this.knowledge.addLayout(words, layout);
    return layout;
  }

  /** True when the numbers of a line that was read the long way stand where the layout has them. */
  #hasNumbers(layout: Layout, number: number, text: string, line: ParsedLine): boolean {
    if (isHttp(line.entry) !== isOfRequests(layout)) return false;
    const numbers = this.#scanner.numbers(number);
    if (numbers === null || !areOf(numbers, line)) return false;
    return hasTexts(layout, text, this.#scanner, line.entry);
  }
}

/** True when the numbers are those of a line that was read the long way. */
function areOf(read: Float64Array, { numbers, entry }: ParsedLine): boolean {
  return (
    read[0] === numbers.start_time &&
    read[1] === numbers.bytes_received &&
    read[2] === numbers.bytes_sent &&
    read[3] === numbers.duration &&
    read[4] === numbers.upstream_local_port &&
    read[5] === numbers.downstream_remote_port &&
    read[6] === (entry.upstream_service_time ?? -1)
  );
}

/** True when the line is its envelope, which is all that stands round the message, and the message. */
function isWhole(text: string, texts: readonly string[], { isWrapped, slots }: Layout, raw: string): boolean {
  if (slots !== null) return text === `${texts[0]}${raw.slice(1)}`;
  if (!raw.startsWith('[')) return false;
  if (!isWrapped) return text === texts[0] + raw;
  return text === texts[0] + JSON.stringify(raw).slice(1, -1) + texts.at(-1);
}
