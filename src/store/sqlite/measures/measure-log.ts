/** Takes down what is measured of lines while they come in, and adds it to the table `measure` once a transaction. */
import type Database from 'better-sqlite3';
import { durationCode } from '../../../domain/duration-code.ts';
import { LineBatch } from '../line-batch.ts';
import { type ChunkLines, packChunk } from './chunk.ts';
import { orderOf } from './radix-sort.ts';

/** Parts that an hour can have. */
export const PARTS_PER_HOUR = 2 ** 20;
/** Small chunks are put behind each other up to so many bytes: nearly a page. */
const PART_BYTES_MIN = 4_096;
const MINUTE_MS = 60_000;
const MINUTES_PER_HOUR = 60;
/** Places of the minutes of an hour: first those that count, then those that are taken away. */
const AWAY = 64;
const HOUR_PLACES = 2 * AWAY;
const FIRST_CAPACITY = 1_024;

/** What is measured of lines, as columns. Numbers below 0 are absent. */
export type MeasuredLines = Pick<LineBatch, 'shape' | 'start' | 'duration' | 'received' | 'sent'>;

export interface MeasureLog {
  /** `sign`: 1 for a line that counts, -1 for one that does not count any more. Numbers below 0 are absent. */
  add(shape: number, start: number, duration: number, received: number, sent: number, sign: 1 | -1): void;
  /** Lines that were added and not written. */
  readonly size: number;
  /** Appends lines of one hour that were packed as `packChunk` does. */
  append(hour: number, packed: Buffer): void;
  /** Writes what was added since the last time. */
  write(): void;
  reset(): void;
}

export function createMeasureLog(db: Database.Database): MeasureLog {
  const sql = {
    last: db.prepare<[number, number], { part: number; size: number }>(
      'SELECT part, length(chunks) AS size FROM measure WHERE part >= ? AND part < ? ORDER BY part DESC LIMIT 1',
    ),
    get: db.prepare<[number], Buffer>('SELECT chunks FROM measure WHERE part = ?').pluck(),
    put: db.prepare('INSERT OR REPLACE INTO measure VALUES (?, ?)'),
  };
  /** Lines that were added one by one: those that count, and those that are taken away. */
  const added = { counting: new LineBatch(), away: new LineBatch() };
  /** Minutes of lines, and their hours: see `placeOf`. */
  let places = new Uint32Array(FIRST_CAPACITY);
  let chunk = newChunkLines(FIRST_CAPACITY);

  /** Appends to the last part of an hour while that is small. */
  const append = (hour: number, packed: Buffer): void => {
    const first = hour * PARTS_PER_HOUR;
    const last = sql.last.get(first, first + PARTS_PER_HOUR);
    if (last === undefined) sql.put.run(first, packed);
    else if (last.size >= PART_BYTES_MIN) sql.put.run(last.part + 1, packed);
    else sql.put.run(last.part, Buffer.concat([sql.get.get(last.part) ?? Buffer.alloc(0), packed]));
  };

  /** Packs and appends the lines at [from, to) of the order: of one hour and sign. */
  const writeStretch = (lines: MeasuredLines, order: Uint32Array, from: number, to: number): void => {
    const { minutes, shapes, durations, received, sent } = chunk;
    const place = places[order[from] as number] as number;
    for (let i = from, k = 0; i < to; i++, k++) {
      const at = order[i] as number;
      minutes[k] = (places[at] as number) % AWAY;
      shapes[k] = lines.shape[at] as number;
      durations[k] = durationCode(lines.duration[at] as number);
      received[k] = Math.max(lines.received[at] as number, 0);
      sent[k] = Math.max(lines.sent[at] as number, 0);
    }
    const sign = place % HOUR_PLACES < AWAY ? 1 : -1;
    append(Math.floor(place / HOUR_PLACES), packChunk({ ...chunk, length: to - from, sign }));
  };

  const writeSorted = (lines: MeasuredLines, byShape: Uint32Array, sign: 1 | -1): void => {
    const capacity = lines.shape.length;
    if (places.length < capacity) {
      places = new Uint32Array(capacity);
      chunk = newChunkLines(capacity);
    }
    for (let i = 0; i < byShape.length; i++) {
      const at = byShape[i] as number;
      places[at] = placeOf(Math.floor((lines.start[at] as number) / MINUTE_MS), sign);
    }
    const order = orderOf(places, byShape);
    const stretchAt = (i: number): number => Math.floor((places[order[i] as number] as number) / AWAY);
    for (let from = 0, to = 0; from < order.length; from = to) {
      const stretch = stretchAt(from);
      while (to < order.length && stretchAt(to) === stretch) to++;
      writeStretch(lines, order, from, to);
    }
  };

  const writeAdded = (lines: LineBatch, sign: 1 | -1): void => {
    if (lines.length > 0) writeSorted(lines, orderOf(lines.shape.subarray(0, lines.length)), sign);
    lines.clear();
  };

  return {
    get size() {
      return added.counting.length + added.away.length;
    },
    add(shape, start, duration, received, sent, sign) {
      const lines = sign === 1 ? added.counting : added.away;
      const index = lines.grow();
      lines.shape[index] = shape;
      lines.start[index] = start;
      lines.duration[index] = duration;
      lines.received[index] = received;
      lines.sent[index] = sent;
    },
    append,
    write() {
      writeAdded(added.counting, 1);
      writeAdded(added.away, -1);
    },
    reset() {
      added.counting.clear();
      added.away.clear();
    },
  };
}

function placeOf(minute: number, sign: 1 | -1): number {
  const hour = Math.floor(minute / MINUTES_PER_HOUR);
  return hour * HOUR_PLACES + (sign === 1 ? 0 : AWAY) + (minute - hour * MINUTES_PER_HOUR);
}

/** Columns of a chunk with room for so many lines. */
function newChunkLines(capacity: number): Omit<ChunkLines, 'length' | 'sign'> {
  return {
    minutes: new Uint8Array(capacity),
    shapes: new Uint32Array(capacity),
    durations: new Uint8Array(capacity),
    received: new Float64Array(capacity),
    sent: new Float64Array(capacity),
  };
}
