/** Stores batches of lines: each new line once, paired with what it belongs to, in one transaction. */
import type Database from 'better-sqlite3';
import { NO_PORT } from '../../domain/address.ts';
import type { LineNumbers, ParsedLine } from '../../domain/entry.ts';
import { type LineColumns, NO_TEMPLATE } from '../../domain/line-columns.ts';
import { identityHash, lineHash, numbersHash, rawLineHash } from '../../domain/line-hash.ts';
import type { AppendResult, PairingRules, RejectTally } from '../../domain/ports.ts';
import type { Dictionary } from './dictionary.ts';
import { type Extra, encodeExtra, extraContent, extraOf } from './extra.ts';
import { createFlowSums } from './flow-sums.ts';
import type { Journal } from './journal.ts';
import { ABSENT, LineBatch } from './line-batch.ts';
import { settleLoose } from './pairing/half-pairs.ts';
import { createLinks, type Links } from './pairing/links.ts';
import { pairBatch } from './pairing/pair-batch.ts';
import { NONE } from './pairing/pairing-window.ts';
import { createStoredEnds } from './pairing/stored-ends.ts';
import { createRowWriter } from './row-writer.ts';
import { createSeconds } from './seconds.ts';
import { CONTENT_A, CONTENT_B, FLAGS, IS_SERVER } from './shape-codes.ts';
import type { Shapes } from './shapes.ts';

/** Lines that are paired and written at once: not more than the pairing window holds, with all that they bring back. */
const PAIRED_LINES_MAX = 32_768;
/** Lines of several batches in one transaction: what is written once a transaction costs as much as so many lines. */
const GROUP_LINES_MAX = 196_608;

