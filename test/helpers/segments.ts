/** Rows with two lines each, put into segments as a writer does. */
import type Database from 'better-sqlite3';
import { BatchLines } from '../../src/store/sqlite/batch-lines.ts';
import { LineBatch } from '../../src/store/sqlite/line-batch.ts';
import type { LineRecord } from '../../src/store/sqlite/line-record.ts';
import { NewRows } from '../../src/store/sqlite/new-rows.ts';
import { NONE } from '../../src/store/sqlite/pairing/pairing-window.ts';
import { prepareInsertRow } from '../../src/store/sqlite/rows.ts';
import { packSegments } from '../../src/store/sqlite/segments/pack-segments.ts';
import { createSegmentTable } from '../../src/store/sqlite/segments/segment-table.ts';

export interface PairRow {
  readonly row: number;
  readonly client: LineRecord;
  readonly server: LineRecord;
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
export function putInSegments(db: Database.Database, pairs: readonly PairRow[]): number[] {
  const segments = createSegmentTable(db);
  const { batch, rows } = gather(pairs);
  const lines = new BatchLines();
  lines.take(batch);
  rows.keepShort(batch, () => {
    throw new Error('texts that are too long');
  });
  if (rows.hasRest) lines.takeRest(batch);
  const left: number[] = [];
  packSegments(lines, rows, segments, (at) => left.push(rows.rows[at] as number));
  return left;
}

/** The same one by one in the table `connection`. */
export function putInTable(db: Database.Database, pairs: readonly PairRow[]): void {
  const insert = prepareInsertRow(db);
  const { batch, rows } = gather(pairs);
  pairs.forEach(({ row }, at) => {
    insert(row, batch, rows.clients[at] as number, rows.servers[at] as number);
  });
}

function gather(pairs: readonly PairRow[]): { readonly batch: LineBatch; readonly rows: NewRows } {
  const batch = new LineBatch();
  const rows = new NewRows();
  for (const { row, client, server } of pairs) {
    const at = batch.addRecord(client, false, NONE, NONE);
    const servers = Int32Array.of(batch.addRecord(server, true, NONE, NONE));
    rows.add({ rows: Float64Array.of(row), clients: Int32Array.of(at), servers }, 0);
  }
  return { batch, rows };
}
