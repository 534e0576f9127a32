import type { Identity, ParsedLine } from '../domain/entry.ts';
import type { Templates } from '../domain/line-columns.ts';
import { formatTime } from '../domain/time.ts';
import type { ReadAgain } from './express-layout.ts';

/** The bytes of all templates, one after the other. */
export class BytePool {
  bytes = new Uint8Array(65_536);
  length = 0;

  add(part: Uint8Array): void {
    while (this.length + part.length > this.bytes.length) {
      const wider = new Uint8Array(this.bytes.length * 2);
      wider.set(this.bytes);
      this.bytes = wider;
    }
    this.bytes.set(part, this.length);
    this.length += part.length;
  }
}

/**
 * A hash of the bytes of a line between its numbers. Lines that are alike have the same; others may have it as well.
 * Shape: `stretches` has where each stretch begins and ends.
 */
export function hashStretches(bytes: Uint8Array, stretches: Int32Array): number {
  let hash = 0x9e3779b1;
  for (let k = 0; k < stretches.length; k += 2) {
    const end = stretches[k + 1] ?? 0;
    let i = stretches[k] ?? 0;
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

/** What all lines of one kind share besides their bytes between the numbers. */
export interface Template {
  /** Where the five stretches begin among the bytes of all templates, and where the last one ends. */
  readonly places: readonly number[];
  readonly identity: Identity;
}

/** Numbers of the lines that stand for their templates. */
const SAMPLE = { start: 951_782_400_000, received: 0, sent: 0, duration: 0, port: 1 };

/** The templates of a lane, by number. */
export class TemplateTable implements Templates {
  readonly #readAgain: ReadAgain;
  readonly #templates: Template[] = [];
  readonly #hasPorts: Array<readonly [boolean, boolean]> = [];
  readonly #pool = new BytePool();

  constructor(readAgain: ReadAgain) {
    this.#readAgain = readAgain;
  }

  get size(): number {
    return this.#templates.length;
  }

  get bytes(): Uint8Array {
    return this.#pool.bytes;
  }

  get(template: number): Template {
    const found = this.#templates[template];
    if (found === undefined) throw new Error(`BUG: template ${template} is missing`);
    return found;
  }

  /** Shape: `stretches` has where each stretch of the line begins and ends. */
  add(bytes: Uint8Array, stretches: Int32Array, identity: Identity): number {
    const places = [this.#pool.length];
    for (let k = 0; k < stretches.length; k += 2) {
      this.#pool.add(bytes.subarray(stretches[k], stretches[k + 1]));
      places.push(this.#pool.length);
    }
    this.#hasPorts.push([hasGap(stretches, 5), hasGap(stretches, 7)]);
    return this.#templates.push({ places, identity }) - 1;
  }

  /** Puts a line together and reads it the long way. */
  sample(template: number): ParsedLine {
    const { places } = this.get(template);
    const [hasUpstream = false, hasDownstream = false] = this.#hasPorts[template] ?? [];
    const text = (part: number) =>
      String.fromCharCode(...this.#pool.bytes.subarray(places[part], places[part + 1]));
    const port = (has: boolean) => (has ? String(SAMPLE.port) : '');
    const counts = `${SAMPLE.received} ${SAMPLE.sent} ${SAMPLE.duration}`;
    const line = this.#readAgain(
      `${text(0)}[${formatTime(SAMPLE.start)}]${text(1)}${counts}${text(2)}${port(hasUpstream)}${text(3)}${port(
        hasDownstream,
      )}${text(4)}`,
    );
    if (line === null) throw new Error('BUG: a line of the express lane cannot be read the long way');
    return line;
  }
}

/** True when something lies between the stretch that ends at this place and the next one. */
function hasGap(stretches: Int32Array, end: number): boolean {
  return (stretches[end] ?? 0) < (stretches[end + 1] ?? 0);
}
