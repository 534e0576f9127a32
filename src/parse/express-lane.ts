/**
 * Reads lines that are like lines read before, straight from their bytes.
 *
 * Most lines of a proxy differ from an earlier one in a few numbers only: the start time, the bytes, the duration and
 * two ports. Where those stand is learned from a line read the long way, and proved by reading it once more with other
 * numbers in their places. From then on a line whose other bytes are all the same is that line with other numbers.
 * Everything else goes the long way.
 */
import type { ExpressLane, ParsedLine } from '../domain/entry.ts';
import { findLayout, isProved, type Layout, type ReadAgain } from './express-layout.ts';
import { BytePool, ExpressLine, type Template } from './express-line.ts';
import { createClock, NOT_READ, readCount, readPort } from './express-numbers.ts';

const SPACE = 0x20;
const COLON = 0x3a;
const DASH = 0x2d;
/** Lines with more words or bytes go the long way. */
const WORDS_MAX = 48;
const LINE_BYTES_MAX = 2_048;
/** Past it nothing is learned until most of it is no longer met; then all is forgotten. */
const TEMPLATES_MAX = 40_000;
const MISSES_MAX = 200_000;

interface Entry {
  readonly layout: Layout;
  readonly template: Template;
  readonly next: Entry | null;
}

/** `readAgain` reads a line the long way without a trace in any stream. */
export function createExpressLane(readAgain: ReadAgain): ExpressLane {
  return new Lane(readAgain);
}

class Lane implements ExpressLane {
  readonly #readAgain: ReadAgain;
  /** By number of words. */
  readonly #layouts: Layout[][] = [];
  readonly #entries = new Map<number, Entry>();
  /** Hashes of lines met once: only what comes again is worth learning. */
  readonly #met = new Set<number>();
  readonly #words = new Int32Array(WORDS_MAX + 1);
  readonly #stretches = new Int32Array(10);
  readonly #clock = createClock();
  #pool = new BytePool();
  #templates = 0;
  #missed = 0;

  constructor(readAgain: ReadAgain) {
    this.#readAgain = readAgain;
  }

