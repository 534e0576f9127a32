/** Looks after a database file: checking, copying, dropping old lines. */

import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { messageOf } from '../../domain/errors.ts';
import { START_TIME_MAX } from '../../domain/limits.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { countLostClients } from './clients/check-clients.ts';
import { createDictionary } from './dictionary.ts';
import type { FlowNumbers } from './flow-block.ts';
import { prepareChangeFlow, prepareEachBlock } from './flow-blocks.ts';
import { ABSENT } from './line-batch.ts';
import { AMBIGUOUS, type LineRecord, SUPERSEDED } from './line-record.ts';
import { createMeasureLog, type MeasureLog, PARTS_PER_HOUR } from './measures/measure-log.ts';
import { prepareEachChunk } from './measures/read-measures.ts';
import { createOneMoment } from './one-moment.ts';
import { HOP_SIDE, type LinkRow } from './pairing/links.ts';
import { type RawRow, readRow, secondOfRow } from './rows.ts';
import { countLostMoved, countSegmentRows } from './segments/check-segments.ts';
import { preparePruned } from './segments/pruned-rows.ts';
import { createShapes } from './shapes.ts';
import { waitForLock } from './wait-for-lock.ts';

/** No line starts in or after this hour since the epoch. */
const HOURS_END = Math.ceil(START_TIME_MAX / HOUR_MS) + 1;

/** What is wrong with a database, in sentences; empty when nothing is. Reads all of it. */
export function checkDatabase(db: Database.Database): string[] {
  const problems = (db.pragma('integrity_check(20)') as Array<{ integrity_check: string }>)
    .map((row) => row.integrity_check)
    .filter((text) => text !== 'ok');
  if (problems.length > 0) return problems;
  try {
    // Of one moment: another process may be storing lines.
    createOneMoment(db)(() => compareParts(db, problems));
  } catch (error) {
    if (error instanceof Database.SqliteError) throw error;
    problems.push(`what is stored cannot be read: ${messageOf(error)}`);
  }
  return problems;
}

/** Tells what contradicts something else. */
function compareParts(db: Database.Database, problems: string[]): void {
  const one = (sql: string) => db.prepare(sql).pluck().get() as number | null;
  const compare = (what: string, a: number | null, b: number | null) => {
    if ((a ?? 0) !== (b ?? 0)) problems.push(`${what}: ${a ?? 0} against ${b ?? 0}`);
  };
  const inSegments = countSegmentRows(db, problems);
  const pairs =
    (one('SELECT count(*) FROM connection WHERE c_shape IS NOT NULL AND s_shape IS NOT NULL') ?? 0) +
    inSegments.pairs;
  const lines =
    (one('SELECT count(c_shape) + count(s_shape) FROM connection') ?? 0) +
    2 * inSegments.pairs +
    inSegments.singles;
  compare('lines counted and lines stored', one("SELECT value FROM counter WHERE name = 'lines'"), lines);
  const flows = sumFlows(db);
  const counted = lines - (one('SELECT sum((mark % 4 = 2) + (mark / 4 = 2)) FROM connection') ?? 0);
  compare('connections in flows and in rows', flows.connections, counted);
  compare('connections measured and in rows', countMeasured(db), counted);
  compare(
    'pairs counted and pairs stored',
    one("SELECT value FROM counter WHERE name = 'pairs'"),
    pairs + (one('SELECT count(peer_start) FROM link WHERE side = 0') ?? 0),
  );
  compare(
    'lines with another end in flows and in rows',
    flows.paired,
    2 * pairs + (one('SELECT count(peer_start) FROM link WHERE side < 2') ?? 0),
  );
  compare(
    'ambiguous lines in flows and in rows',
    flows.ambiguous,
    (one('SELECT sum((mark % 4 = 1) + (mark / 4 = 1)) FROM connection') ?? 0) +
      (one('SELECT count(*) FROM link WHERE side < 2 AND peer_start IS NULL') ?? 0),
  );
  compare(
    'links without the link back',
    one(`SELECT count(*) FROM link a WHERE peer_start IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM link b WHERE b.start = a.peer_start AND b.hash = a.peer_hash AND (b.side = 0) <> (a.side = 0)
        AND b.peer_start = a.start AND b.peer_hash = a.hash)`),
    0,
  );
  compare('lines that are not found by their client', countLostClients(db), 0);
  compare('moved lines without their row', countLostMoved(db), 0);
}

function countMeasured(db: Database.Database): number {
  let count = 0;
  const nothingElse = { durations: false, bytes: false };
  for (const { sign, length } of prepareEachChunk(db)(0, Number.MAX_SAFE_INTEGER, nothingElse))
    count += sign * length;
  return count;
}

function sumFlows(db: Database.Database): Pick<FlowNumbers, 'connections' | 'paired' | 'ambiguous'> {
  const sums = { connections: 0, paired: 0, ambiguous: 0 };
  for (const block of prepareEachBlock(db)(0, Number.MAX_SAFE_INTEGER)) {
    for (const shape of block.shapes()) {
      const flow = block.flow(shape);
      sums.connections += flow?.connections ?? 0;
      sums.paired += flow?.paired ?? 0;
      sums.ambiguous += flow?.ambiguous ?? 0;
    }
  }
  return sums;
}

export interface PruneOptions {
  readonly dropped?: (rows: ReadonlySet<number>) => void;
  /** Ends it before its time. */
  readonly signal?: AbortSignal;
}

/**
 * Drops the connections that started before `before` (ms), cut down to the whole hour, in small transactions.
 * A connection whose lines lie on both sides of the cut goes whole.
 * Shape of the result: lines dropped. Between transactions it rests, so that others get as much time as it took;
 * `dropped` is told the rows of each. Each leaves a whole database, so that it can be ended anywhere; whoever keeps
 * what was derived from flows reads them again when it has ended.
 */
