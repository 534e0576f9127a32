/** Puts the rows of a batch into the table: few one by one, many by way of images. */
import type Database from 'better-sqlite3';
import { attachImage, type ImageCopy } from './image-copy.ts';
import type { LineBatch } from './line-batch.ts';
import { orderOf } from './pairing/radix-sort.ts';
import { addToImage, isBare, prepareInsertRow } from './rows.ts';

/** Fewer rows are put in one by one: an image costs as much as so many. */
const IMAGE_ROWS_MIN = 2_000;
/** An image serves once a transaction; what comes after so many is put in one by one. */
const IMAGES = 8;
const TWO_32 = 2 ** 32;

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

export function createRowInsert(db: Database.Database, batch: LineBatch): RowInsert {
  const insert = prepareInsertRow(db);
  /** Null: the place for temporary files does not serve. */
  let images: ImageCopy[] | null = [];
  /** Images that served in this transaction. */
  let used = 0;
  let size = 0;
  let rows = new Float64Array(4_096);
  let clients = new Int32Array(4_096);
  let servers = new Int32Array(4_096);

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
  };

  /** Places in the order of their rows; null when they lie too far apart to be sorted in one go. */
  const inOrder = (): Uint32Array | null => {
    let first = Number.POSITIVE_INFINITY;
    for (let i = 0; i < size; i++) first = Math.min(first, rows[i] ?? 0);
    const keys = new Uint32Array(size);
    for (let i = 0; i < size; i++) {
      const key = (rows[i] ?? 0) - first;
      if (key >= TWO_32) return null;
      keys[i] = key;
    }
    return orderOf(keys);
  };

  const insertOne = (at: number): void => insert(rows[at] ?? 0, batch, clients[at] ?? 0, servers[at] ?? 0);

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
      const order = copy === undefined ? null : inOrder();
      if (copy === undefined || order === null) {
        for (let at = 0; at < size; at++) insertOne(at);
      } else {
        used++;
        copy.image.clear();
        for (let i = 0; i < size; i++) {
          const at = order[i] as number;
          const client = clients[at] as number;
          const server = servers[at] as number;
          if (isBare(batch, client, server)) addToImage(copy.image, rows, at, batch, client, server);
          else insertOne(at);
        }
        if (!copy.copy()) {
          for (const at of order) if (isBare(batch, clients[at] ?? 0, servers[at] ?? 0)) insertOne(at);
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