  read(bytes: Uint8Array, from: number, to: number): ParsedLine | null {
    const count = this.#split(bytes, from, to);
    const layouts = this.#layouts[count];
    if (layouts === undefined) return null;
    for (const layout of layouts) {
      if (!this.#cut(layout, bytes, from, to)) continue;
      const template = this.#find(layout, bytes);
      if (template === null) continue;
      const line = this.#number(layout, template, bytes);
      if (line !== null) return line;
    }
    return null;
  }

  learn(bytes: Uint8Array, from: number, to: number, line: ParsedLine): void {
    const count = this.#split(bytes, from, to);
    if (count === 0 || !line.rebuildable || line.entry.attributes !== null) return;
    const known = this.#layouts[count] ?? [];
    for (const layout of known) {
      if (!this.#cut(layout, bytes, from, to)) continue;
      const hash = this.#hash(bytes);
      if (!this.#met.has(hash)) {
        if (this.#met.size >= TEMPLATES_MAX) this.#met.clear();
        this.#met.add(hash);
        return;
      }
      if (this.#templates >= TEMPLATES_MAX) {
        if (++this.#missed >= MISSES_MAX) this.#forget();
        return;
      }
      this.#remember(layout, hash, bytes, from, to, line);
      return;
    }
    const layout = findLayout(textOf(bytes, from, to), line);
    if (layout !== null) this.#layouts[count] = [...known, layout];
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

  #hash(bytes: Uint8Array): number {
    const s = this.#stretches;
    let hash = 0x9e3779b1;
    for (let k = 0; k < 10; k += 2) {
      const end = s[k + 1] ?? 0;
      let i = s[k] ?? 0;
      for (; i + 4 <= end; i += 4) {
        const word =
          (bytes[i] ?? 0) |
          ((bytes[i + 1] ?? 0) << 8) |
          ((bytes[i + 2] ?? 0) << 16) |
          ((bytes[i + 3] ?? 0) << 24);
        hash = Math.imul(hash ^ word, 0x85ebca6b);
        hash ^= hash >>> 15;
      }
      for (; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0xc2b2ae35);
    }
    return hash ^ (hash >>> 16);
  }

  #find(layout: Layout, bytes: Uint8Array): Template | null {
    for (let entry = this.#entries.get(this.#hash(bytes)) ?? null; entry !== null; entry = entry.next) {
      if (entry.layout === layout && this.#isSame(entry.template, bytes)) return entry.template;
    }
    return null;
  }

  #isSame({ pool, places }: Template, bytes: Uint8Array): boolean {
    const s = this.#stretches;
    const known = pool.bytes;
    let at = places[0] ?? 0;
    for (let k = 0; k < 10; k += 2) {
      const end = s[k + 1] ?? 0;
      for (let i = s[k] ?? 0; i < end; i++) if (known[at++] !== bytes[i]) return false;
    }
    return at === places[5];
  }

  /** The line of this template with the numbers of these bytes, or null where one is written in no plain way. */
  #number(layout: Layout, template: Template, bytes: Uint8Array): ParsedLine | null {
    const words = this.#words;
    const start = this.#clock(bytes, (words[layout.clock] ?? 0) + 1);
    const received = readCount(bytes, words[layout.counts] ?? 0, (words[layout.counts + 1] ?? 0) - 1);
    const sent = readCount(bytes, words[layout.counts + 1] ?? 0, (words[layout.counts + 2] ?? 0) - 1);
    const duration = readCount(bytes, words[layout.counts + 2] ?? 0, (words[layout.counts + 3] ?? 0) - 1);
    const s = this.#stretches;
    const upstream = readPort(bytes, s[5] ?? 0, s[6] ?? 0);
    const downstream = readPort(bytes, s[7] ?? 0, s[8] ?? 0);
    if (
      start === NOT_READ ||
      received === NOT_READ ||
      sent === NOT_READ ||
      duration === NOT_READ ||
      upstream === NOT_READ ||
      downstream === NOT_READ
    ) {
      return null;
    }
    return new ExpressLine(template, start, duration, received, sent, upstream, downstream);
  }

  #remember(
    layout: Layout,
    hash: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    line: ParsedLine,
  ): void {
    const s = this.#stretches;
    const parts = [0, 2, 4, 6, 8].map((k) => bytes.slice(s[k] ?? 0, s[k + 1] ?? 0));
    const texts = parts.map((part) => textOf(part, 0, part.length));
    // Not ASCII: its characters and bytes would not count the same.
    if (textOf(bytes, from, to).length !== to - from || !isProved(texts, line, this.#readAgain)) return;
    const pool = this.#pool;
    const places = [pool.length];
    for (const part of parts) {
      pool.add(part);
      places.push(pool.length);
    }
    const { identity, format, envelope } = line;
    const template = { pool, places, identity, format, envelope, readAgain: this.#readAgain };
    this.#entries.set(hash, { layout, template, next: this.#entries.get(hash) ?? null });
    this.#templates++;
  }

  #forget(): void {
    this.#entries.clear();
    this.#met.clear();
    this.#pool = new BytePool();
    this.#templates = 0;
    this.#missed = 0;
  }
}

/** Where the digits of a port begin in the word [start, end); its end when it has none (`-`). */
function portBegin(bytes: Uint8Array, start: number, end: number): number {
  if (end - start === 1 && bytes[start] === DASH) return end;
  let at = end - 1;
  while (at > start && bytes[at] !== COLON) at--;
  return bytes[at] === COLON ? at + 1 : end;
}

/** The text of ASCII bytes; shorter than the bytes when they are none. */
function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) {
    const code = bytes[i] ?? 0;
    if (code < 0x80) text += String.fromCharCode(code);
  }
  return text;
}
