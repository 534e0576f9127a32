/** The table `shape`: finds the shape with given columns, and keeps new ones until they are written together. */
import type Database from 'better-sqlite3';
import { attachImage, type ImageCopy } from './image-copy.ts';
import { prepareInsertMany } from './insert-many.ts';
import { COLUMN, COLUMNS, type StoredShape } from './shape-columns.ts';
import { damaged } from './stored.ts';
import { NULL } from './table-image.ts';
import { TupleTable } from './tuple-table.ts';

/** Shapes that are found in memory. When there are more, an index of the table finds them. */
const KNOWN_SHAPES_MAX = 196_000;
/** Fewer shapes are put into the table one by one. */
const IMAGE_SHAPES_MIN = 1_000;
/** A transaction of fewer lines needs no image. */
const IMAGE_LINES_MIN = 4_000;
const WIDTH = COLUMNS.length;
/** Columns that few values stand for together: who wrote the lines, and what they say of the connection. */
const WHO = [
  COLUMN.pod_id,
  COLUMN.namespace_id,
  COLUMN.container_id,
  COLUMN.node_id,
  COLUMN.format_id,
  COLUMN.envelope_id,
];
const WHAT = [
  COLUMN.upstream_cluster_id,
  COLUMN.requested_server_name_id,
  COLUMN.response_flags_id,
  COLUMN.detail_id,
];
/** The addresses; with the pod they tell most shapes apart. */
const WHERE = [
  COLUMN.upstream_host_id,
  COLUMN.upstream_local_host_id,
  COLUMN.downstream_local_address_id,
  COLUMN.downstream_remote_host_id,
];
const INDEXED = ['pod_id', ...WHERE.map((column) => COLUMNS[column])];

export interface ShapeTable {
  /** Id of the shape with these columns (0 for NULL), 0 when there is none. */
  find(key: Int32Array): number;
  /** Id for a shape that is new: call when `find` has not found it. */
  add(key: Int32Array): number;
  /** Columns of a shape; the array holds until the next call. */
  columnsOf(id: number): Int32Array;
  /** Call before a transaction, with the number of lines that it may store. */
  prepare(lines: number): void;
  /** Puts what was added into the table. */
  write(): void;
  reset(): void;
  close(): void;
}

