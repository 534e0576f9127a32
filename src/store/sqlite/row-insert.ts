/**
 * Puts the rows of a batch into their tables: few one by one; of many those that hold a pair in segments, and the others by way of
 * images.
 */
import type Database from 'better-sqlite3';
import type { BatchLines } from './batch-lines.ts';
import { attachImage, type ImageCopy } from './image-copy.ts';
import type { LineBatch } from './line-batch.ts';
import { NewRows, type RowColumns } from './new-rows.ts';
import { addRowsToImage } from './row-pages.ts';
import { prepareInsertRow } from './rows.ts';
import { packSegments } from './segments/pack-segments.ts';
import type { SegmentTable } from './segments/segment-table.ts';

/** Fewer rows are put in one by one: an image costs as much as so many. */
const IMAGE_ROWS_MIN = 2_000;
/** An image serves once a transaction; what comes after so many is put in one by one. */
const IMAGES = 8;
/** Fewer pairs are put in one by one. */
const SEGMENT_PAIRS_MIN = 512;

export interface RowInsert {
  /** Notes rows with lines of the batch: those that hold a pair, and the others. */
  add(pairs: RowColumns, singles: RowColumns): void;
  /** Puts what was noted into the tables. */
  write(): void;
  /** Call before each transaction, with the number of rows that it may write. */
  prepare(rows: number): void;
  reset(): void;
  close(): void;
}

/** `lines` has taken the batch over when rows of it are written. */
export function createRowInsert(
  db: Database.Database,
  batch: LineBatch,
  lines: BatchLines,
  segments: SegmentTable,
): RowInsert {
  const insert = prepareInsertRow(db);
  /** Null: the place for temporary files does not serve. */
  let images: ImageCopy[] | null = [];
  /** Images that served in this transaction. */
  let used = 0;
  /** Rows that hold a pair, of which few are ever taken apart, and those with one line, which may get its partner any time. */
  const pairs = new NewRows();
  const others = new NewRows();
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

  const writePairs = (): void => {
    insertLong(pairs);
    if (pairs.size === 0) return;
    packSegments(lines, pairs, segments, (at) => others.add(pairs, at));
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
      if (images === null || expected < IMAGE_ROWS_MIN) return;
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
    write() {
      isRestTaken = false;
      if (pairs.size < SEGMENT_PAIRS_MIN) insertAll(pairs);
      else writePairs();
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
