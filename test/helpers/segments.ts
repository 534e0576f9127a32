/** Rows put into segments as a writer does. */
import type Database from 'better-sqlite3';
import { BatchLines } from '../../src/store/sqlite/batch-lines.ts';
import { LineBatch } from '../../src/store/sqlite/line-batch.ts';
import type { LineRecord } from '../../src/store/sqlite/line-record.ts';
import { NewRows } from '../../src/store/sqlite/new-rows.ts';
import { NONE } from '../../src/store/sqlite/pairing/pairing-window.ts';
import { prepareInsertRow } from '../../src/store/sqlite/rows.ts';
import { ALL_SIDES, SIDES, type Sides } from '../../src/store/sqlite/segments/levels.ts';
import { packSegments } from '../../src/store/sqlite/segments/pack-segments.ts';
import { createSegmentTable, type SegmentTable } from '../../src/store/sqlite/segments/segment-table.ts';

export interface PairRow {
  readonly row: number;
  readonly client: LineRecord;
  readonly server: LineRecord;
}

/** A row with one line or two. */
export interface AnyRow {
  readonly row: number;
  readonly client: LineRecord | null;
  readonly server: LineRecord | null;
}

/** A line with a row's number in its values, in most columns. */
export function lineOf(start: number, n: number): LineRecord {
  return {
    shape: 1 + (n % 300),
    start,
    duration: n % 7 === 0 ? null : n % 1_000,
    received: 3 * n,
    sent: n % 11,
    upstreamLocalPort: n % 50_000,
    downstreamRemotePort: (7 * n) % 50_000,
    hash: n,
    ownHash: false,
    extra: null,
    standing: 0,
  };
}

/** Shape of the result: the rows that no segment took. */
export function putInSegments(
  db: Database.Database,
  rows: readonly AnyRow[],
  segments = createSegmentTable(db),
): number[] {
  return ALL_SIDES.flatMap((sides) => {
    const some = rows.filter((row) => sidesHeld(row) === sides);
    return some.length === 0 ? [] : putSome(some, sides, segments);
  });
}

/** Undefined: there is no such row. */
export function sidesHeld(row: AnyRow | undefined): Sides | undefined {
  if (row === undefined) return undefined;
  const { client, server } = row;
  return server === null ? SIDES.client : client === null ? SIDES.server : SIDES.both;
}

function putSome(some: readonly AnyRow[], sides: Sides, segments: SegmentTable): number[] {
  const { batch, rows } = gather(some);
  const lines = new BatchLines();
  lines.take(batch);
  rows.keepShort(batch, () => {
    throw new Error('texts that are too long');
  });
  if (rows.hasRest) lines.takeRest(batch);
  return packSegments(lines, { rows, sides }, segments).map((at) => rows.rows[at] as number);
}

/** The same one by one in the table `connection`. */
export function putInTable(db: Database.Database, some: readonly AnyRow[]): void {
  const insert = prepareInsertRow(db);
  const { batch, rows } = gather(some);
  some.forEach(({ row }, at) => {
    insert(row, batch, rows.clients[at] as number, rows.servers[at] as number);
  });
}

function gather(some: readonly AnyRow[]): { readonly batch: LineBatch; readonly rows: NewRows } {
  const batch = new LineBatch();
  const rows = new NewRows();
  const add = (line: LineRecord | null, isServer: boolean): number =>
    line === null ? NONE : batch.addRecord(line, isServer, NONE, NONE);
  for (const { row, client, server } of some) {
    const clients = Int32Array.of(add(client, false));
    const servers = Int32Array.of(add(server, true));
    rows.add({ rows: Float64Array.of(row), clients, servers }, 0);
  }
  return { batch, rows };
}