export function createShapeTable(db: Database.Database, knownMax = KNOWN_SHAPES_MAX): ShapeTable {
  const list = COLUMNS.join(', ');
  const sql = {
    get: db.prepare<[number], StoredShape>(`SELECT id, ${list} FROM shape WHERE id = ?`),
    all: db.prepare<[number], StoredShape>(`SELECT id, ${list} FROM shape ORDER BY id LIMIT ?`),
    last: db.prepare<[], number | null>('SELECT max(id) FROM shape').pluck(),
    alike: db.prepare<Array<number | null>, StoredShape>(
      `SELECT id, ${list} FROM shape WHERE ${INDEXED.map((column) => `${column} IS ?`).join(' AND ')}`,
    ),
  };
  const insert = prepareInsertMany(db, `INSERT INTO shape (id, ${list})`, 1 + WIDTH);
  const who = new TupleTable(WHO.length);
  const what = new TupleTable(WHAT.length);
  const known = new TupleTable(2 + WHERE.length);
  const part = { who: new Int32Array(WHO.length), what: new Int32Array(WHAT.length) };
  const knownKey = new Int32Array(2 + WHERE.length);
  const columns = new Int32Array(WIDTH);
  /** 'none': not read yet; 'whole': all shapes are in `known`, so that one which is not there is new; 'part': there are more. */
  let state: 'none' | 'whole' | 'part' = 'none';
  /** Id of the first shape that was added and not written, and of the next one. */
  let firstAdded = 0;
  let nextId = 0;
  let added = new Int32Array(1_024 * WIDTH);
  /** Undefined: not tried yet. Null: there can be none. */
  let image: ImageCopy | null | undefined;
  let isImageUsed = false;
  const values = new Float64Array(WIDTH);
  const imageKey = new Float64Array(1);

  const numberIn = (table: TupleTable, tuple: Int32Array): number => {
    const number = table.get(tuple);
    if (number !== 0) return number;
    table.set(tuple, table.size + 1);
    return table.size;
  };

  const fillKnownKey = (key: Int32Array): void => {
    for (let i = 0; i < WHO.length; i++) part.who[i] = key[WHO[i] ?? 0] ?? 0;
    for (let i = 0; i < WHAT.length; i++) part.what[i] = key[WHAT[i] ?? 0] ?? 0;
    knownKey[0] = numberIn(who, part.who);
    knownKey[1] = numberIn(what, part.what);
    for (let i = 0; i < WHERE.length; i++) knownKey[2 + i] = key[WHERE[i] ?? 0] ?? 0;
  };

  /** `knownKey` is that of `key`. */
  const remember = (key: Int32Array, id: number): void => {
    if (known.size >= knownMax) {
      for (const table of [known, who, what]) table.clear();
      if (state === 'whole') useIndex();
      fillKnownKey(key);
    }
    known.set(knownKey, id);
  };

  const useIndex = (): void => {
    write();
    state = 'part';
    db.exec(`CREATE INDEX IF NOT EXISTS shape_ends ON shape (${INDEXED.join(', ')})`);
  };

  const fill = (row: StoredShape): Int32Array => {
    for (let i = 0; i < WIDTH; i++) columns[i] = row[COLUMNS[i] ?? 'pod_id'] ?? 0;
    return columns;
  };

  const load = (): void => {
    nextId = (sql.last.get() ?? 0) + 1;
    firstAdded = nextId;
    const rows = sql.all.all(knownMax + 1);
    if (rows.length > knownMax) useIndex();
    else {
      state = 'whole';
      for (const row of rows) {
        fillKnownKey(fill(row));
        remember(columns, row.id);
      }
    }
  };

  const addedAt = (id: number): Int32Array =>
    added.subarray((id - firstAdded) * WIDTH, (id - firstAdded + 1) * WIDTH);

  /** Among those that are not in memory. */
  const search = (key: Int32Array): number => {
    const ends = INDEXED.map((column) => key[COLUMN[column as keyof typeof COLUMN]] || null);
    for (const row of sql.alike.iterate(...ends))
      if (fill(row).every((value, i) => value === key[i])) return row.id;
    return 0;
  };

  const insertAll = (): void => {
    const rows: Array<number | null> = [];
    for (let id = firstAdded; id < nextId; id++) {
      rows.push(id);
      for (const value of addedAt(id)) rows.push(value || null);
    }
    insert(rows);
  };

  const copyAll = (copy: ImageCopy): boolean => {
    copy.image.clear();
    for (let id = firstAdded; id < nextId; id++) {
      const key = addedAt(id);
      for (let i = 0; i < WIDTH; i++) values[i] = key[i] || NULL;
      imageKey[0] = id;
      copy.image.add(imageKey, 0, values, WIDTH);
    }
    return copy.copy();
  };

  const write = (): void => {
    const copy = nextId - firstAdded < IMAGE_SHAPES_MIN || isImageUsed ? null : image;
    if (copy != null) isImageUsed = true;
    if (copy == null || !copyAll(copy)) insertAll();
    firstAdded = nextId;
  };

  return {
    find(key) {
      if (state === 'none') load();
      fillKnownKey(key);
      const id = known.get(knownKey);
      if (id !== 0 || state === 'whole') return id;
      const found = search(key);
      if (found !== 0) remember(key, found);
      return found;
    },
    add(key) {
      const at = (nextId - firstAdded) * WIDTH;
      if (at === added.length) {
        const wider = new Int32Array(2 * added.length);
        wider.set(added);
        added = wider;
      }
      added.set(key, at);
      const id = nextId++;
      remember(key, id);
      // What is not in memory is looked for in the table.
      if (state === 'part') write();
      return id;
    },
    columnsOf(id) {
      if (id >= firstAdded && id < nextId) {
        columns.set(addedAt(id));
        return columns;
      }
      const row = sql.get.get(id);
      if (row === undefined) throw damaged(`shape ${id} is missing`);
      return fill(row);
    },
    prepare(lines) {
      isImageUsed = false;
      if (lines >= IMAGE_LINES_MIN && image === undefined) image = attachImage(db, 'shape', 'shapes');
    },
    write,
    reset() {
      for (const table of [known, who, what]) table.clear();
      state = 'none';
      firstAdded = 0;
      nextId = 0;
    },
    close() {
      image?.close();
    },
  };
}
