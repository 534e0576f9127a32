/** Lines of one shape in one hour, summed up while they come in, and written to the table `flow` once a transaction; and what is measured of each. */
import type Database from 'better-sqlite3';
import {
  AMBIGUOUS,
  CONNECTIONS,
  END,
  FIRST,
  HOUR,
  HOUR_MS,
  LAST,
  LONGEST,
  PAIRED,
  RECEIVED,
  SENT,
  SHAPE,
  SHORTEST,
  STRIDE,
} from './flow-block.ts';
import { createFlowBlocks } from './flow-blocks.ts';
import { type FlowKey, flowKey, readFlowKey } from './journal.ts';
import { ABSENT, type LineBatch } from './line-batch.ts';
import { createMeasureLog } from './measures/measure-log.ts';

const FIRST_PLACES = 2 ** 12;

export interface FlowSums {
  /** Counts a line of the batch in, and whether it has another end or may have several: 1 or 0. */
  add(batch: LineBatch, index: number, paired: number, ambiguous: number): void;
  /** Takes a connection out (-1) that a later line of it stands for, or counts it again (1). */
  addAgain(batch: LineBatch, index: number, sign: 1 | -1): void;
  /** Counts what became known of the other ends of lines: how many more (or, negative, fewer) have one or may have several. */
  addEnds(shape: number, start: number, paired: number, ambiguous: number): void;
  /** Writes what was added since the last time, and answers which flows that were. */
  write(): FlowKey[];
  reset(): void;
}

export function createFlowSums(db: Database.Database): FlowSums {
  const table = createFlowBlocks(db, true);
  const measures = createMeasureLog(db);
  let places = FIRST_PLACES;
  /** Offset in `sums` by place, and one more: 0 is free. */
  let offsets = new Int32Array(places);
  let sums = new Float64Array((STRIDE * places) / 2);
  let size = 0;

  /** The arrays stay as large as they were needed. */
  const clear = () => {
    offsets.fill(0);
    size = 0;
  };

  /** Place of a flow, or the free one where it belongs. */
  const placeOf = (hour: number, shape: number): number => {
    const mask = places - 1;
    let place = Math.imul(Math.imul(shape, 0x9e3779b1) ^ hour, 0x85ebca6b);
    for (place = (place ^ (place >>> 15)) & mask; ; place = (place + 1) & mask) {
      const offset = (offsets[place] ?? 0) - 1;
      if (offset < 0 || (sums[offset + SHAPE] === shape && sums[offset + HOUR] === hour)) return place;
    }
  };

  /** Offset of the sums of a flow. */
  const sumOf = (hour: number, shape: number): number => {
    const place = placeOf(hour, shape);
    const known = offsets[place] ?? 0;
    return known === 0 ? make(hour, shape, place) : known - 1;
  };

  const make = (hour: number, shape: number, free: number): number => {
    let place = free;
    if (size * 2 === places) {
      widen();
      place = placeOf(hour, shape);
    }
    const offset = STRIDE * size++;
    offsets[place] = offset + 1;
    sums.fill(0, offset, offset + STRIDE);
    sums[offset + HOUR] = hour;
    sums[offset + SHAPE] = shape;
    sums[offset + FIRST] = Number.POSITIVE_INFINITY;
    sums[offset + LAST] = Number.NEGATIVE_INFINITY;
    sums[offset + END] = Number.NEGATIVE_INFINITY;
    sums[offset + SHORTEST] = Number.POSITIVE_INFINITY;
    return offset;
  };

  const widen = (): void => {
    places *= 2;
    offsets = new Int32Array(places);
    const wider = new Float64Array((STRIDE * places) / 2);
    wider.set(sums);
    sums = wider;
    for (let offset = 0; offset < STRIDE * size; offset += STRIDE) {
      offsets[placeOf(at(offset, HOUR), at(offset, SHAPE))] = offset + 1;
    }
  };

  const at = (offset: number, column: number): number => sums[offset + column] ?? 0;

  const raise = (offset: number, column: number, by: number): void => {
    sums[offset + column] = (sums[offset + column] ?? 0) + by;
  };

  const measure = (batch: LineBatch, index: number, sign: 1 | -1): void =>
    measures.add(
      batch.shape[index] ?? 0,
      batch.start[index] ?? 0,
      batch.duration[index] ?? ABSENT,
      batch.received[index] ?? ABSENT,
      batch.sent[index] ?? ABSENT,
      sign,
    );

  /** Offsets by hour and shape: the table is then written from end to end. */
  const inOrder = (): Float64Array => {
    const keys = new Float64Array(size);
    for (let i = 0; i < size; i++) keys[i] = flowKey(at(STRIDE * i, HOUR), at(STRIDE * i, SHAPE));
    return keys.sort();
  };

  return {
    add(batch, index, paired, ambiguous) {
      const start = batch.start[index] ?? 0;
      const duration = Math.max(0, batch.duration[index] ?? 0);
      const s = sumOf(Math.floor(start / HOUR_MS), batch.shape[index] ?? 0);
      raise(s, CONNECTIONS, 1);
      raise(s, RECEIVED, Math.max(0, batch.received[index] ?? 0));
      raise(s, SENT, Math.max(0, batch.sent[index] ?? 0));
      if (start < at(s, FIRST)) sums[s + FIRST] = start;
      if (start > at(s, LAST)) sums[s + LAST] = start;
      if (start + duration > at(s, END)) sums[s + END] = start + duration;
      if (duration < at(s, SHORTEST)) sums[s + SHORTEST] = duration;
      if (duration > at(s, LONGEST)) sums[s + LONGEST] = duration;
      raise(s, PAIRED, paired);
      raise(s, AMBIGUOUS, ambiguous);
      measure(batch, index, 1);
    },
    addAgain(batch, index, sign) {
      const s = sumOf(Math.floor((batch.start[index] ?? 0) / HOUR_MS), batch.shape[index] ?? 0);
      raise(s, CONNECTIONS, sign);
      raise(s, RECEIVED, sign * Math.max(0, batch.received[index] ?? 0));
      raise(s, SENT, sign * Math.max(0, batch.sent[index] ?? 0));
      measure(batch, index, sign);
    },
    addEnds(shape, start, paired, ambiguous) {
      const s = sumOf(Math.floor(start / HOUR_MS), shape);
      raise(s, PAIRED, paired);
      raise(s, AMBIGUOUS, ambiguous);
    },
    write() {
      measures.write();
      if (size === 0) return [];
      const keys = inOrder();
      for (const key of keys) {
        const { hour, shape } = readFlowKey(key);
        table.at(hour, shape).merge(shape, sums, sumOf(hour, shape));
      }
      table.write();
      clear();
      return Array.from(keys);
    },
    reset() {
      clear();
      table.reset();
      measures.reset();
    },
  };
}
