/**
 * Reads lines that are like lines read before, straight from their bytes.
 *
 * Most lines of a proxy differ from an earlier one in a few numbers only: the start time, the bytes, the duration and
 * two ports. In which words of a format those stand is learned from a line read the long way, and proved by reading it
 * once more with other numbers in their places. Any other line of that format teaches its remaining bytes, provided
 * that its own numbers stand in those words. From then on a line whose other bytes are all the same is that line with
 * other numbers. Everything else goes the long way.
 */
import {
  type AccessLogEntry,
  type Identity,
  isHttp,
  type LineNumbers,
  type ParsedLine,
} from '../domain/entry.ts';
import { type ExpressLane, type LineColumns, NO_TEMPLATE, type Templates } from '../domain/line-columns.ts';
import { findLayout, isProved, type Layout, type ReadAgain } from './express-layout.ts';
import { hashStretches, type Template, TemplateTable } from './express-line.ts';
import { createClock, NOT_READ, readCount, readPort } from './express-numbers.ts';

const SPACE = 0x20;
const COLON = 0x3a;
const DASH = 0x2d;
/** Lines with more words or bytes go the long way. */
const WORDS_MAX = 48;
const LINE_BYTES_MAX = 2_048;
/** Past it nothing is learned until most of it is no longer met; then all is forgotten. */
const TEMPLATES_MAX = 60_000;
const LEARNED_BEFORE_JUDGED = 4_000;
const MISSES_MAX = 200_000;
/** Past it no new layout is tried: the lines are not of this kind. */
const REFUSED_LAYOUTS_MAX = 1_000;

interface Entry {
  readonly layout: KnownLayout;
  readonly number: number;
  readonly template: Template;
  readonly next: Entry | null;
}

interface KnownLayout extends Layout {
  /** Templates learned, and lines that were like one of them. */
  learned: number;
  met: number;
}

/** `readAgain` reads a line the long way without a trace in any stream. */
export function createExpressLane(readAgain: ReadAgain): ExpressLane {
  return new Lane(readAgain);
}

class Lane implements ExpressLane {
  readonly #readAgain: ReadAgain;
  /** By number of words. */
  readonly #layouts: KnownLayout[][] = [];
  readonly #entries = new Map<number, Entry>();
  readonly #words = new Int32Array(WORDS_MAX + 1);
  readonly #stretches = new Int32Array(10);
  readonly #numbers = new Float64Array(6);
  readonly #clock = createClock();
  #templates: TemplateTable;
  #missed = 0;
  #refused = 0;

  constructor(readAgain: ReadAgain) {
    this.#readAgain = readAgain;
    this.#templates = new TemplateTable(readAgain);
  }

  get templates(): Templates {
    return this.#templates;
  }

