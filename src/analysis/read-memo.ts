/** Remembers what was read of few lines, until one of the shapes asked for changes: findings are looked at again and again. */
import type { LineQuery, LineReader, StoredLine, StoredPair } from '../domain/ports.ts';

/** Lines and pairs that are remembered, and the most of one answer; past the first everything is forgotten. */
const ITEMS_MAX = 20_000;
const ANSWER_MAX = 1_000;

interface Answer {
  readonly key: string;
  readonly shapes: ReadonlySet<number>;
  readonly items: number;
  readonly answer: readonly unknown[];
}

/** A reader that asks another one only for what it does not know. Errors: those of the other one. */
export class ReadMemo implements Pick<LineReader, 'lines' | 'pairs'> {
  readonly #reader: Pick<LineReader, 'lines' | 'pairs'>;
  readonly #answers = new Map<string, Answer>();
  readonly #byShape = new Map<number, Set<Answer>>();
  #items = 0;

  constructor(reader: Pick<LineReader, 'lines' | 'pairs'>) {
    this.#reader = reader;
  }

  lines(query: LineQuery): Promise<readonly StoredLine[]> {
    return this.#ask('lines', query, () => this.#reader.lines(query));
  }

  pairs(query: LineQuery): Promise<readonly StoredPair[]> {
    return this.#ask('pairs', query, () => this.#reader.pairs(query));
  }

  /** Forgets what was read of lines of these shapes. */
  forget(shapes: Iterable<number>): void {
    for (const shape of shapes) {
      for (const answer of this.#byShape.get(shape) ?? []) this.#drop(answer);
    }
  }

  async #ask<T>(
    what: 'lines' | 'pairs',
    query: LineQuery,
    read: () => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const { shapes, ...rest } = query;
    // A question about all shapes has another answer after every change.
    if (shapes === null || query.limit > ANSWER_MAX) return read();
    const key = `${what} ${JSON.stringify(rest)} ${[...shapes].sort((a, b) => a - b).join()}`;
    const known = this.#answers.get(key);
    // The key says which of the two was asked, so that the items are of the type asked for.
    if (known !== undefined) return known.answer as readonly T[];
    const answer = await read();
    this.#keep({ key, shapes, items: answer.length + 1, answer });
    return answer;
  }

  #keep(answer: Answer): void {
    if (this.#items > ITEMS_MAX) {
      this.#answers.clear();
      this.#byShape.clear();
      this.#items = 0;
    }
    this.#answers.set(answer.key, answer);
    this.#items += answer.items;
    for (const shape of answer.shapes) {
      const answers = this.#byShape.get(shape);
      if (answers === undefined) this.#byShape.set(shape, new Set([answer]));
      else answers.add(answer);
    }
  }

  #drop(answer: Answer): void {
    if (!this.#answers.delete(answer.key)) return;
    this.#items -= answer.items;
    for (const shape of answer.shapes) {
      const answers = this.#byShape.get(shape);
      answers?.delete(answer);
      if (answers?.size === 0) this.#byShape.delete(shape);
    }
  }
}
