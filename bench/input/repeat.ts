/** As many lines as one likes from one file: the same connections again and again, each time some hours later. */

import { closeSync, openSync, readSync } from 'node:fs';
import { HOUR_MS } from '../../src/domain/time.ts';

const CHUNK_BYTES = 1 << 20;
const LINE_BYTES_MAX = 1 << 16;
const NEWLINE = 0x0a;
const OPENING = 0x5b;
/** Of a time in a log: `2026-03-02T06`. */
const HOUR_BYTES = 13;

export interface Lines {
  /** Whole lines. Only until the next one is asked for: the memory is used again. */
  readonly bytes: Buffer;
  readonly count: number;
  /** Start of the last line, as logged, cut to its hour: ms since the epoch. */
  readonly hour: number;
}

/**
 * Gives `lines` lines, after the first `skip` rounds of the file. Times are moved by whole hours, so that every round
 * begins in the hour after the one in which the round before ended.
 * Shape: the file has text lines whose first `[` opens the start time; it is read round after round, never whole.
 */
export function* repeatLines(file: string, lines: number, skip = 0): Generator<Lines> {
  const step = hoursOf(file).hours;
  let left = lines;
  for (let round = skip; left > 0; round++) {
    const shift = new HourShift(round * step * HOUR_MS);
    let read = 0;
    for (const chunk of wholeLines(file)) {
      const { count, end } = shift.move(chunk, left);
      read += count;
      left -= count;
      yield { bytes: chunk.subarray(0, end), count, hour: shift.last };
      if (left === 0) return;
    }
    if (read === 0) throw new Error(`${file} has no lines to repeat`);
  }
}

/** The round of `repeatLines` in which this time lies, or the first one for an earlier time. */
export function roundsUntil(file: string, time: number): number {
  const { first, hours } = hoursOf(file);
  return Math.max(0, Math.floor((time - first) / (hours * HOUR_MS)));
}

/** The first hour that a line of the file begins in, and how many there are to the last, both counted. */
function hoursOf(file: string): { readonly first: number; readonly hours: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  const shift = new HourShift(0);
  for (const chunk of wholeLines(file)) {
    shift.move(chunk, Number.POSITIVE_INFINITY);
    first = Math.min(first, shift.earliest);
    last = Math.max(last, shift.latest);
  }
  return { first, hours: (last - first) / HOUR_MS + 1 };
}

function* wholeLines(file: string): Generator<Buffer> {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES + LINE_BYTES_MAX);
    let kept = 0;
    for (;;) {
      const read = readSync(descriptor, buffer, kept, CHUNK_BYTES, null);
      if (read === 0) return;
      const used = kept + read;
      const end = buffer.lastIndexOf(NEWLINE, used - 1) + 1;
      // What follows is read again from its own memory, since the lines before it may be changed in place.
      const rest = Buffer.from(buffer.subarray(end, used));
      if (rest.length > LINE_BYTES_MAX)
        throw new Error(`${file} has a line of more than ${LINE_BYTES_MAX} bytes`);
      if (end > 0) yield buffer.subarray(0, end);
      rest.copy(buffer);
      kept = rest.length;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Moves the hours of lines, in place. */
class HourShift {
  readonly #by: number;
  readonly #hours = new Map<string, { readonly time: number; readonly text: Buffer }>();
  #lastKey = '';
  #lastHour: { readonly time: number; readonly text: Buffer } | null = null;
  earliest = Number.POSITIVE_INFINITY;
  latest = Number.NEGATIVE_INFINITY;
  last = 0;

  constructor(by: number) {
    this.#by = by;
  }

  /** At most so many lines. `end`: of the last of them. */
  move(chunk: Buffer, most: number): { count: number; end: number } {
    let [count, at] = [0, 0];
    while (at < chunk.length && count < most) {
      const time = chunk.indexOf(OPENING, at) + 1;
      const end = chunk.indexOf(NEWLINE, at);
      if (time > 0 && time < end) this.#moveTime(chunk, time);
      at = end + 1;
      count++;
    }
    return { count, end: at };
  }

  #moveTime(chunk: Buffer, at: number): void {
    const key = chunk.toString('latin1', at, at + HOUR_BYTES);
    const hour = key === this.#lastKey && this.#lastHour !== null ? this.#lastHour : this.#hour(key);
    this.#lastKey = key;
    this.#lastHour = hour;
    this.last = hour.time;
    if (this.#by !== 0) hour.text.copy(chunk, at);
  }

  #hour(key: string): { readonly time: number; readonly text: Buffer } {
    const known = this.#hours.get(key);
    if (known !== undefined) return known;
    const time = Date.parse(`${key}:00:00Z`) + this.#by;
    if (Number.isNaN(time)) throw new Error(`cannot repeat a line that begins at "${key}"`);
    const hour = { time, text: Buffer.from(new Date(time).toISOString().slice(0, HOUR_BYTES), 'latin1') };
    this.#hours.set(key, hour);
    this.earliest = Math.min(this.earliest, time);
    this.latest = Math.max(this.latest, time);
    return hour;
  }
}
