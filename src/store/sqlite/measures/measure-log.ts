/** Takes down what is measured of lines while they come in, and adds it to the table `measure` once a transaction. */
import type Database from 'better-sqlite3';
import { durationCode } from '../../../domain/duration-code.ts';
import { orderOf } from '../pairing/radix-sort.ts';
import { type ChunkLines, packChunk } from './chunk.ts';

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

export interface MeasureLog {
  /** `sign`: 1 for a line that counts, -1 for one that does not count any more. Numbers below 0 are absent. */
  add(shape: number, start: number, duration: number, received: number, sent: number, sign: 1 | -1): void;
  /** Lines that were added and not written. */
  readonly size: number;
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
  let size = 0;
  let shapes = new Uint32Array(FIRST_CAPACITY);
  /** Hour, sign and minute within the hour: see `placeOf`. */
  let places = new Uint32Array(FIRST_CAPACITY);
  let durations = new Uint8Array(FIRST_CAPACITY);
  let received = new Float64Array(FIRST_CAPACITY);
  let sent = new Float64Array(FIRST_CAPACITY);

  const widen = (): void => {
    shapes = grown(shapes, new Uint32Array(2 * size));
    places = grown(places, new Uint32Array(2 * size));
    durations = grown(durations, new Uint8Array(2 * size));
    received = grown(received, new Float64Array(2 * size));
    sent = grown(sent, new Float64Array(2 * size));
  };

  /** Appends to the last part of an hour while that is small. */
  const append = (hour: number, chunk: Buffer): void => {
    const first = hour * PARTS_PER_HOUR;
    const last = sql.last.get(first, first + PARTS_PER_HOUR);
    if (last === undefined) sql.put.run(first, chunk);
    else if (last.size >= PART_BYTES_MIN) sql.put.run(last.part + 1, chunk);
    else sql.put.run(last.part, Buffer.concat([sql.get.get(last.part) ?? Buffer.alloc(0), chunk]));
  };

  /** Packs and appends the lines at [from, to) of the order: of one hour and sign. */
  const writeStretch = (order: Uint32Array, from: number, to: number): void => {
    const length = to - from;
    const place = places[order[from] ?? 0] ?? 0;
    const lines: ChunkLines = {
      sign: place % HOUR_PLACES < AWAY ? 1 : -1,
      length,
      minutes: new Uint8Array(length),
      shapes: new Uint32Array(length),
      durations: new Uint8Array(length),
      received: new Float64Array(length),
      sent: new Float64Array(length),
    };
    for (let i = 0; i < length; i++) {
      const at = order[from + i] ?? 0;
      lines.minutes[i] = (places[at] ?? 0) % AWAY;
      lines.shapes[i] = shapes[at] ?? 0;
      lines.durations[i] = durations[at] ?? 0;
      lines.received[i] = received[at] ?? 0;
      lines.sent[i] = sent[at] ?? 0;
    }
    append(Math.floor(place / HOUR_PLACES), packChunk(lines));
  };

  return {
    get size() {
      return size;
    },
    add(shape, start, duration, bytesReceived, bytesSent, sign) {
      if (size === shapes.length) widen();
      shapes[size] = shape;
      places[size] = placeOf(Math.floor(start / MINUTE_MS), sign);
      durations[size] = durationCode(duration);
      received[size] = Math.max(bytesReceived, 0);
      sent[size] = Math.max(bytesSent, 0);
      size++;
    },
    write() {
      if (size === 0) return;
      const order = orderOf(places.subarray(0, size), orderOf(shapes.subarray(0, size)));
      const stretchAt = (i: number): number => Math.floor((places[order[i] ?? 0] ?? 0) / AWAY);
      for (let from = 0, to = 0; from < size; from = to) {
        const stretch = stretchAt(from);
        while (to < size && stretchAt(to) === stretch) to++;
        writeStretch(order, from, to);
      }
      size = 0;
    },
    reset() {
      size = 0;
    },
  };
}

function placeOf(minute: number, sign: 1 | -1): number {
  const hour = Math.floor(minute / MINUTES_PER_HOUR);
  return hour * HOUR_PLACES + (sign === 1 ? 0 : AWAY) + (minute - hour * MINUTES_PER_HOUR);
}

function grown<T extends Uint32Array | Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
