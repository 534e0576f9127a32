/**
 * What lines of requests have beside shape and numbers, put together as bytes: the same as `encodeExtra` and `extraContent` make of
 * strings, without a string a line.
 */
import type { LineColumns } from '../../../domain/line-columns.ts';
import { bytesHash } from '../../../domain/line-hash.ts';
import type { Templates } from '../../../domain/templates.ts';
import type { Dictionary } from '../dictionary.ts';
import { REQUEST_SEED } from '../extra.ts';
import { ABSENT, type LineBatch } from '../line-batch.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const OPENING = 0x5b;
const BACKSLASH = 0x5c;
const TILDE = 0x7e;
const NULL = Buffer.from('null');
const ASCII = /^[\x20-\x7e]*$/;
const END = Buffer.from(',null]');
/** Of the numbers of a line: digits, quotes and commas. */
const NUMBERS_BYTES_MAX = 80;

/** What all lines of a template have of it. */
interface Shared {
  /** As JSON. */
  readonly forwarded: Uint8Array;
  readonly agent: string | null;
  readonly authority: string | null;
  /** Both as JSON, and the end of the array. */
  readonly end: Uint8Array;
  /** True when there is nothing of all this. */
  readonly isEmpty: boolean;
  /** Hashes of strings and of bytes are the same for these alone. */
  readonly isAscii: boolean;
}

export class RequestTexts {
  /** Hash of the id of the line in hand, 0 when it has none. */
  request = 0;
  /** Of all that it says, with the seed given. */
  readonly hash = new Int32Array(2);
  readonly #dictionary: Dictionary;
  readonly #shared = new WeakMap<Templates, Array<Shared | undefined>>();
  #bytes = new Uint8Array(4_096);
  /** Where the service time ends in the bytes. */
  #front = 0;
  #line: Shared | null = null;

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /**
   * Takes up a line of a template; false: it has a character that JSON escapes, or one beyond ASCII, or nothing
   * at all. `seedA`, `seedB`: hash of its content.
   */
  take(lines: LineColumns, at: number, seedA: number, seedB: number): boolean {
    const { templates, texts, textEnd } = lines;
    if (templates === null) return false;
    const shared = this.#sharedOf(templates, lines.template[at] as number);
    const from = at === 0 ? 0 : (textEnd[at - 1] as number);
    const to = textEnd[at] as number;
    const most = to - from + shared.forwarded.length + shared.end.length + NUMBERS_BYTES_MAX;
    if (most > this.#bytes.length) this.#bytes = new Uint8Array(2 * most);
    const bytes = this.#bytes;
    const newline = texts.indexOf(NEWLINE, from);
    const time = lines.serviceTime[at] as number;
    if (!shared.isAscii || (shared.isEmpty && to - from === 1 && time === ABSENT)) return false;
    bytes[0] = OPENING;
    let end = putText(bytes, 1, texts, from, newline);
    if (end === 0) return false;
    bytes[end++] = COMMA;
    const id = end;
    end = putText(bytes, id, texts, newline + 1, to);
    if (end === 0) return false;
    this.request = this.#requestHash(id, end, to - newline - 1);
    bytes[end++] = COMMA;
    end = putAll(bytes, end, shared.forwarded);
    bytes[end++] = COMMA;
    end = time === ABSENT ? putAll(bytes, end, NULL) : putNumber(bytes, end, time);
    bytes[end++] = COMMA;
    this.#front = end;
    this.#line = shared;
    end = putAll(bytes, end, shared.end);
    bytesHash(this.hash, seedA, seedB, bytes, 0, end);
    return true;
  }

  /** Gives the line in hand to the batch, with the numbers of its texts in the dictionary. */
  keep(batch: LineBatch, index: number): void {
    const { agent, authority } = this.#line as Shared;
    const bytes = this.#bytes;
    let end = putId(bytes, this.#front, this.#dictionary.idOf(agent));
    bytes[end++] = COMMA;
    end = putId(bytes, end, this.#dictionary.idOf(authority));
    end = putAll(bytes, end, END);
    batch.setExtraBytes(index, bytes, end);
    batch.request[index] = this.request;
  }

  #requestHash(from: number, to: number, length: number): number {
    if (length === 0) return 0;
    bytesHash(this.hash, REQUEST_SEED.a, REQUEST_SEED.b, this.#bytes, from + 1, to - 1);
    return this.hash[0] as number;
  }

  #sharedOf(templates: Templates, template: number): Shared {
    let known = this.#shared.get(templates);
    if (known === undefined) {
      known = [];
      this.#shared.set(templates, known);
    }
    let shared = known[template];
    if (shared === undefined) {
      const agent = templates.text(template, 'user_agent');
      const authority = templates.text(template, 'authority');
      const forwarded = templates.text(template, 'x_forwarded_for');
      shared = {
        isAscii: ASCII.test(`${forwarded}${agent}${authority}`),
        isEmpty: agent === null && authority === null && forwarded === null,
        forwarded: Buffer.from(JSON.stringify(forwarded)),
        agent,
        authority,
        end: Buffer.from(`${JSON.stringify(agent)},${JSON.stringify(authority)},null]`),
      };
      known[template] = shared;
    }
    return shared;
  }
}

/** Writes a text in quotes, `null` for an empty one, and answers where it ends; 0: it has a byte that JSON escapes. */
function putText(into: Uint8Array, at: number, from: Uint8Array, begin: number, end: number): number {
  if (begin === end) return putAll(into, at, NULL);
  let to = at;
  into[to++] = QUOTE;
  for (let i = begin; i < end; i++) {
    const byte = from[i] as number;
    if (byte < SPACE || byte > TILDE || byte === QUOTE || byte === BACKSLASH) return 0;
    into[to++] = byte;
  }
  into[to++] = QUOTE;
  return to;
}

function putAll(into: Uint8Array, at: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) into[at + i] = bytes[i] as number;
  return at + bytes.length;
}

function putId(into: Uint8Array, at: number, id: number | null): number {
  return id === null ? putAll(into, at, NULL) : putNumber(into, at, id);
}

/** Writes a number that is not negative. */
function putNumber(into: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let rest = Math.floor(value / 10); rest > 0; rest = Math.floor(rest / 10)) digits++;
  for (let i = at + digits - 1, rest = value; i >= at; i--, rest = Math.floor(rest / 10))
    into[i] = ZERO + (rest % 10);
  return at + digits;
}
