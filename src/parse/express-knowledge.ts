/** What an express lane knows: stretches of lines, how lines made of them are read, and the templates of such lines. */
import type { ParsedLine } from '../domain/entry.ts';
import { TEMPLATE_WIDTH, Templates } from '../domain/templates.ts';
import {
  type Form,
  HTTP_STRETCHES,
  IDENTITY_FIELDS,
  lastVerbatim,
  PREFIX,
  proveForm,
  type ReadAgain,
  TCP_STRETCHES,
  textsOf,
} from './express-form.ts';
import type { Layout } from './express-layout.ts';
import { Stretches } from './express-stretches.ts';
import { Tuples } from './express-tuples.ts';
import { type Pattern, patternOf } from './express-words.ts';

/** Past any of these, all is forgotten. */
const STRETCHES_MAX = 65_536;
const STRETCH_BYTES_MAX = 8 * 1024 * 1024;
const FORMS_MAX = 4_096;
const TEXTS_MAX = 262_144;

export interface KnownLayout extends Layout {
  readonly number: number;
  readonly stretches: number;
  /** Lines that taught something, and lines that were like those. */
  learned: number;
  met: number;
}

export class Knowledge {
  /** By number of words. */
  readonly layouts: KnownLayout[][] = [];
  readonly stretches = new Stretches();
  /** The stretches of the line in hand, and behind them its layout. */
  readonly line = new Int32Array(HTTP_STRETCHES + 1);
  /** Layouts that could be known more. */
  layoutCount = 0;
  /** Templates by the stretches and the layout: of connections, and of requests. */
  tcp = new Tuples(TCP_STRETCHES + 1);
  http = new Tuples(HTTP_STRETCHES + 1);
  templates = new Templates();
  readonly #readAgain: ReadAgain;
  readonly #generalizes: boolean;
  /** By the patterns of the stretches and the layout. */
  readonly #formKeys = new Tuples(HTTP_STRETCHES + 1);
  /** Null: lines of such patterns are not for the lane. */
  readonly #forms: Array<Form | null> = [];
  readonly #patternNumbers = new Map<string, number>();
  /** Of each stretch: its pattern, the number of that, and those of the texts of its values. */
  readonly #patterns: Pattern[] = [];
  readonly #patternOf: number[] = [];
  readonly #values: Int32Array[] = [];
  /** Of each stretch that is a prefix: the number of its envelope and one more, and who wrote such lines. */
  readonly #envelopes: number[] = [];
  readonly #identities: Int32Array[] = [];
  readonly #key = new Int32Array(HTTP_STRETCHES + 1);
  readonly #row = new Int32Array(TEMPLATE_WIDTH);

  /**
   * Shape: `generalizes` when all formats are known ones, which read words of one kind alike. Else a combination of
   * stretches is known only when a line of it was read the long way.
   */
  constructor(readAgain: ReadAgain, generalizes: boolean) {
    this.#readAgain = readAgain;
    this.#generalizes = generalizes;
  }

  get isFull(): boolean {
    return (
      this.stretches.size >= STRETCHES_MAX ||
      this.stretches.length >= STRETCH_BYTES_MAX ||
      this.#forms.length >= FORMS_MAX ||
      this.templates.texts.length >= TEXTS_MAX
    );
  }

  /** Drops the templates, not how lines are read. */
  dropTemplates(): void {
    this.templates = this.templates.emptied();
    this.tcp = new Tuples(TCP_STRETCHES + 1);
    this.http = new Tuples(HTTP_STRETCHES + 1);
  }

  /** Takes a stretch in; false: it finds no place. `bytes` are printable ASCII. */
  addStretch(bytes: Buffer, view: DataView, from: number, to: number): boolean {
    const number = this.stretches.add(bytes, view, from, to);
    if (number === Stretches.NONE) return false;
    this.#setPattern(number, patternOf(bytes.toString('latin1', from, to)));
    return true;
  }

