/**
 * Who called, by stretches of time: each has a Bloom filter of the clients whose lines started in it, twelve bits a line. An index
 * would cost as much as the rows that it finds; this says of 199 stretches in 200 that they need not be read.
 */
import { damaged } from '../stored.ts';

/** As `wasm/clients.ts` packs them. Bits that one client sets: of those that are not there, 1 in 200 is taken for one that is. */
const PROBES = 5;
const BITS_PER_WORD = 32;
/** First and last second, number of words: 32 bits each, little endian, as is all that follows. Then the words. */
const HEAD_WORDS = 3;
const WORD_BYTES = 4;
/** Of a line that is listed: hash of its client, second of its start. */
export const LISTED_BYTES = 2 * WORD_BYTES;

/** Seconds since the epoch, both within. */
export interface Stretch {
  readonly first: number;
  readonly last: number;
  /** False: none of its lines is of the client with this hash. */
  mayHave(hash: number): boolean;
}

/** Hash of a client. `host`: id of its address, never 0. 32 bits. */
export function clientHash(host: number, port: number): number {
  let hash = Math.imul(host, 0x9e3779b1) ^ Math.imul(port + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return hash ^ (hash >>> 15);
}

/** How far the bits of a hash are apart: odd, and from bits that the first place does not come from. */
function stepOf(hash: number): number {
  return (hash >>> 16) | 1;
}

/** A stretch as it is stored: where the words of its filter begin. */
class StoredStretch implements Stretch {
  readonly first: number;
  readonly last: number;
  readonly #words: Uint32Array;
  readonly #at: number;
  readonly #mask: number;

  constructor(words: Uint32Array, head: number) {
    this.first = words[head] as number;
    this.last = words[head + 1] as number;
    this.#words = words;
    this.#at = head + HEAD_WORDS;
    this.#mask = (words[head + 2] as number) * BITS_PER_WORD - 1;
  }

  mayHave(hash: number): boolean {
    const step = stepOf(hash);
    let bit = hash;
    for (let probe = 0; probe < PROBES; probe++, bit = (bit + step) | 0) {
      const word = this.#words[this.#at + ((bit & this.#mask) >>> 5)] as number;
      if ((word & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

/** The stretches of what was packed; of lines that are listed, each is one. Errors: `db_damaged`. */
export function stretchesOf(list: Uint8Array, isPacked: boolean): Stretch[] {
  const words = wordsOf(list);
  return isPacked ? packedStretches(words) : listedStretches(words);
}

function packedStretches(words: Uint32Array): Stretch[] {
  const stretches: Stretch[] = [];
  for (let at = 0; at < words.length; ) {
    const [first, last, size] = [words[at] as number, words[at + 1] ?? 0, words[at + 2] ?? 0];
    const end = at + HEAD_WORDS + size;
    const isWhole = first <= last && size > 0 && (size & (size - 1)) === 0 && end <= words.length;
    if (!isWhole) throw damaged('who called cannot be read');
    stretches.push(new StoredStretch(words, at));
    at = end;
  }
  return stretches;
}

function listedStretches(words: Uint32Array): Stretch[] {
  return Array.from({ length: words.length >>> 1 }, (_, i) => {
    const second = words[2 * i + 1] as number;
    return { first: second, last: second, mayHave: (hash) => hash >>> 0 === words[2 * i] };
  });
}

/** Earliest and latest start of lines that are listed. */
export function listedSeconds(list: Uint8Array): { readonly first: number; readonly last: number } {
  const words = wordsOf(list);
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 1; i < words.length; i += 2) {
    first = Math.min(first, words[i] as number);
    last = Math.max(last, words[i] as number);
  }
  return { first, last };
}

/** A copy only where the bytes do not lie as numbers have to. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const size = Math.floor(bytes.length / WORD_BYTES);
  const aligned = bytes.byteOffset % WORD_BYTES === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, size);
}