export async function pruneDatabase(
  db: Database.Database,
  before: number,
  { dropped, signal }: PruneOptions = {},
): Promise<{ readonly lines: number }> {
  const cut = Math.floor(before / HOUR_MS) * HOUR_MS;
  const measures = createMeasureLog(db);
  const dropRow = prepareDropRow(db, measures);
  const dropMeasures = prepareDropMeasures(db);
  let lines = 0;
  for (const read of preparePruned(db, cut)) {
    /** Reads what it drops only when nobody else can change it any more. */
    const drop = () => {
      const started = performance.now();
      const some = read();
      if (some === null) return null;
      const dropped = some.rows.reduce((sum, row) => sum + dropRow(row), 0);
      some.remove();
      measures.write();
      dropMeasures();
      return { rows: some.rows, lines: dropped, started };
    };
    while (signal?.aborted !== true) {
      const done = await waitForLock(() => db.transaction(drop).immediate());
      if (done === null) break;
      lines += done.lines;
      dropped?.(new Set(done.rows.map((raw) => raw.row)));
      await delay(performance.now() - done.started);
    }
  }
  while ((await waitForLock(() => db.transaction(dropMeasures).immediate())) > 0) await delay(0);
  await waitForLock(() => db.transaction(() => finish(db, cut, lines)).immediate());
  return { lines };
}

/** Takes the lines of a row that is dropped out of their flows, and answers how many it held. */
function prepareDropRow(db: Database.Database, measures: MeasureLog): (raw: RawRow) => number {
  const sql = {
    elsewhere: db.prepare('DELETE FROM elsewhere WHERE second = ? AND row = ?'),
    raw: db.prepare('DELETE FROM raw_line WHERE second = ? AND hash = ?'),
    count: db.prepare('UPDATE counter SET value = value - ? WHERE name = ?'),
  };
  const changeFlow = prepareChangeFlow(db);
  const dropLinks = prepareDropLinks(db);
  const shapes = createShapes(db, createDictionary(db));
  return (raw) => {
    const { row, client, server } = readRow(raw, shapes.hashOf);
    const isPair = client !== null && server !== null;
    let lines = 0;
    for (const line of [client, server]) {
      if (line === null) continue;
      lines++;
      const second = Math.floor(line.start / 1_000);
      if (second !== secondOfRow(row)) sql.elsewhere.run(second, row);
      dropLinks(line);
      sql.raw.run(second, line.hash);
      if (line.standing === SUPERSEDED) continue;
      const { duration, received, sent } = line;
      measures.add(line.shape, line.start, duration ?? ABSENT, received ?? ABSENT, sent ?? ABSENT, -1);
      changeFlow(line.shape, Math.floor(line.start / HOUR_MS), {
        connections: -1,
        bytes_received: -(line.received ?? 0),
        bytes_sent: -(line.sent ?? 0),
        paired: isPair ? -1 : 0,
        ambiguous: line.standing === AMBIGUOUS ? -1 : 0,
      });
    }
    sql.count.run(lines, 'lines');
    if (isPair) sql.count.run(1, 'pairs');
    return lines;
  };
}

/** Measures dropped at once; each may be some hundred kilobytes. */
const PRUNE_PARTS = 4;

/** Drops measures of hours that no line is left of, some at a time. Shape of the result: how many. */
function prepareDropMeasures(db: Database.Database): () => number {
  const first = db.prepare<[], number | null>('SELECT min(hour) FROM flow').pluck();
  const drop = db.prepare(
    'DELETE FROM measure WHERE part IN (SELECT part FROM measure WHERE part < ? ORDER BY part LIMIT ?)',
  );
  return () => drop.run((first.get() ?? HOURS_END) * PARTS_PER_HOUR, PRUNE_PARTS).changes;
}

/** Drops what ties a line to others; one that stays is then told to have no other end. */
function prepareDropLinks(db: Database.Database): (line: LineRecord) => void {
  const sql = {
    own: db.prepare<[number, number], LinkRow>('SELECT * FROM link WHERE start = ? AND hash = ?'),
    drop: db.prepare('DELETE FROM link WHERE start = ? AND hash = ? AND side = ?'),
    count: db.prepare("UPDATE counter SET value = value - 1 WHERE name = 'pairs'"),
  };
  const changeFlow = prepareChangeFlow(db);
  const drop = (link: LinkRow): void => {
    sql.drop.run(link.start, link.hash, link.side);
    if (link.side === HOP_SIDE) return;
    const isTied = link.peer_start !== null;
    changeFlow(link.shape, Math.floor(link.start / HOUR_MS), {
      paired: isTied ? -1 : 0,
      ambiguous: isTied ? 0 : -1,
    });
  };
  return ({ start, hash }) => {
    for (const link of sql.own.all(start, hash)) {
      drop(link);
      if (link.peer_start === null || link.peer_hash === null) continue;
      sql.count.run();
      const isBack = (other: LinkRow) => other.peer_start === start && other.peer_hash === hash;
      for (const other of sql.own.all(link.peer_start, link.peer_hash)) if (isBack(other)) drop(other);
    }
  };
}

/** Drops the lists of addresses and clients that only what is gone was in, and tells the readers of the rest. */
function finish(db: Database.Database, cut: number, lines: number): void {
  db.prepare('DELETE FROM address_list WHERE last < ?').run(cut);
  db.prepare('DELETE FROM loose_list WHERE last < ?').run(cut);
  db.prepare('DELETE FROM client_filter WHERE last < ?').run(cut / 1_000);
  if (lines > 0) db.prepare("UPDATE counter SET value = value + 1 WHERE name = 'version'").run();
}
