/** Fills the table `measure` of a database that was written before there was one. */
import type Database from 'better-sqlite3';
import { ABSENT } from '../line-batch.ts';
import { SUPERSEDED } from '../line-record.ts';
import { type RawRow, readRow } from '../rows.ts';
import { createMeasureLog } from './measure-log.ts';

/** Rows read at once. */
const ROWS = 20_000;
/** Lines packed at once. */
const CHUNK_LINES = 65_536;

export function fillMeasures(db: Database.Database): void {
  const select = db.prepare<[number, number], RawRow>(
    'SELECT * FROM connection WHERE row > ? ORDER BY row LIMIT ?',
  );
  const log = createMeasureLog(db);
  let after = -1;
  for (;;) {
    const rows = select.all(after, ROWS);
    for (const raw of rows) {
      after = raw.row;
      // Hashes are not asked for.
      const { client, server } = readRow(raw, () => 0);
      for (const line of [client, server]) {
        if (line === null || line.standing === SUPERSEDED) continue;
        const { shape, start, duration, received, sent } = line;
        log.add(shape, start, duration ?? ABSENT, received ?? ABSENT, sent ?? ABSENT, 1);
      }
    }
    if (log.size >= CHUNK_LINES || rows.length === 0) log.write();
    if (rows.length === 0) return;
  }
}
