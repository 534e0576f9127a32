/** Fills the table `client_filter` of a database that was written before there was one, some rows at a time. */
import type Database from 'better-sqlite3';
import { NO_PORT } from '../../../domain/address.ts';
import { createDictionary } from '../dictionary.ts';
import { NONE } from '../pairing/pairing-window.ts';
import { PORT_BASE, ROWS_PER_SECOND } from '../rows.ts';
import { OWN } from '../shape-codes.ts';
import { createShapes } from '../shapes.ts';
import { createClientLog } from './client-log.ts';
import type { CallingLines } from './gatherer.ts';

/** Rows of one transaction: some hundredths of a second. */
export const FILL_ROWS = 16_384;

/**
 * Takes down the clients of the next rows after one. Shape of the result: the last of these rows; null: there are none any more.
 * `rows`: how many.
 */
export function prepareFillClients(
  db: Database.Database,
  rows = FILL_ROWS,
): (after: number) => number | null {
  const hostOf = prepareHostOf(db);
  const log = createClientLog(db, hostOf);
  const select = db.prepare<[number, number], CallValues>(SELECT_CALLS).raw();
  return (after) => {
    const found = select.all(after, rows);
    log.gather(linesOf(found));
    log.write();
    return found.at(-1)?.[0] ?? null;
  };
}

/** Id of the address of the clients of a shape, as it is taken down. */
export function prepareHostOf(db: Database.Database): (shape: number) => number {
  const shapes = createShapes(db, createDictionary(db));
  return (shape) => shapes.numberOf(shape, OWN);
}

/** What tells who called, of the next rows after one: ms since the epoch, and ports; NULL for a line that is not known. */
export const SELECT_CALLS = `
  WITH call AS (
    SELECT row, c_shape, s_shape, 1000 * (row / ${ROWS_PER_SECOND}) AS base, c_start, s_start,
      c_downstream_remote_port AS c_port, s_downstream_remote_port AS s_port, c_upstream_local_port AS upstream
    FROM connection WHERE row > ? ORDER BY row LIMIT ?
  )
  SELECT row, c_shape, base + c_start, ifnull(c_port + ${PORT_BASE}, ${NO_PORT}), s_shape,
    base + s_start + iif(c_shape IS NULL, 0, c_start),
    ifnull(s_port + iif(c_shape IS NULL, ${PORT_BASE}, ifnull(upstream + ${PORT_BASE}, ${NO_PORT})), ${NO_PORT})
  FROM call`;

/** Row; then shape, start and port of the client's line, and the same of the server's. */
export type CallValues = readonly [
  row: number,
  ...client: [shape: number | null, start: number, port: number],
  ...server: [shape: number | null, start: number, port: number],
];

function linesOf(rows: readonly CallValues[]): CallingLines {
  const most = 2 * rows.length;
  const lines = {
    length: 0,
    start: new Float64Array(most),
    shape: new Int32Array(most),
    downstreamRemotePort: new Int32Array(most),
    isServer: new Uint8Array(most),
    mates: new Int32Array(most),
  };
  const add = (shape: number, start: number, port: number, isServer: number, mate: number): void => {
    const at = lines.length++;
    lines.start[at] = start;
    lines.shape[at] = shape;
    lines.downstreamRemotePort[at] = port;
    lines.isServer[at] = isServer;
    lines.mates[at] = mate;
  };
  for (const [, cShape, cStart, cPort, sShape, sStart, sPort] of rows) {
    if (cShape !== null) add(cShape, cStart, cPort, 0, NONE);
    if (sShape !== null) add(sShape, sStart, sPort, 1, cShape === null ? NONE : lines.length - 1);
  }
  return lines;
}
