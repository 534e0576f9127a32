/** What an express lane knows: stretches of lines, how lines made of them are read, and the templates of such lines. */
import type { ParsedLine } from '../domain/entry.ts';
import { TEMPLATE_WIDTH, Templates } from '../domain/templates.ts';
import { type Form, IDENTITY_FIELDS, proveForm, type ReadAgain, textsOf } from './express-form.ts';
import { type Layout, STRETCHES_MAX as LINE_STRETCHES_MAX, lastVerbatim } from './express-layout.ts';
import { Tuples } from './express-tuples.ts';
import { objectPatternOf, type Pattern, patternOf } from './express-words.ts';
import type { Scanner } from './scanner.ts';

/** Past any of these, all is forgotten. */
const STRETCHES_MAX = 65_536;
const STRETCH_BYTES_MAX = 8 * 1024 * 1024;
const FORMS_MAX = 4_096;
const TEXTS_MAX = 262_144;

export type KnownLayout = Layout & {
  readonly number: number;
  /** How many stretches its lines have. */
  readonly stretches: number;
  /** Lines that taught something. */
  learned: number;
};

export class Knowledge {
  /** By number of words. */
  readonly layouts: KnownLayout[][] = [];
  /** The same of objects, by number of members. */
  readonly objectLayouts: KnownLayout[][] = [];
  /** Has the stretches, and templates by their combinations. */
  readonly scanner: Scanner;
  /** The stretches of the line in hand, and at the end its layout. */
  readonly line: Int32Array;
  templates = new Templates();
  readonly #layoutsByNumber: KnownLayout[] = [];
  readonly #readAgain: ReadAgain;
  readonly #generalizes: boolean;
  /** By the patterns of the stretches and the layout. */
  readonly #formKeys = new Tuples(LINE_STRETCHES_MAX + 1);
  /** Null: lines of such patterns are not for the lane. */
  readonly #forms: Array<Form | null> = [];
  readonly #patternNumbers = new Map<string, number>();
  /** Of each stretch: its pattern, the number of that, and those of the texts of its values. */
  readonly #patterns: Pattern[] = [];
  readonly #patternOf: number[] = [];
  readonly #values: Int32Array[] = [];
  /** Who wrote lines, by the stretch before the message; within objects by that and the one behind the message. */
  readonly #writers = new Map<number, number>();
  readonly #wrappedWriters = new Tuples(2);
  /** Of those: the two stretches, and the writer. */
  readonly #wrapped: Array<readonly [first: number, last: number, writer: number]> = [];
  readonly #ends = new Int32Array(2);
  /** Of each writer: the number of the envelope, and those of the texts of its identity. */
  readonly #envelopes: number[] = [];
  readonly #identities: Int32Array[] = [];
  readonly #key = new Int32Array(LINE_STRETCHES_MAX + 1);
  readonly #row = new Int32Array(TEMPLATE_WIDTH);

  /**
   * Shape: `generalizes` when all formats are known ones, which read words of one kind alike. Else a combination of
   * stretches is known only when a line of it was read the long way.
   */
  constructor(readAgain: ReadAgain, generalizes: boolean, scanner: Scanner) {
    this.scanner = scanner;
    this.line = scanner.line;
    scanner.reset();
    this.#readAgain = readAgain;
    this.#generalizes = generalizes;
  }

  addLayout(words: number, layout: KnownLayout): void {
    const layouts = layout.slots === null ? this.layouts : this.objectLayouts;
    layouts[words] = [...(layouts[words] ?? []), layout];
    this.#layoutsByNumber[layout.number] = layout;
  }

  layoutOf(number: number): KnownLayout | undefined {
    return this.#layoutsByNumber[number];
  }

  get isFull(): boolean {
    return (
      this.scanner.stretches >= STRETCHES_MAX ||
      this.scanner.stretchBytes >= STRETCH_BYTES_MAX ||
      this.#forms.length >= FORMS_MAX ||
      this.templates.texts.length >= TEXTS_MAX
    );
  }

