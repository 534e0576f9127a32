/**
 * Puts the rows of a batch into their tables: few one by one; many in segments, by what lines they hold, and those that have to be single
 * ones by way of images.
 */
import type Database from 'better-sqlite3';
import type { BatchLines } from './batch-lines.ts';
import { attachImage, type ImageCopy } from './image-copy.ts';
import type { LineBatch } from './line-batch.ts';
import { PLAIN } from './line-record.ts';
import { NewRows, type RowColumns } from './new-rows.ts';
import { NONE } from './pairing/pairing-window.ts';
import { addRowsToImage } from './row-pages.ts';
import { prepareInsertRow } from './rows.ts';
import { SIDES, type Sides } from './segments/levels.ts';
import type { OrderedSegments } from './segments/ordered-segments.ts';
import { orderSegments, packSegments, type SegmentPacker } from './segments/pack-segments.ts';

/** Transactions of fewer lines need no images. */
const IMAGE_LINES_MIN = 2_000;
/** Fewer rows are put in one by one: an image costs as much as so many. */
const IMAGE_ROWS_MIN = 700;
/** An image serves once a transaction; what comes after so many is put in one by one. */
const IMAGES = 8;
/** Fewer rows that hold the same lines are put in one by one. */
const SEGMENT_ROWS_MIN = 512;
/** Of the lines of a batch so many came just now: their partners are most likely to come next. */
const RECENT_PART = 1 / 8;

export interface RowInsert {
  /** Notes rows with lines of the batch: those that hold a pair, and the others. */
  add(pairs: RowColumns, singles: RowColumns): void;
  /** Puts into segments what segments are to hold, or has that done: `write` has to be called next. */
  fillSegments(): void;
  /** Puts the rest into the tables. */
  write(): void;
  /** Call before each transaction, with the number of rows that it may write. */
  prepare(rows: number): void;
  reset(): void;
  close(): void;
}

/** `lines` has taken the batch over when rows of it are written. `packer`: where there is one, it packs segments whose lines it will be given. */
export function createRowInsert(
  db: Database.Database,
  batch: LineBatch,
  lines: BatchLines,
  segments: OrderedSegments,
  packer: () => SegmentPacker | null,
): RowInsert {
  const insert = prepareInsertRow(db);
  /** Null: the place for temporary files does not serve. */
  let images: ImageCopy[] | null = [];
  /** Images that served in this transaction. */
  let used = 0;
  /** Rows that hold a pair, of which few are ever taken apart, and those with one line, which may get its partner any time. */
  const pairs = new NewRows();
  const others = new NewRows();
  /** Those of the others that segments can hold, by the line that they have, and the rest. */
  const clients = new NewRows();
  const servers = new NewRows();
  const rest = new NewRows();
  let isRestTaken = false;

  const insertOne = ({ rows, clients, servers }: NewRows, at: number): void =>
    insert(rows[at] ?? 0, batch, clients[at] ?? 0, servers[at] ?? 0);

  const insertAll = (some: NewRows): void => {
    for (let at = 0; at < some.size; at++) insertOne(some, at);
  };

  /** Inserts the rows with long texts, and has what the others have beside numbers taken over. */
  const insertLong = (some: NewRows): void => {
    some.keepShort(batch, (at) => insertOne(some, at));
    if (!some.hasRest || isRestTaken) return;
    lines.takeRest(batch);
    isRestTaken = true;
  };

  /** What is not put into segments is added to the others. */
  const writeSegments = (rows: NewRows, sides: Sides): void => {
    // Rows for segments have no mark.
    if (batch.hasOwnHashes) insertLong(rows);
    else rows.keepBare();
    if (rows.size === 0) return;
    const some = { rows, sides };
    const packing = rows.hasRest ? null : packer();
    const left =
      packing === null ? packSegments(lines, some, segments) : orderSegments(lines, some, segments, packing);
    for (const at of left) others.add(rows, at);
  };

  /** Tells the others that segments can hold from the rest. Segments say nothing of standing. */
  const divideOthers = (): void => {
    const settled = batch.length * (1 - RECENT_PART);
    for (let at = 0; at < others.size; at++) {
      const [client, server] = [others.clients[at] as number, others.servers[at] as number];
      const line = client === NONE ? server : client;
      const isLasting = line < settled && batch.standing[line] === PLAIN;
      (!isLasting ? rest : server === NONE ? clients : servers).add(others, at);
    }
    others.clear();
    others.addAll(rest);
    rest.clear();
  };

  /**
   * Puts the others that are likely to stay as they are into segments. Where most rows have one line, partners are likely to come: logs
   * are read one after the other, and rows would be taken out again one by one.
   */
  const writeSingles = (): void => {
    if (others.size < SEGMENT_ROWS_MIN || others.size > pairs.size) return;
    divideOthers();
    for (const [rows, sides] of [
      [clients, SIDES.client],
      [servers, SIDES.server],
    ] as const) {
      if (rows.size >= SEGMENT_ROWS_MIN) writeSegments(rows, sides);
      else others.addAll(rows);
      rows.clear();
    }
  };

  const writeOthers = (copy: ImageCopy): void => {
    insertLong(others);
    copy.image.clear();
    if (others.size === 0) return;
    used++;
    addRowsToImage(copy.image, lines, others);
    if (!copy.copy()) insertAll(others);
  };

  return {
    prepare(expected) {
      used = 0;
      if (images === null || expected < IMAGE_LINES_MIN) return;
      while (images.length < IMAGES) {
        const image = attachImage(db, 'connection', `image${images.length}`, images[0]?.image);
        if (image === null) {
          images = null;
          return;
        }
        images.push(image);
      }
    },
    add(some, singles) {
      pairs.take(some);
      others.take(singles);
    },
    fillSegments() {
      segments.settle();
      isRestTaken = false;
      writeSingles();
      if (pairs.size < SEGMENT_ROWS_MIN) insertAll(pairs);
      else writeSegments(pairs, SIDES.both);
    },
    write() {
      const copy = others.size < IMAGE_ROWS_MIN ? undefined : images?.[used];
      if (copy === undefined) insertAll(others);
      else writeOthers(copy);
      this.reset();
    },
    reset() {
      pairs.clear();
      others.clear();
    },
    close() {
      for (const image of images ?? []) image.close();
    },
  };
}
