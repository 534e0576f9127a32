/** Puts messages together that a container runtime cut in pieces. */
import type { RejectReason } from '../domain/entry.ts';
import { LINE_BYTES_MAX, PARTIAL_STREAMS_MAX } from '../domain/limits.ts';

/** Pieces that are given up, and why. */
export interface GivenUp<Source> {
  readonly source: Source;
  readonly text: string;
  readonly reason: RejectReason;
}

interface Waiting<Source> {
  readonly source: Source;
  readonly texts: string[];
  characters: number;
  /** True once the message was given up as too long; its further pieces are dropped, lest they pass for messages. */
  dropped: boolean;
}

/** Waiting pieces by key; bounded in length by LINE_BYTES_MAX and in number by PARTIAL_STREAMS_MAX. */
export class Pieces<Source> {
  readonly #waiting = new Map<string, Waiting<Source>>();

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Keeps one more piece.
   * Returns what had to be given up for it: the message itself when it grew too long, or the oldest when too many wait.
   */
  add(key: string, source: Source, text: string): GivenUp<Source> | null {
    const known = this.#waiting.get(key);
    const waiting = known ?? { source, texts: [], characters: 0, dropped: false };
    if (waiting.dropped) return null;
    this.#waiting.set(key, waiting);
    waiting.texts.push(text);
    waiting.characters += text.length;
    if (waiting.characters > LINE_BYTES_MAX) {
      const whole = waiting.texts.splice(0).join('');
      waiting.dropped = true;
      return { source: waiting.source, text: whole, reason: 'partial_too_long' };
    }
    return this.#waiting.size > PARTIAL_STREAMS_MAX ? this.takeOldest() : null;
  }

  /**
   * Puts the last piece to those that wait for it.
   * Null: the message was given up before; nothing is left to say of it.
   */
  finish(key: string, source: Source, text: string): string | GivenUp<Source> | null {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return text;
    const given = this.add(key, source, text);
    this.#waiting.delete(key);
    if (waiting.dropped) return given;
    return waiting.texts.join('');
  }

  /** Gives up the message that waits longest. Null: none waits. */
  takeOldest(): GivenUp<Source> | null {
    for (const [key, waiting] of this.#waiting) {
      this.#waiting.delete(key);
      if (!waiting.dropped)
        return { source: waiting.source, text: waiting.texts.join(''), reason: 'truncated' };
    }
    return null;
  }
}
