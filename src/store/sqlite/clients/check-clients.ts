/** Compares the table `client_filter` with the lines. */
import type Database from 'better-sqlite3';
import { NO_PORT } from '../../../domain/address.ts';
import type { LineRecord } from '../line-record.ts';
import { type RawRow, readRow } from '../rows.ts';
import { createSegmentTable } from '../segments/segment-table.ts';
import { clientHash, type Stretch, stretchesOf } from './client-filter.ts';
import { type CallValues, FILL_ROWS, prepareHostOf, SELECT_CALLS } from './fill-clients.ts';

/** Lines whose client is not taken down where they started, so that they are not found by it. Errors: `db_damaged`. */
export function countLostClients(db: Database.Database): number {
  const select = db.prepare<[number, number], CallValues>(SELECT_CALLS).raw();
  const lists = db.prepare<[number, number], { packed: number; list: Buffer }>(
    'SELECT packed, list FROM client_filter WHERE last >= ? AND first <= ?',
  );
  const hostOf = prepareHostOf(db);
  let lost = 0;
  const check = (rows: readonly CallValues[]): void => {
    const bySecond = hashesBySecond(rows, hostOf);
    const seconds = [...bySecond.keys()].sort((a, b) => a - b);
    const stretches = lists
      .all(seconds[0] ?? 0, seconds.at(-1) ?? 0)
      .flatMap(({ packed, list }) => stretchesOf(list, packed === 1));
    for (const [second, around] of eachSecond(seconds, stretches))
      for (const hash of bySecond.get(second) ?? [])
        if (!around.some((stretch) => stretch.mayHave(hash))) lost++;
  };
  for (let rows = select.all(-1, FILL_ROWS); rows.length > 0; ) {
    check(rows);
    rows = select.all(rows.at(-1)?.[0] ?? 0, FILL_ROWS);
  }
  const segments = createSegmentTable(db);
  for (const found of segments.find(0, Number.MAX_SAFE_INTEGER)) {
    const rows: CallValues[] = [];
    segments.eachIn(found, 0, Number.MAX_SAFE_INTEGER, (segment, place) =>
      rows.push(callsOf(segment.raw(place))),
    );
    check(rows);
  }
  return lost;
}

/** What `SELECT_CALLS` tells of a row. */
function callsOf(raw: RawRow): CallValues {
  const { row, client, server } = readRow(raw, () => 0);
  const of = (line: LineRecord | null) =>
    [line?.shape ?? null, line?.start ?? 0, line?.downstreamRemotePort ?? NO_PORT] as const;
  return [row, ...of(client), ...of(server)];
}

function hashesBySecond(
  rows: readonly CallValues[],
  hostOf: (shape: number) => number,
): Map<number, number[]> {
  const bySecond = new Map<number, number[]>();
  const note = (shape: number | null, port: number, starts: readonly number[]): void => {
    const host = shape === null || port === NO_PORT ? 0 : hostOf(shape);
    if (host === 0) return;
    for (const second of new Set(starts.map((start) => Math.floor(start / 1_000)))) {
      const known = bySecond.get(second);
      if (known === undefined) bySecond.set(second, [clientHash(host, port)]);
      else known.push(clientHash(host, port));
    }
  };
  for (const [, cShape, cStart, cPort, sShape, sStart, sPort] of rows) {
    note(cShape, cPort, [cStart]);
    note(sShape, sPort, cShape === null ? [sStart] : [sStart, cStart]);
  }
  return bySecond;
}

/** Seconds, ascending, each with the stretches around it. */
function* eachSecond(
  seconds: readonly number[],
  stretches: Stretch[],
): Iterable<[number, readonly Stretch[]]> {
  stretches.sort((a, b) => a.first - b.first);
  let begun = 0;
  let around: Stretch[] = [];
  for (const second of seconds) {
    for (let next = stretches[begun]; next !== undefined && next.first <= second; next = stretches[++begun])
      around.push(next);
    around = around.filter(({ last }) => last >= second);
    yield [second, around];
  }
}
