/**
 * Has what lines of requests have beside shape and numbers put together in WebAssembly (`wasm/intake/texts.ts`), as bytes: the same as
 * `encodeExtra` and `extraContent` make of strings. It is told what the lines of each template share.
 */
import type { LineColumns } from '../../../domain/line-columns.ts';
import type { Templates } from '../../../domain/templates.ts';
import type { Dictionary } from '../dictionary.ts';
import type { LineBatch } from '../line-batch.ts';
import type { IntakeMemory } from './intake-memory.ts';

const ASCII = /^[\x20-\x7e]*$/;
/** In place of the number of parts: hashes of strings and of bytes are not the same for them. */
const UNFIT = -1;

export class RequestTexts {
  /** True when any of the lines in hand has a text. */
  areThere = false;
  readonly #memory: IntakeMemory;
  readonly #dictionary: Dictionary;
  /** Numbers of the parts that lines share, by these as the hash has them. */
  readonly #parts = new Map<string, number>();

  constructor(memory: IntakeMemory, dictionary: Dictionary) {
    this.#memory = memory;
    this.#dictionary = dictionary;
  }

  /** Puts the texts of the lines in hand into the memory, which are those from one on. */
  stage({ templates, texts, textEnd, serviceTime }: LineColumns, from: number, until: number): void {
    const begin = from === 0 ? 0 : (textEnd[from - 1] as number);
    const end = until === 0 ? 0 : (textEnd[until - 1] as number);
    this.areThere = end > begin;
    const at = this.#memory.code.beginTexts(end - begin, templates?.size ?? 0);
    if (!this.areThere) return;
    this.#memory.columns.serviceTime.set(serviceTime.subarray(from, until));
    this.#bytes(at, end - begin).set(texts.subarray(begin, end));
  }

  /** Tells what the lines of a template share. */
  learn(templates: Templates, template: number): void {
    const forwarded = templates.text(template, 'x_forwarded_for');
    const agent = templates.text(template, 'user_agent');
    const authority = templates.text(template, 'authority');
    const key = JSON.stringify([forwarded, agent, authority]);
    let number = this.#parts.get(key);
    if (number === undefined) {
      number = ASCII.test(`${forwarded}${agent}${authority}`)
        ? this.#add(forwarded, agent, authority)
        : UNFIT;
      this.#parts.set(key, number);
    }
    this.#memory.code.shareParts(template, number);
  }

  #add(forwarded: string | null, agent: string | null, authority: string | null): number {
    const parts = [
      JSON.stringify(forwarded),
      `${JSON.stringify(agent)},${JSON.stringify(authority)},null]`,
      `${this.#dictionary.idOf(agent)},${this.#dictionary.idOf(authority)},null]`,
    ] as const;
    const isEmpty = forwarded === null && agent === null && authority === null;
    const { code } = this.#memory;
    const number = code.addParts(parts[0].length, parts[1].length, parts[2].length, isEmpty ? 1 : 0);
    const bytes = Buffer.from(parts.join(''), 'latin1');
    this.#bytes(code.partsAt(number), bytes.length).set(bytes);
    return number;
  }

  /** Gives the lines that were taken in to the batch, where they are from `first` on. */
  keepTaken(batch: LineBatch, first: number, count: number): void {
    const { code, columns } = this.#memory;
    batch.addExtras(this.#bytes(code.takenTexts(), code.takenTextBytes()));
    batch.extraBegin.set(columns.extraBegin.subarray(0, count), first);
    batch.extraLength.set(columns.extraLength.subarray(0, count), first);
    batch.request.set(columns.request.subarray(0, count), first);
    batch.ownHash.set(columns.ownHash.subarray(0, count), first);
  }

  /** The same of one line in hand that was not taken in, and is at `index`. */
  keepOne(batch: LineBatch, index: number, staged: number): void {
    const { code, columns } = this.#memory;
    const length = columns.extraLength[staged] as number;
    if (length < 0) return;
    const bytes = this.#bytes(code.madeAt() + (columns.extraBegin[staged] as number), length);
    batch.extraBegin[index] = batch.addExtras(bytes);
    batch.extraLength[index] = length;
    batch.request[index] = columns.request[staged] as number;
    batch.ownHash[index] = 1;
  }

  /** Forgets what was told: the numbers of templates and of texts may mean others from now on. */
  forget(): void {
    this.#parts.clear();
    this.#memory.code.forgetTexts();
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.code.memory.buffer, at, length);
  }
}
