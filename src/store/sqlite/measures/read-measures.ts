/** Reads the table `measure`: lines by hour, column by column. */
import { setImmediate as turn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { MeasureQuery, Measures } from '../../../domain/ports.ts';
import { Chunk, type Wanted } from './chunk.ts';
import { PARTS_PER_HOUR } from './measure-log.ts';

/** Ms for which others wait while measures are read. */
const TURN_MS = 15;

/** A chunk with its hour since the epoch. It holds until the next one. */
export type HourChunk = Chunk & { hour: number };

interface Part {
  readonly part: number;
  /** Bytes of it. */
  readonly size: number;
}

/** Shape: the chunks of the hours from `from` up to and with `to`. */
export function prepareEachChunk(
  db: Database.Database,
): (from: number, to: number, wanted: Wanted) => Generator<HourChunk> {
  const list = db.prepare<[number, number], Part>(
    'SELECT part, length(chunks) AS size FROM measure WHERE part >= ? AND part < ? ORDER BY part',
  );
  const get = db.prepare<[number], Buffer>('SELECT chunks FROM measure WHERE part = ?').pluck();
  return function* (from, to, wanted) {
    const chunk = Object.assign(new Chunk(), { hour: 0 });
    const end = Math.min((to + 1) * PARTS_PER_HOUR, Number.MAX_SAFE_INTEGER);
    // Parts only grow: what they are now is their beginning for ever.
    for (const { part, size } of list.all(from * PARTS_PER_HOUR, end)) {
      chunk.hour = Math.floor(part / PARTS_PER_HOUR);
      // Retention drops parts of hours that no line is left of.
      const bytes = get.get(part) ?? Buffer.alloc(0);
      const stop = Math.min(size, bytes.length);
      for (let at = 0; at < stop; ) {
        at = chunk.unpack(bytes, at, wanted);
        yield chunk;
      }
    }
  };
}

/** The same, with turns for others in between. */
export function prepareReadMeasures(db: Database.Database): (query: MeasureQuery) => AsyncIterable<Measures> {
  const eachChunk = prepareEachChunk(db);
  return async function* ({ from, to, ...wanted }) {
    let since = performance.now();
    for (const chunk of eachChunk(from, to, wanted)) {
      yield chunk;
      if (performance.now() - since < TURN_MS) continue;
      await turn();
      since = performance.now();
    }
  };
}