  /** Drops the templates, not how lines are read. */
  dropTemplates(): void {
    this.templates = this.templates.emptied();
    this.scanner.dropRows();
    for (const [first, last, writer] of this.#wrapped) this.scanner.setWrappedWriter(first, last, writer);
  }

  /** Number of a stretch of the line that the scanner has, taken in when it is new; NONE: it finds no place. Printable ASCII. */
  stretchOf(from: number, to: number, text: string, isObject: boolean): number {
    const known = this.scanner.findStretch(from, to);
    if (known !== Tuples.NONE) return known;
    const number = this.scanner.addStretch(from, to);
    if (number !== Tuples.NONE) this.#setPattern(number, isObject ? objectPatternOf(text) : patternOf(text));
    return number;
  }

  /** Number of who wrote the line in hand; NONE: no such line was read the long way. */
  writerOf({ isWrapped, stretches }: KnownLayout): number {
    const prefix = this.line[0] as number;
    if (!isWrapped) return this.#writers.get(prefix) ?? Tuples.NONE;
    this.#ends[0] = prefix;
    this.#ends[1] = this.line[stretches - 1] as number;
    return this.#wrappedWriters.find(this.#ends);
  }

  /** The same, noted when it is new; NONE: something in these stretches could make it another line. */
  noteWriter(texts: readonly string[], layout: KnownLayout, line: ParsedLine): number {
    const known = this.writerOf(layout);
    if (known !== Tuples.NONE) return known;
    const number = this.#envelopes.length;
    if (layout.isWrapped) {
      // An object may have a second message in it.
      if (this.#prove(texts, layout, line) === null) return Tuples.NONE;
      const [first = 0, last = 0] = this.#ends;
      if (!this.#wrappedWriters.add(this.#ends, number)) return Tuples.NONE;
      if (!this.scanner.setWrappedWriter(first, last, number)) return Tuples.NONE;
      this.#wrapped.push([first, last, number]);
    } else {
      this.#writers.set(this.line[0] as number, number);
      this.scanner.setWriter(this.line[0] as number, number);
    }
    const { pod, namespace, container, node } = line.identity;
    this.#envelopes.push(this.#patternNumber(`\n${line.envelope}`));
    this.#identities.push(
      Int32Array.from([pod, namespace, container, node], (text) => this.templates.numberOf(text)),
    );
    return number;
  }

  /** The template of the line in hand, made when it is known how such lines are read; NONE: it is not. */
  combine(layout: KnownLayout): number {
    if (!this.#generalizes) return Tuples.NONE;
    const form = this.#forms[this.#formNumber(layout)];
    if (form === undefined || form === null || !this.#fill(form, layout)) return Tuples.NONE;
    return this.#addTemplate();
  }

  /**
   * The same for a line read the long way, which may teach how such lines are read. `texts` are its stretches; the
   * writer was noted.
   */
  teach(texts: readonly string[], layout: KnownLayout, line: ParsedLine): number {
    let number = this.#generalizes ? this.#formNumber(layout) : this.#formNumberOf(layout, line);
    if (number === Tuples.NONE) number = this.#learnForm(texts, layout, line);
    const form = this.#forms[number];
    if (form === undefined || form === null) return Tuples.NONE;
    const said = Int32Array.from(textsOf(line), (text) => this.templates.numberOf(text));
    if (!this.#generalizes) this.#row.set(said);
    else if (!this.#fill(form, layout) || said.some((text, field) => this.#row[field] !== text))
      return Tuples.NONE;
    return this.#addTemplate();
  }

  #setPattern(stretch: number, pattern: Pattern): void {
    this.#patterns[stretch] = pattern;
    this.#patternOf[stretch] = this.#patternNumber(pattern.text);
    this.#values[stretch] = Int32Array.from(pattern.values, (value) => this.templates.numberOf(value));
  }

  #patternNumber(text: string): number {
    let number = this.#patternNumbers.get(text);
    if (number === undefined) {
      number = this.#patternNumbers.size;
      this.#patternNumbers.set(text, number);
    }
    return number;
  }

  #formNumber(layout: KnownLayout): number {
    const { stretches, isWrapped } = layout;
    const key = this.#key;
    const line = this.line;
    key.fill(0);
    key[0] = this.#envelopes[this.writerOf(layout)] ?? -1;
    key[LINE_STRETCHES_MAX] = line[LINE_STRETCHES_MAX] as number;
    const last = isWrapped ? stretches - 1 : stretches;
    for (let i = 1; i < last; i++) {
      const stretch = line[i] as number;
      key[i] = i <= lastVerbatim(layout) ? stretch : (this.#patternOf[stretch] ?? -1);
    }
    return this.#formKeys.find(key);
  }

  /** The same where words of one kind may not be read alike: by what the line is. */
  #formNumberOf({ number }: KnownLayout, { format, envelope }: ParsedLine): number {
    const key = this.#key;
    key.fill(0);
    key[0] = this.#patternNumber(format);
    key[1] = this.#patternNumber(envelope);
    key[LINE_STRETCHES_MAX] = number;
    return this.#formKeys.find(key);
  }

  /** Learns how lines with these patterns are read. Where a word turns out to be a part of a value, it stays as it is. */
  #learnForm(texts: readonly string[], layout: KnownLayout, line: ParsedLine): number {
    const form = this.#prove(texts, layout, line);
    if (form !== null && 'size' in form) {
      for (const i of form) this.#setPattern(this.line[i] as number, { text: texts[i] ?? '', values: [] });
      const known = this.#formNumber(layout);
      return known === Tuples.NONE ? this.#learnForm(texts, layout, line) : known;
    }
    if (!this.#formKeys.add(this.#key, this.#forms.length)) return Tuples.NONE;
    return this.#forms.push(form) - 1;
  }

  #prove(texts: readonly string[], layout: KnownLayout, line: ParsedLine): ReturnType<typeof proveForm> {
    const patterns = texts.map((text, i): Pattern => {
      const known = this.#patterns[this.line[i] as number];
      const isEnd = layout.isWrapped && i === layout.stretches - 1;
      const isVerbatim = !this.#generalizes || i <= lastVerbatim(layout) || isEnd;
      return isVerbatim || known === undefined ? { text, values: [] } : known;
    });
    return proveForm(patterns, layout, line, this.#readAgain, this.templates);
  }

  /** Adds the line in hand, whose row is put together. */
  #addTemplate(): number {
    if (!this.scanner.addLine(this.templates.size)) return Tuples.NONE;
    return this.templates.add(this.#row);
  }

  /** Puts the row of the line in hand together. */
  #fill({ base, fills }: Form, layout: KnownLayout): boolean {
    const row = this.#row;
    const identity = this.#identities[this.writerOf(layout)];
    if (identity === undefined) return false;
    row.set(base);
    for (let i = 0; i < IDENTITY_FIELDS.length; i++)
      row[IDENTITY_FIELDS[i] as number] = identity[i] as number;
    for (let i = 0; i < fills.length; i += 3) {
      const values = this.#values[this.line[fills[i + 1] as number] as number];
      row[fills[i] as number] = values?.[fills[i + 2] as number] as number;
    }
    return true;
  }
}
