/** Puts the rows of a batch into the table: few one by one, many by way of images. */
import type Database from 'better-sqlite3';
import type { BatchLines } from './batch-lines.ts';
import { attachImage, type ImageCopy } from './image-copy.ts';
import type { LineBatch } from './line-batch.ts';
import { addRowsToImage } from './row-pages.ts';
import { isBare, isShort, markOf, prepareInsertRow } from './rows.ts';

/** Fewer rows are put in one by one: an image costs as much as so many. */
const IMAGE_ROWS_MIN = 2_000;
/** An image serves once a transaction; what comes after so many is put in one by one. */
const IMAGES = 8;

export interface RowInsert {
  /** Notes a row with lines of the batch: indexes, or NONE. */
  add(row: number, client: number, server: number): void;
  /** Puts what was noted into the table. */
  write(): void;
  /** Call before each transaction, with the number of rows that it may write. */
  prepare(rows: number): void;
  reset(): void;
  close(): void;
}

/** `lines` has taken the batch over when rows of it are written. */
export function createRowInsert(db: Database.Database, batch: LineBatch, lines: BatchLines): RowInsert {
  const insert = prepareInsertRow(db);
  /** Null: the place for temporary files does not serve. */
  let images: ImageCopy[] | null = [];
  /** Images that served in this transaction. */
  let used = 0;
  let size = 0;
  let rows = new Float64Array(4_096);
  let clients = new Int32Array(4_096);
  let servers = new Int32Array(4_096);
  let marks = new Int32Array(4_096);

  const widen = (): void => {
    const capacity = 2 * size;
    const [wideRows, wideClients, wideServers] = [
      new Float64Array(capacity),
      new Int32Array(capacity),
      new Int32Array(capacity),
    ];
    wideRows.set(rows);
    wideClients.set(clients);
    wideServers.set(servers);
    [rows, clients, servers] = [wideRows, wideClients, wideServers];
    marks = new Int32Array(capacity);
  };

  const insertOne = (at: number): void => insert(rows[at] ?? 0, batch, clients[at] ?? 0, servers[at] ?? 0);

  /**
   * Inserts the rows that an image cannot take, and has the others in their place. True when one of these has more than numbers.
   */
  const insertOthers = (): boolean => {
    let kept = 0;
    let hasRest = false;
    for (let at = 0; at < size; at++) {
      const [client, server] = [clients[at] as number, servers[at] as number];
      marks[kept] = 0;
      if (!isBare(batch, client, server)) {
        if (!isShort(batch, client, server)) {
          insertOne(at);
          continue;
        }
        hasRest = true;
        marks[kept] = markOf(batch, client, server);
      }
      rows[kept] = rows[at] as number;
      clients[kept] = client;
      servers[kept] = server;
      kept++;
    }
    size = kept;
    return hasRest;
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
    add(row, client, server) {
      if (size === rows.length) widen();
      rows[size] = row;
      clients[size] = client;
      servers[size] = server;
      size++;
    },
    write() {
      const copy = size < IMAGE_ROWS_MIN ? undefined : images?.[used];
      if (copy === undefined) for (let at = 0; at < size; at++) insertOne(at);
      else {
        const hasRest = insertOthers();
        if (hasRest) lines.takeRest(batch);
        copy.image.clear();
        if (size > 0) {
          used++;
          addRowsToImage(copy.image, lines, { size, rows, clients, servers, marks: hasRest ? marks : null });
          if (!copy.copy()) for (let at = 0; at < size; at++) insertOne(at);
        }
      }
      size = 0;
    },
    reset() {
      size = 0;
    },
    close() {
      for (const image of images ?? []) image.close();
    },
  };
}
