/** Stores batches of lines: each new line once, paired with what it belongs to, in one transaction. */
import type Database from 'better-sqlite3';
import type { LineColumns } from '../../domain/line-columns.ts';
import type { AppendResult, PairingRules, RejectTally } from '../../domain/ports.ts';
import { BatchLines } from './batch-lines.ts';
import type { Dictionary } from './dictionary.ts';
import { createIntake, TAKEN_LINES_MAX } from './intake/intake.ts';
import { IntakeMemory } from './intake/intake-memory.ts';
import { createSeconds } from './intake/seconds.ts';
import type { Journal } from './journal.ts';
import { LineBatch } from './line-batch.ts';
import { settleLoose } from './pairing/half-pairs.ts';
import { createLinks, type Links } from './pairing/links.ts';
import { pairBatch } from './pairing/pair-batch.ts';
import { createStoredEnds } from './pairing/stored-ends.ts';
import { createRowWriter } from './row-writer.ts';
import { createOrderedSegments } from './segments/ordered-segments.ts';
import { createSegmentTable } from './segments/segment-table.ts';
import { OWN } from './shape-codes.ts';
import type { Shapes } from './shapes.ts';
import { createSums } from './sums/create-sums.ts';

/**
 * Ends of lines that wait for the row they go to: the more, the more of them find their partner before. Not more than the pairing
 * window holds, with what the next lines add and bring back.
 */
const WAITING_ENDS_MAX = 81_920;
/** Lines of several batches in one transaction: what is written once a transaction costs as much as so many lines. */
export const GROUP_LINES_MAX = 393_216;

/** Segments kept in memory, some 20 KB each: those of the last transactions, into which most rows are looked for that change. */
const HELD_SEGMENTS = 512;

export interface Writer {
  /** All or nothing. Errors: SQLite's own. */
  append(lines: LineColumns, rejects: readonly RejectTally[]): AppendResult;
  /**
   * The same, but durable only with the next `commit`, together with what else was taken since the last one; nothing else may
   * be asked of the database before that. Errors: SQLite's own; then nothing is left of all that was taken.
   */
  take(lines: LineColumns, rejects: readonly RejectTally[]): AppendResult;
  commit(): void;
  /** True while there is something that was taken and not committed. */
  readonly isOpen: boolean;
  /** True when so much was taken that it should be committed. */
  readonly isFull: boolean;
  /** Rows that others took out of the table: nothing is paired with their lines any more. */
  forgetRows(rows: ReadonlySet<number>): void;
  close(): void;
}

/** What a transaction did so far. */
interface Taken {
  lines: number;
  accepted: number;
  tied: number;
  rejects: number;
}

export interface WriterDeps {
  readonly db: Database.Database;
  readonly dictionary: Dictionary;
  readonly shapes: Shapes;
  readonly rules: PairingRules;
  readonly journal: Journal;
  /** The entry of a thread that sums lines up beside this one, where many come; none: they are summed up here. */
  readonly summingThread?: URL;
}