export interface Writer {
  /** All or nothing. Errors: SQLite's own. */
  append(lines: LineColumns, rejects: readonly RejectTally[]): AppendResult;
  /**
   * The same, but durable only with the next `commit`, together with what else was taken since the last one; nothing else may
   * be asked of the database before that. Errors: SQLite's own; then nothing is left of all that was taken.
   */
  take(lines: LineColumns, rejects: readonly RejectTally[]): AppendResult;
  commit(): void;
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

/** The numbers of a line. */
function numbersAt(lines: LineColumns, at: number): LineNumbers {
  return {
    start_time: lines.start[at] ?? 0,
    duration: lines.duration[at] ?? ABSENT,
    bytes_received: lines.received[at] ?? ABSENT,
    bytes_sent: lines.sent[at] ?? ABSENT,
    upstream_local_port: lines.upstreamLocalPort[at] ?? NO_PORT,
    downstream_remote_port: lines.downstreamRemotePort[at] ?? NO_PORT,
  };
}

export interface WriterDeps {
  readonly db: Database.Database;
  readonly dictionary: Dictionary;
  readonly shapes: Shapes;
  readonly rules: PairingRules;
  readonly journal: Journal;
}

export function createWriter(deps: WriterDeps): Writer {
  const { db, dictionary, shapes, journal, rules } = deps;
  const batch = new LineBatch();
  const stretchShapes = new Int32Array(PAIRED_LINES_MAX);
  const stretchHashes = new Float64Array(PAIRED_LINES_MAX);
  const seconds = createSeconds(db, shapes.hashOf);
  const flows = createFlowSums(db);
  const ends = createStoredEnds({ db, dictionary, shapes, batch, flows, seconds, links: () => links });
  const links: Links = createLinks({ db, flows, window: ends.window });
  const rows = createRowWriter({ db, batch, seconds, stored: ends, flows });
  const sql = {
    addRaw: db.prepare('INSERT OR IGNORE INTO raw_line VALUES (?, ?, ?)'),
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
    flows.reset();
    rows.reset();
    dictionary.reset();
    shapes.reset();
  };

  /** Takes a line into the batch; false: it is there already. `place`: in what `lookAhead` worked out. */
  const takeIn = (lines: LineColumns, at: number, place: number): boolean => {
    const line = lines.alone.size === 0 ? undefined : lines.alone.get(at);
    if (line !== undefined) return takeAlone(lines, at, line);
    const shape = stretchShapes[place] as number;
    const extra = extraOf(lines, at);
    if (extra !== null) return addShaped(lines, at, shape, extra);
    return addToBatch(lines, at, shape, stretchHashes[place] as number, null, false);
  };

  /**
   * Works out shapes and hashes of the lines in [from, until) that have a template. In loops of their own, because a processor
   * that waits for one line's shape from memory goes on to the next.
   */
  const lookAhead = (lines: LineColumns, from: number, until: number): void => {
    const { template, templates } = lines;
    for (let at = from; at < until; at++) {
      const number = template[at] as number;
      stretchShapes[at - from] = number === NO_TEMPLATE ? 0 : shapes.codeTemplate(templates, number);
    }
    for (let at = from; at < until; at++) {
      const shape = stretchShapes[at - from] as number;
      if (shape !== 0) stretchHashes[at - from] = plainHash(lines, at, shape);
    }
  };

  /** Takes in a line that is known by its fields. */
  const addShaped = (lines: LineColumns, at: number, shape: number, varying: Extra | null): boolean => {
    const extra = varying === null ? null : encodeExtra(varying, dictionary);
    if (varying === null || extra === null) {
      return addToBatch(lines, at, shape, plainHash(lines, at, shape), null, false);
    }
    const hash = lineHash(shapes.coded(shape).content, numbersAt(lines, at), extraContent(varying));
    return addToBatch(lines, at, shape, hash, extra, true);
  };

  /** Hash of a line that has nothing but a shape and numbers. */
  const plainHash = (lines: LineColumns, at: number, shape: number): number => {
    const code = shapes.place(shape);
    const { data } = shapes.codes;
    return numbersHash(
      data[code + CONTENT_A] ?? 0,
      data[code + CONTENT_B] ?? 0,
      lines.start[at] ?? 0,
      lines.duration[at] ?? ABSENT,
      lines.received[at] ?? ABSENT,
      lines.sent[at] ?? ABSENT,
      lines.upstreamLocalPort[at] ?? NO_PORT,
      lines.downstreamRemotePort[at] ?? NO_PORT,
    );
  };

  /** The same for a line that has no template. */
  const takeAlone = (lines: LineColumns, at: number, line: ParsedLine): boolean => {
    const shape = shapes.code(line);
    if (line.rebuildable) return addShaped(lines, at, shape, line.entry);
    const extra = encodeExtra(line.entry, dictionary);
    const isNamed = shapes.coded(shape).isNamed;
    const hash = rawLineHash(identityHash(line.identity, isNamed), line.raw, line.utf8);
    if (!addToBatch(lines, at, shape, hash, extra, true)) return false;
    const raw = Buffer.from(line.raw, line.utf8 ? 'utf8' : 'latin1');
    sql.addRaw.run(Math.floor(line.numbers.start_time / 1_000), hash, raw);
    return true;
  };

  const addToBatch = (
    lines: LineColumns,
    at: number,
    shape: number,
    hash: number,
    extra: string | null,
    ownHash: boolean,
  ): boolean => {
    const start = lines.start[at] ?? 0;
    if (!seconds.add(start, hash)) return false;
    const index = batch.grow();
    batch.shape[index] = shape;
    batch.start[index] = start;
    batch.duration[index] = lines.duration[at] ?? ABSENT;
    batch.received[index] = lines.received[at] ?? ABSENT;
    batch.sent[index] = lines.sent[at] ?? ABSENT;
    batch.upstreamLocalPort[index] = lines.upstreamLocalPort[at] ?? NO_PORT;
    batch.downstreamRemotePort[index] = lines.downstreamRemotePort[at] ?? NO_PORT;
    batch.hash[index] = hash;
    const flags = shapes.codes.data[shapes.place(shape) + FLAGS] ?? 0;
    batch.isServer[index] = (flags & IS_SERVER) === 0 ? 0 : 1;
    if (ownHash) batch.ownHash[index] = 1;
    if (extra !== null) batch.extra.set(index, extra);
    return true;
  };

  const addRejects = (rejects: readonly RejectTally[]): void => {
    for (const { identity, reason, lines, sample } of rejects) {
      const key = JSON.stringify([identity.pod, identity.namespace, identity.container, identity.node]);
      sql.addReject.run(key.toWellFormed(), reason, lines, sample.toWellFormed());
    }
  };

  /** Finds the other ends of the batch. Shape: pairs made less those undone, without the ones that the rows will hold. */
  const pair = (): number => {
    const pairing = { ...ends, window: ends.window(), shapes, dictionary, rules, links };
    const paired = pairBatch(batch, pairing);
    settleLoose(touched(paired.stored), pairing);
    return links.takeTied() - paired.untied;
  };

  /** The ends whose looseness the batch may have changed. */
  const touched = (stored: ReadonlySet<number>): number[] => {
    const window = ends.window();
    const slots = [...stored];
    const add = (slot: number | undefined) => {
      if (slot === undefined || slot === NONE) return;
      if (window.mate(slot) === NONE || window.loose.has(slot)) slots.push(slot);
    };
    for (let index = 0; index < batch.length; index++) {
      add(batch.slot[index]);
      add(batch.hop[index]);
    }
    return slots;
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
    for (let from = 0; from < lines.length; from += PAIRED_LINES_MAX) {
      const until = Math.min(lines.length, from + PAIRED_LINES_MAX);
      lookAhead(lines, from, until);
      for (let at = from; at < until; at++) if (takeIn(lines, at, at - from)) accepted++;
      ends.placeBatch();
      into.tied += pair() + rows.write();
    }
    addRejects(rejects);
    into.lines += lines.length;
    into.accepted += accepted;
    into.rejects += rejects.length;
    return { accepted, duplicates: lines.length - accepted };
  };

  /** Writes what was left to the end of a transaction, and ends it. */
  const finish = ({ accepted, tied, rejects }: Taken): void => {
    ends.writeKeys();
    shapes.write();
    const written = flows.write();
    if (accepted > 0) sql.count.run(accepted, 'lines');
    if (tied !== 0) sql.count.run(tied, 'pairs');
    const completed = shapes.takeCompleted();
    const isChanged = accepted > 0 || rejects > 0 || completed;
    const version = isChanged ? (sql.nextVersion.get() ?? 0) : null;
    sql.commit.run();
    // What shapes say of lines that were stored before may be another thing now.
    if (completed) journal.forget();
    else if (version !== null) journal.note(version, written);
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
    get isFull() {
      return taken !== null && taken.lines >= GROUP_LINES_MAX;
    },
    forgetRows(gone) {
      ends.window().forgetRows(gone);
      // Their flows went with them.
      flows.forget();
    },
    close() {
      rows.close();
      shapes.close();
    },
  };
}