  read(bytes: Uint8Array, from: number, to: number, columns: LineColumns): number {
    if (columns.templates !== this.#templates) return NO_TEMPLATE;
    const count = this.#split(bytes, from, to);
    const layouts = this.#layouts[count];
    if (layouts === undefined) return NO_TEMPLATE;
    for (const layout of layouts) {
      if (!this.#cut(layout, bytes, from, to)) continue;
      const template = this.#find(layout, bytes);
      if (template === NO_TEMPLATE || !this.#readNumbers(layout, bytes)) continue;
      const [start = 0, received = 0, sent = 0, duration = 0, upstream = 0, downstream = 0] = this.#numbers;
      columns.addLike(template, start, duration, received, sent, upstream, downstream);
      layout.met++;
      return template;
    }
    return NO_TEMPLATE;
  }

  identityOf(template: number): Identity {
    return this.#templates.get(template).identity;
  }

  learn(bytes: Uint8Array, from: number, to: number, line: ParsedLine): number {
    const count = this.#split(bytes, from, to);
    if (count === 0 || !line.rebuildable || !isPlain(line.entry)) return NO_TEMPLATE;
    const text = textOf(bytes, from, to);
    if (text === null) return NO_TEMPLATE;
    if (this.#templates.size >= TEMPLATES_MAX) {
      if (++this.#missed >= MISSES_MAX) this.#forget();
      return NO_TEMPLATE;
    }
    const known = this.#layouts[count] ?? [];
    for (const layout of known) {
      const isOfLayout = layout.format === line.format && layout.envelope === line.envelope;
      if (!isOfLayout) continue;
      // A wrapper with a time of its own, say: no line of it is like another.
      if (layout.learned >= LEARNED_BEFORE_JUDGED && layout.met < layout.learned) return NO_TEMPLATE;
      if (this.#cut(layout, bytes, from, to) && this.#hasNumbers(layout, bytes, line.numbers)) {
        return this.#remember(layout, bytes, line);
      }
    }
    const found = this.#refused >= REFUSED_LAYOUTS_MAX ? null : findLayout(text, line);
    if (found === null) return NO_TEMPLATE;
    const layout = { ...found, learned: 0, met: 0 };
    if (!this.#cut(layout, bytes, from, to)) return NO_TEMPLATE;
    const s = this.#stretches;
    const texts = [0, 2, 4, 6, 8].map((k) => textOf(bytes, s[k] ?? 0, s[k + 1] ?? 0) ?? '');
    if (!isProved(texts, line, this.#readAgain)) {
      this.#refused++;
      return NO_TEMPLATE;
    }
    this.#layouts[count] = [...known, layout];
    return this.#remember(layout, bytes, line);
  }

  /** Notes where the words of a line begin. Answers their number; 0: not for this lane. */
  #split(bytes: Uint8Array, from: number, to: number): number {
    if (to - from > LINE_BYTES_MAX) return 0;
    const words = this.#words;
    let count = 1;
    words[0] = from;
    for (let i = from; i < to; i++) {
      if (bytes[i] !== SPACE) continue;
      if (count === WORDS_MAX) return 0;
      words[count++] = i + 1;
    }
    words[count] = to + 1;
    return count;
  }

  /** Notes the stretches of bytes between the numbers; false: the line is not of this layout. */
  #cut(layout: Layout, bytes: Uint8Array, from: number, to: number): boolean {
    const words = this.#words;
    const s = this.#stretches;
    const clock = words[layout.clock] ?? 0;
    const clockEnd = (words[layout.clock + 1] ?? 0) - 1;
    if (clockEnd - clock !== 26) return false;
    const upstreamEnd = (words[layout.upstreamLocal + 1] ?? 0) - 1;
    const downstreamEnd = (words[layout.downstreamRemote + 1] ?? 0) - 1;
    s[0] = from;
    s[1] = clock;
    s[2] = clockEnd;
    s[3] = words[layout.counts] ?? 0;
    s[4] = (words[layout.counts + 3] ?? 0) - 1;
    s[5] = portBegin(bytes, words[layout.upstreamLocal] ?? 0, upstreamEnd);
    s[6] = upstreamEnd;
    s[7] = portBegin(bytes, words[layout.downstreamRemote] ?? 0, downstreamEnd);
    s[8] = downstreamEnd;
    s[9] = to;
    return true;
  }

  #find(layout: KnownLayout, bytes: Uint8Array): number {
    for (
      let entry = this.#entries.get(hashStretches(bytes, this.#stretches)) ?? null;
      entry !== null;
      entry = entry.next
    ) {
      if (entry.layout === layout && this.#isSame(entry.template, bytes)) return entry.number;
    }
    return NO_TEMPLATE;
  }

  #isSame({ places }: Template, bytes: Uint8Array): boolean {
    const s = this.#stretches;
    const known = this.#templates.bytes;
    let at = places[0] ?? 0;
    for (let k = 0; k < 10; k += 2) {
      const end = s[k + 1] ?? 0;
      for (let i = s[k] ?? 0; i < end; i++) if (known[at++] !== bytes[i]) return false;
    }
    return at === places[5];
  }

  /** Reads the numbers from the words of the layout; false where one is written in no plain way. */
  #readNumbers(layout: Layout, bytes: Uint8Array): boolean {
    const words = this.#words;
    const s = this.#stretches;
    const n = this.#numbers;
    n[0] = this.#clock(bytes, (words[layout.clock] ?? 0) + 1);
    n[1] = readCount(bytes, words[layout.counts] ?? 0, (words[layout.counts + 1] ?? 0) - 1);
    n[2] = readCount(bytes, words[layout.counts + 1] ?? 0, (words[layout.counts + 2] ?? 0) - 1);
    n[3] = readCount(bytes, words[layout.counts + 2] ?? 0, (words[layout.counts + 3] ?? 0) - 1);
    n[4] = readPort(bytes, s[5] ?? 0, s[6] ?? 0);
    n[5] = readPort(bytes, s[7] ?? 0, s[8] ?? 0);
    for (let i = 0; i < 6; i++) if (n[i] === NOT_READ) return false;
    return true;
  }

  /** True when the numbers of a line that was read the long way stand where the layout has them. */
  #hasNumbers(layout: Layout, bytes: Uint8Array, numbers: LineNumbers): boolean {
    if (!this.#readNumbers(layout, bytes)) return false;
    const [start, received, sent, duration, upstream, downstream] = this.#numbers;
    return (
      start === numbers.start_time &&
      received === numbers.bytes_received &&
      sent === numbers.bytes_sent &&
      duration === numbers.duration &&
      upstream === numbers.upstream_local_port &&
      downstream === numbers.downstream_remote_port
    );
  }

  #remember(layout: KnownLayout, bytes: Uint8Array, { identity }: ParsedLine): number {
    const number = this.#templates.add(bytes, this.#stretches, identity);
    const template = this.#templates.get(number);
    const hash = hashStretches(bytes, this.#stretches);
    this.#entries.set(hash, { layout, number, template, next: this.#entries.get(hash) ?? null });
    layout.learned++;
    return number;
  }

  #forget(): void {
    this.#entries.clear();
    this.#templates = new TemplateTable(this.#readAgain);
    this.#missed = 0;
  }
}

/** True for a line that has nothing which differs from request to request. */
function isPlain(entry: AccessLogEntry): boolean {
  return (
    !isHttp(entry) &&
    entry.path === null &&
    entry.request_id === null &&
    entry.x_forwarded_for === null &&
    entry.upstream_service_time === null &&
    entry.user_agent === null &&
    entry.authority === null &&
    entry.attributes === null
  );
}

/** Where the digits of a port begin in the word [start, end); its end when it has none (`-`). */
function portBegin(bytes: Uint8Array, start: number, end: number): number {
  if (end - start === 1 && bytes[start] === DASH) return end;
  let at = end - 1;
  while (at > start && bytes[at] !== COLON) at--;
  return bytes[at] === COLON ? at + 1 : end;
}

/** The text of ASCII bytes; null when they are none, for then characters and bytes would not count the same. */
function textOf(bytes: Uint8Array, from: number, to: number): string | null {
  for (let i = from; i < to; i++) if ((bytes[i] ?? 0) > 0x7f) return null;
  return String.fromCharCode(...bytes.subarray(from, to));
}