export function createWriter(deps: WriterDeps): Writer {
  const { db, dictionary, shapes, journal, rules } = deps;
  const batch = new LineBatch();
  const memory = new IntakeMemory();
  const segments = createOrderedSegments(createSegmentTable(db, HELD_SEGMENTS));
  const seconds = createSeconds({ db, segments, hashOf: shapes.hashOf, code: memory.code });
  const intake = createIntake({ db, dictionary, shapes, seconds, memory, batch });
  const lines = new BatchLines();
  const sums = createSums(
    { db, lines, hostOf: (shape) => shapes.numberOf(shape, OWN) },
    deps.summingThread ?? null,
  );
  const ends = createStoredEnds({
    db,
    dictionary,
    shapes,
    batch,
    flows: sums,
    seconds,
    segments,
    links: () => links,
  });
  const links: Links = createLinks({ db, flows: sums, window: ends.window });
  const rows = createRowWriter({
    db,
    batch,
    lines,
    seconds,
    code: memory.code,
    stored: ends,
    sums,
    segments,
  });
  const sql = {
    count: db.prepare('UPDATE counter SET value = value + ? WHERE name = ?'),
    nextVersion: db
      .prepare<[], number>("UPDATE counter SET value = value + 1 WHERE name = 'version' RETURNING value")
      .pluck(),
    begin: db.prepare('BEGIN'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    // A write that changes nothing.
    lock: db.prepare("UPDATE counter SET value = value WHERE name = ''"),
    addReject: db.prepare(
      'INSERT INTO reject VALUES (?, ?, ?, ?) ON CONFLICT (identity, reason) DO UPDATE SET lines = lines + excluded.lines',
    ),
  };

  /** The memory is a copy of the table: start anew from it. */
  const reload = () => {
    batch.clear();
    ends.reset();
    seconds.reset();
    intake.reset();
    sums.reset();
    rows.reset();
    segments.reset();
    dictionary.reset();
    shapes.reset();
  };

  const addRejects = (rejects: readonly RejectTally[]): void => {
    for (const { identity, reason, lines, sample } of rejects) {
      const key = JSON.stringify([identity.pod, identity.namespace, identity.container, identity.node]);
      sql.addReject.run(key.toWellFormed(), reason, lines, sample.toWellFormed());
    }
  };

  /** Stored pairs that were taken apart since the last lines. */
  let untied = 0;
  const detach = (row: number): boolean => {
    const wasPair = ends.detach(row);
    if (wasPair) untied++;
    return wasPair;
  };
  const { loadStored, loadLoose } = ends;
  /** One object for all batches: another one each time would have the code compiled anew. */
  const pairing = { loadStored, loadLoose, detach, window: ends.window(), shapes, dictionary, rules, links };

  /**
   * Finds the other ends of the lines of the batch from a place on. Shape: pairs made less those undone, without the ones that the
   * rows will hold.
   */
  const pair = (from: number): number => {
    pairing.window = ends.window();
    untied = 0;
    settleLoose(pairBatch(batch, from, pairing), pairing);
    return links.takeTied() - untied;
  };

  /** Null while there is no transaction. */
  let taken: Taken | null = null;

  /** Begins a transaction without a lock: an image is locked when it is read, not before it is written. Then locks the database. */
  const begin = (lines: number): Taken => {
    rows.prepare(lines);
    shapes.prepare(lines);
    sql.begin.run();
    try {
      sql.lock.run();
    } catch (error) {
      // Nothing was changed yet, in memory either.
      sql.rollback.run();
      throw error;
    }
    return { lines: 0, accepted: 0, tied: 0, rejects: 0 };
  };

  const takeAll = (into: Taken, lines: LineColumns, rejects: readonly RejectTally[]): AppendResult => {
    let accepted = 0;
    sums.expect(lines.length);
    for (let from = 0; from < lines.length; from += TAKEN_LINES_MAX) {
      const until = Math.min(lines.length, from + TAKEN_LINES_MAX);
      const first = batch.length;
      accepted += intake.take(lines, from, until);
      ends.placeBatch(first);
      into.tied += pair(first);
      if (ends.waiting() > WAITING_ENDS_MAX) into.tied += writeRows();
    }
    addRejects(rejects);
    into.lines += lines.length;
    into.accepted += accepted;
    into.rejects += rejects.length;
    return { accepted, duplicates: lines.length - accepted };
  };

  /** Shape: as that of `rows.write`. */
  const writeRows = (): number => {
    const pairs = rows.write();
    ends.noteWritten();
    return pairs;
  };

  /** Writes what was left to the end of a transaction, and ends it. */
  const finish = (taken: Taken): void => {
    taken.tied += writeRows();
    const { accepted, tied, rejects } = taken;
    sums.endLines();
    ends.writeKeys();
    shapes.write();
    segments.settle();
    const written = sums.write();
    if (accepted > 0) sql.count.run(accepted, 'lines');
    if (tied !== 0) sql.count.run(tied, 'pairs');
    const completed = shapes.takeCompleted();
    const isChanged = accepted > 0 || rejects > 0 || completed;
    const version = isChanged ? (sql.nextVersion.get() ?? 0) : null;
    sql.commit.run();
    // What shapes say of lines that were stored before may be another thing now.
    if (version !== null) journal.note(version, completed ? null : written);
  };

  /** Does some work of a transaction that was begun; when it fails, nothing is left of all of it. */
  const within = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      taken = null;
      if (db.inTransaction) sql.rollback.run();
      reload();
      throw error;
    }
  };

  const take = (lines: LineColumns, rejects: readonly RejectTally[]): AppendResult => {
    taken ??= begin(lines.length);
    const into = taken;
    return within(() => takeAll(into, lines, rejects));
  };

  const commit = (): void => {
    if (taken === null) return;
    const done = taken;
    within(() => finish(done));
    taken = null;
    seconds.trim();
  };

  return {
    append(lines, rejects) {
      const result = take(lines, rejects);
      commit();
      return result;
    },
    take,
    commit,
    get isOpen() {
      return taken !== null;
    },
    get isFull() {
      return taken !== null && (taken.lines >= GROUP_LINES_MAX || sums.isChanging);
    },
    forgetRows(gone) {
      ends.window().forgetRows(gone);
      segments.reset();
      // Their flows went with them.
      sums.forget();
    },
    close() {
      sums.close();
      rows.close();
      shapes.close();
    },
  };
}
