/**
 * Rows by the seconds in which their lines started; most of those that were not asked for are passed over within SQLite, or within their
 * segment.
 */
import type Database from 'better-sqlite3';
import { NO_PORT } from '../../domain/address.ts';
import type { LineHint } from '../../domain/ports.ts';
import { CLIENTS_MAX } from './clients/find-clients.ts';
import type { ConnectionRow } from './line-record.ts';
import { createOneMoment } from './one-moment.ts';
import {
  type HashOf,
  PORT_BASE,
  type RawRow,
  ROWS_PER_SECOND,
  type RowValues,
  rawRow,
  readRow,
} from './rows.ts';
import { prepareIsAsked } from './segments/asked.ts';
import { ALL_SIDES, SIDES, type Sides } from './segments/levels.ts';
import { createSegmentTable, type Visit } from './segments/segment-table.ts';

/** What is looked for: lines of the shapes asked for, or pairs of which one end has such a shape. */
export type Which = 'lines' | 'pairs';

/**
 * Rows with a line that started in [from, to) seconds, each once; at least all of those that were asked for.
 * `linked`: whether there are links of such lines at all.
 */
export type RowsOf = (from: number, to: number, linked: boolean) => ConnectionRow[];

/** To look for more shapes than that costs more than to read all rows. */
const ASKED_MAX = 10_000;

const BY_ROW = 'row >= ? AND row < ?';
/** Rows in the range are found without. */
const MOVED =
  'row IN (SELECT row FROM elsewhere WHERE second >= ? AND second < ?) AND NOT (row >= ? AND row < ?)';
const ASKED = '(c_shape IN asked OR s_shape IN asked)';
const BOTH = '(c_shape IS NOT NULL AND s_shape IS NOT NULL)';
const ALONE = '(c_shape IS NULL OR s_shape IS NULL)';
/** A client's line that may be linked to a server's line in another row. */
const CLIENT_ALONE = '(s_shape IS NULL AND c_shape IS NOT NULL)';
/** Ports as they are stored: see the table `connection`. */
const CLIENT_PORT = 'c_downstream_remote_port';
const SERVER_PORT = `s_downstream_remote_port + CASE WHEN c_shape IS NULL THEN 0 ELSE ifnull(c_upstream_local_port, ${NO_PORT - PORT_BASE}) END`;

/** What is the same for all rows that are read for one question. */
export interface RowQuery {
  /** Null: all. */
  readonly shapes: ReadonlySet<number> | null;
  readonly which: Which;
  readonly hint: LineHint | undefined;
}

/** Answers how to read the rows of a question. */
export function prepareReadRows(db: Database.Database, hashOf: HashOf): (query: RowQuery) => RowsOf {
  const segments = createSegmentTable(db);
  // Between two moments a row may go from its table to a segment, and segments may be dropped.
  const atOneMoment = createOneMoment(db);
  const statements = new Map<string, Database.Statement<[string, ...number[]], RowValues>>();
  const moved = db
    .prepare<[number, number, number, number], number>(
      `SELECT DISTINCT row FROM elsewhere WHERE second >= ? AND second < ? AND NOT (row >= ? AND row < ?) ORDER BY row`,
    )
    .pluck();
  const select = (conditions: readonly string[]) => {
    const where = conditions.join(' AND ');
    let known = statements.get(where);
    if (known === undefined) {
      known = db
        .prepare<[string, ...number[]], RowValues>(
          `WITH asked AS (SELECT value FROM json_each(?)) SELECT * FROM connection WHERE ${where}`,
        )
        .raw();
      statements.set(where, known);
    }
    return known;
  };

  return (query) => {
    const { shapes, which, hint } = query;
    const isFew = shapes !== null && shapes.size <= ASKED_MAX;
    const asked = isFew ? JSON.stringify([...shapes]) : '[]';
    const ports = which === 'pairs' && hint?.alone === true ? [] : portsOf(hint);
    const isAsked = prepareIsAsked(shapes, ports);
    const rowsOf: RowsOf = (from, to, linked) => {
      const wanted = conditionsOf(query, isFew, linked);
      if (wanted === null) return [];
      const found: ConnectionRow[] = [];
      const take = (raw: RawRow): void => {
        found.push(readRow(raw, hashOf));
      };
      const [first, last] = [from * ROWS_PER_SECOND, to * ROWS_PER_SECOND];
      for (const values of select([BY_ROW, ...wanted]).all(asked, first, last, ...ports, ...ports))
        take(rawRow(values));
      for (const values of select([MOVED, ...wanted]).all(asked, from, to, first, last, ...ports, ...ports))
        take(rawRow(values));
      const sides = sidesOf(query, linked);
      const visit: Visit = (segment, place) => {
        const mayBeLinked = which === 'pairs' && segment.sides === SIDES.client;
        if (mayBeLinked || isAsked(segment, place)) take(segment.raw(place));
      };
      segments.each(first, last, visit, sides);
      segments.eachOf(moved.all(from, to, first, last), visit, sides);
      return found;
    };
    return (from, to, linked) => atOneMoment(() => rowsOf(from, to, linked));
  };
}

/** What rows have to fulfil, the cheapest first; null: there are none. */
function conditionsOf({ which, hint }: RowQuery, isFew: boolean, linked: boolean): string[] | null {
  const isAlone = hint?.alone === true;
  // Where the server's line has a row of its own, the client's row tells neither its shape nor its port.
  if (which === 'pairs' && isAlone) return linked ? [CLIENT_ALONE] : null;
  const places = portsOf(hint)
    .map(() => '?')
    .join();
  const lines = [
    ...(places === '' ? [] : [`(${CLIENT_PORT} IN (${places}) OR ${SERVER_PORT} IN (${places}))`]),
    ...(isFew ? [ASKED] : []),
  ];
  if (which === 'lines') return isAlone ? [ALONE, ...lines] : lines;
  const both = [BOTH, ...lines].join(' AND ');
  return [linked ? `(${CLIENT_ALONE} OR (${both}))` : both];
}

/** What is asked for of segments, as `conditionsOf` says of single rows. */
function sidesOf({ which, hint }: RowQuery, linked: boolean): readonly Sides[] {
  const { both, client, server } = SIDES;
  const isAlone = hint?.alone === true;
  if (which === 'lines') return isAlone ? [client, server] : ALL_SIDES;
  return [...(isAlone ? [] : [both]), ...(linked ? [client] : [])];
}

/** As they are stored; none where all rows are to be read. */
function portsOf(hint: LineHint | undefined): readonly number[] {
  const ports = new Set(hint?.clients?.map(({ port }) => port - PORT_BASE));
  return ports.size > CLIENTS_MAX ? [] : [...ports];
}