  /** Notes whose lines begin with this stretch. */
  notePrefix(stretch: number, line: ParsedLine): void {
    if (this.#envelopes[stretch] !== undefined) return;
    const { pod, namespace, container, node } = line.identity;
    this.#envelopes[stretch] = this.#patternNumber(`\n${line.envelope}`);
    this.#identities[stretch] = Int32Array.from([pod, namespace, container, node], (text) =>
      this.templates.numberOf(text),
    );
  }

  /** The template of the line in hand, made when it is known how such lines are read; NONE: it is not. */
  combine(layout: KnownLayout): number {
    if (!this.#generalizes) return Tuples.NONE;
    const form = this.#forms[this.#formNumber(layout)];
    if (form === undefined || form === null || !this.#fill(form)) return Tuples.NONE;
    return this.#addTemplate(layout);
  }

  /**
   * The same for a line read the long way, which may teach how such lines are read. `texts` are its stretches; the
   * prefix was noted.
   */
  teach(texts: readonly string[], layout: KnownLayout, line: ParsedLine): number {
    let number = this.#generalizes ? this.#formNumber(layout) : this.#formNumberOf(layout, line);
    if (number === Tuples.NONE) number = this.#learnForm(texts, layout, line);
    const form = this.#forms[number];
    if (form === undefined || form === null) return Tuples.NONE;
    const said = Int32Array.from(textsOf(line), (text) => this.templates.numberOf(text));
    if (!this.#generalizes) this.#row.set(said);
    else if (!this.#fill(form) || said.some((text, field) => this.#row[field] !== text)) return Tuples.NONE;
    return this.#addTemplate(layout);
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

  #formNumber({ stretches }: KnownLayout): number {
    const key = this.#key;
    const line = this.line;
    key.fill(0);
    key[HTTP_STRETCHES] = line[stretches] as number;
    for (let i = 0; i < stretches; i++) {
      const stretch = line[i] as number;
      if (i === PREFIX) key[i] = this.#envelopes[stretch] ?? -1;
      else key[i] = i <= lastVerbatim(stretches) ? stretch : (this.#patternOf[stretch] ?? -1);
    }
    return this.#formKeys.find(key);
  }

  /** The same where words of one kind may not be read alike: by what the line is. */
  #formNumberOf({ number }: KnownLayout, { format, envelope }: ParsedLine): number {
    const key = this.#key;
    key.fill(0);
    key[0] = this.#patternNumber(format);
    key[1] = this.#patternNumber(envelope);
    key[HTTP_STRETCHES] = number;
    return this.#formKeys.find(key);
  }

  /** Learns how lines with these patterns are read. Where a word turns out to be a part of a value, it stays as it is. */
  #learnForm(texts: readonly string[], layout: KnownLayout, line: ParsedLine): number {
    const patterns = texts.map((text, i): Pattern => {
      const known = this.#patterns[this.line[i] as number];
      const isVerbatim = !this.#generalizes || i <= lastVerbatim(layout.stretches);
      return isVerbatim || known === undefined ? { text, values: [] } : known;
    });
    const form = proveForm(patterns, line, this.#readAgain, this.templates);
    if (form !== null && 'size' in form) {
      for (const i of form) this.#setPattern(this.line[i] as number, { text: texts[i] ?? '', values: [] });
      const known = this.#formNumber(layout);
      return known === Tuples.NONE ? this.#learnForm(texts, layout, line) : known;
    }
    if (!this.#formKeys.add(this.#key, this.#forms.length)) return Tuples.NONE;
    return this.#forms.push(form) - 1;
  }

  /** Adds the line in hand, whose row is put together. */
  #addTemplate({ stretches }: KnownLayout): number {
    const combinations = stretches === TCP_STRETCHES ? this.tcp : this.http;
    if (!combinations.add(this.line, this.templates.size)) return Tuples.NONE;
    return this.templates.add(this.#row);
  }

  /** Puts the row of the line in hand together. */
  #fill({ base, fills }: Form): boolean {
    const row = this.#row;
    const identity = this.#identities[this.line[PREFIX] as number];
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
