/** Puts the parts together: which store, which parser, opened and closed in order. Knows everything, decides nothing. */

import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { pairingRules } from './analysis/pairing/rules.ts';
import type { AnsweringThreadData } from './answering-thread.ts';
import { type AnsweringThread, startAnsweringThread } from './answers/answering-thread.ts';
import { steadyNow } from './answers/deadline.ts';
import { TURN_LIMITS, type TurnLimits } from './answers/turns.ts';
import type { Token } from './config.ts';
import type { Arrivals } from './domain/arrivals.ts';
import type { Identity, ParsedLine } from './domain/entry.ts';
import { AppError } from './domain/errors.ts';
import { DISK_FLOOR_BYTES } from './domain/limits.ts';
import type { ExpressLane, LineColumns } from './domain/line-columns.ts';
import type { LineWriter, Store } from './domain/ports.ts';
import type { Analysis } from './domain/queries.ts';
import type { ReportDesk } from './domain/report-desk.ts';
import type { AlsServer } from './grpc/als-server.ts';
import { noteArrivals } from './ingest/arrivals.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { createIngestMeter, type IngestMeter } from './ingest/meter.ts';
import { createExpressLane } from './parse/express-lane.ts';
import { createLineParser } from './parse/line-parser.ts';
import { renderLine } from './parse/render.ts';
import { conditionOf } from './store/sqlite/disk.ts';
import * as sqlite from './store/sqlite/files.ts';
import { createJournal, type Journal } from './store/sqlite/journal.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { createInflow, type Inflow } from './store/thread/inflow.ts';
import { type StoreThread, startStoreThread } from './store/thread/store-thread.ts';
import { createToldChanges } from './store/thread/told-changes.ts';
import { startWritingThread } from './store/thread/writing-thread.ts';
import type { StoringThreadData } from './storing-thread.ts';
import type { WritingThreadData } from './writing-thread.ts';

export { explainLine, listFormats } from './parse/catalogue.ts';

/** How to read lines: a format of the user's own (null: the known ones), and who wrote lines that do not tell. */
export interface ParserOptions {
  readonly format: string | null;
  readonly identity: Identity;
}

/** What is asked of a store wherever it lives; questions about lines go to the analysis. */
export type KeptStore = Pick<
  Store,
  'append' | 'settle' | 'version' | 'counts' | 'rejects' | 'prune' | 'reports' | 'condition' | 'close'
>;

export interface Runtime {
  readonly store: KeptStore;
  readonly analysis: Analysis;
  /** One per input stream. Errors: bad_format. */
  newIngest(options: ParserOptions): Ingest;
  /** When the lines of all of them began, as they come in. */
  readonly arrivals: Arrivals;
  /** What answers are behind, where questions have threads of their own. */
  readonly answers: Pick<AnsweringThread, 'behind' | 'threads'>;
  /** What became of the lines of all of them. */
  readonly meter: Pick<IngestMeter, 'measured'>;
  close(): Promise<void>;
  /** Closes, and removes a database that this runtime made, as long as nothing was ever stored in it. */
  discard(): Promise<void>;
}

/** One whose store lives in this thread. */
export interface LocalRuntime extends Runtime {
  readonly store: Store;
}

export interface RuntimeOptions {
  /** Path of the SQLite file; null for a temporary database that is gone at close. */
  readonly db: string | null;
  /** `read` never creates or changes the file. */
  readonly mode: 'write' | 'read';
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Bytes to leave free on the disk. */
  readonly diskFloor?: number;
  /** Told once when the disk or the database failed, and nothing is stored or answered any more. */
  readonly onFailure?: (error: AppError) => void;
}

/** Errors: db_missing, db_foreign, db_newer, db_outdated, db_damaged, db_locked, db_unwritable. */
export async function openRuntime({ db, mode, now, ...rest }: RuntimeOptions): Promise<LocalRuntime> {
  const path = sqlitePath(db);
  const isNew = path !== null && !existsSync(path);
  // Two hundred modules, which whoever only stores lines does without.
  const { createAnalysis } = await import('./analysis/create-analysis.ts');
  const store = openSqliteStore({ path, mode, rules: pairingRules, ...rest });
  return {
    ...waysIn(store),
    store,
    analysis: createAnalysis({ reader: store, render: renderLine, now }),
    answers: { behind: () => null, threads: () => 0 },
    close: () => store.close(),
    discard: () => (path !== null && isNew ? closeAndDiscard(store, path) : store.close()),
  };
}

/** Beside this file, with its own ending: these modules run as they are written, and compiled. */
const threadOf = (name: string): URL => new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);

export interface ApartOptions extends Pick<RuntimeOptions, 'diskFloor' | 'onFailure'> {
  readonly db: string;
  /** When questions are answered from an earlier moment. */
  readonly limits?: TurnLimits;
}

/**
 * The same, for a server: lines are stored by one thread and questions answered by another, so that neither a slow disk nor a
 * dear question holds up anybody here.
 */
export async function openRuntimeApart({
  db,
  diskFloor = DISK_FLOOR_BYTES,
  onFailure = () => {},
  limits = TURN_LIMITS,
}: ApartOptions): Promise<Runtime> {
  const path = sqlitePath(db) ?? db;
  const isNew = !existsSync(path);
  const journal = createJournal();
  const data: StoringThreadData = { path, diskFloor };
  /** Told of each version, once there is somebody to tell. */
  let note = (_version: number): void => {};
  const thread = await startStoreThread({
    entry: threadOf('storing-thread'),
    workerData: data,
    onChange(version, flows) {
      journal.note(version, flows);
      note(version);
    },
    onFailure,
  });
  const condition = () => conditionOf(path, diskFloor, thread.failure);
  const inflow = createInflow(thread, steadyNow);
  const answers = await answerApart({ thread, inflow, journal, path, condition, limits }).catch(
    async (error: unknown) => {
      await thread.close();
      throw error;
    },
  );
  note = (version) => {
    inflow.note(version);
    answers.note();
  };
  const store = { ...thread, append: inflow.append, condition };
  return {
    ...waysIn(store),
    store,
    analysis: answers.analysis,
    answers,
    async close() {
      // Whoever reads the log keeps it from being taken into the file.
      await answers.close();
      await store.close();
    },
    async discard() {
      await answers.close();
      await (isNew ? closeAndDiscard(store, path) : store.close());
    },
  };
}

function waysIn(store: LineWriter): Pick<Runtime, 'arrivals' | 'meter' | 'newIngest'> {
  const meter = createIngestMeter();
  const { writer, arrivals } = noteArrivals(store);
  return { arrivals, meter, newIngest: createNewIngest(writer, meter) };
}

interface Apart {
  readonly thread: StoreThread;
  readonly inflow: Inflow;
  readonly journal: Journal;
  readonly path: string;
  readonly condition: KeptStore['condition'];
  readonly limits: TurnLimits;
}

function answerApart({ thread, inflow, journal, path, condition, limits }: Apart): Promise<AnsweringThread> {
  const workerData: AnsweringThreadData = { path };
  return startAnsweringThread({
    entry: threadOf('answering-thread'),
    workerData,
    changedSince: createToldChanges({ ...inflow, listed: journal.listed, version: () => thread.version() }),
    onFailure: (error) => thread.fail(error),
    limits,
    supply: {
      ...inflow,
      version: () => thread.version(),
      changes: (since) => journal.count(since, thread.version()),
      logBytes: () => condition().logBytes ?? 0,
      checkpoint: () => thread.checkpoint(),
    },
  });
}

/** Closes a store; where it holds nothing, its file goes too. */
async function closeAndDiscard(store: KeptStore, path: string): Promise<void> {
  const isEmpty = await holdsNothing(store);
  await store.close();
  if (isEmpty) sqlite.removeFile(path);
}

async function holdsNothing(store: KeptStore): Promise<boolean> {
  try {
    return (await store.counts()).lines === 0 && (await store.rejects()).length === 0;
  } catch {
    // What cannot be read is left to be looked at.
    return false;
  }
}

/** Opens a runtime for some work. Where the work fails before anything is stored, it leaves no database that it made. */
export async function withRuntime<T>(
  options: RuntimeOptions,
  work: (runtime: LocalRuntime) => Promise<T>,
): Promise<T> {
  const runtime = await openRuntime(options);
  let result: T;
  try {
    result = await work(runtime);
  } catch (error) {
    await runtime.discard();
    throw error;
  }
  await runtime.close();
  return result;
}

/** Ways in without ways out: lines are read here, and stored by a thread of their own. */
export type IngestRuntime = Pick<Runtime, 'newIngest'>;

/** As `withRuntime`, with the path of a file to write. */
export async function withIngestRuntime<T>(
  { db, diskFloor }: { readonly db: string; readonly diskFloor?: number },
  work: (runtime: IngestRuntime) => Promise<T>,
): Promise<T> {
  const data: WritingThreadData = {
    path: sqlitePath(db) ?? db,
    ...(diskFloor === undefined ? {} : { diskFloor }),
  };
  const isNew = !existsSync(data.path);
  const store = await startWritingThread(threadOf('writing-thread'), data);
  let result: T;
  try {
    result = await work({ newIngest: createNewIngest(store) });
  } catch (error) {
    // What failed here is told; a second failure at the closing would hide it.
    await store.close().catch(() => {});
    if (isNew)
      await closeAndDiscard(
        openSqliteStore({ path: data.path, mode: 'read', rules: pairingRules }),
        data.path,
      );
    throw error;
  }
  await store.close();
  return result;
}

function createNewIngest(store: LineWriter, meter?: IngestMeter): Runtime['newIngest'] {
  const express = createExpressLanes();
  const spare: LineColumns[] = [];
  return (options) =>
    createIngest({
      parser: createLineParser(options),
      express: express(options),
      store,
      spare,
      ...(meter === undefined ? {} : { meter }),
    });
}

/** Streams that are read alike share what they learn; beyond these, a stream learns for itself. */
const SHARED_LANES_MAX = 16;

function createExpressLanes(): (options: ParserOptions) => ExpressLane {
  const lanes = new Map<string, ExpressLane>();
  return (options) => {
    const key = JSON.stringify([options.format, options.identity]);
    const lane = lanes.get(key) ?? newExpressLane(options);
    if (lanes.size < SHARED_LANES_MAX) lanes.set(key, lane);
    return lane;
  };
}

/** Proofs are read by a parser of their own, so that they leave no trace in the stream. */
function newExpressLane(options: ParserOptions): ExpressLane {
  const parser = createLineParser(options);
  const readAgain = (line: string): ParsedLine | null => {
    const outcome = parser.push(line, true);
    return outcome?.kind === 'accepted' ? outcome.line : null;
  };
  return createExpressLane(readAgain, { ownFormat: options.format !== null });
}

/** Brings a database to the newest schema; makes none. */
export async function migrateDatabase(path: string): Promise<{ readonly from: number; readonly to: number }> {
  return sqlite.migrateFile(path);
}

/** Reads all of a database and tells what is wrong with it. */
export async function checkDatabase(
  path: string,
): Promise<{ readonly ok: boolean; readonly problems: readonly string[] }> {
  return sqlite.checkFile(path);
}

/** Copies a database, also one in use, whole or not at all. */
export async function backupDatabase(path: string, target: string): Promise<void> {
  return sqlite.backupFile(path, target);
}

/** Drops the connections that started before `before` (ms since the epoch). */
export async function pruneDatabase(path: string, before: number): Promise<{ readonly lines: number }> {
  return sqlite.pruneFile(path, before);
}

function sqlitePath(db: string | null): string | null {
  if (db?.startsWith('clickhouse://')) {
    throw new AppError(
      'not_supported',
      'cannot open a ClickHouse database: this version stores in SQLite only',
      {
        remedy: 'name a file with --db',
      },
    );
  }
  return db;
}

/** A server that has not listened yet. */
export interface HttpServer {
  /** Returns the URL it can be reached at. Errors: those of the system, with their code. */
  listen(address: { readonly host: string; readonly port: number }): Promise<string>;
  /** Takes no new requests, and resolves when those under way are answered. */
  stop(): Promise<void>;
  /** Ends at once. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly version: string;
  readonly now: () => number;
  /** Who may ask for what; null when everybody may. */
  readonly tokens: readonly Token[] | null;
  /** Whether only this machine can reach the address to listen on. */
  readonly loopback: boolean;
  /** Where internal errors are told. */
  readonly log: { write(line: string): unknown };
  /** Whoever looks after reports. */
  readonly office: ReportDesk;
}

/** Where the build puts the web page: beside the compiled program. */
const WEB = new URL('./web/', import.meta.url);

/** The HTTP side over an open database. Loaded only here: the other commands start faster without it. */
export async function buildServer(runtime: Runtime, options: ServerOptions): Promise<HttpServer> {
  const { buildApp } = await import('./http/app.ts');
  const { TIMEOUTS } = await import('./http/deps.ts');
  const { loadPage } = await import('./http/page-files.ts');
  let draining = false;
  const app = await buildApp({
    ...options,
    reports: runtime.store.reports,
    analysis: runtime.analysis,
    answers: runtime.answers,
    newIngest: runtime.newIngest,
    arrivals: runtime.arrivals,
    meter: runtime.meter,
    condition: () => runtime.store.condition(),
    page: loadPage(WEB),
    isDraining: () => draining,
    timeouts: TIMEOUTS,
  });
  return {
    listen: (address) => app.listen(address),
    async stop() {
      draining = true;
      await app.close();
    },
    close: () => app.close(),
  };
}

/** The server for Envoy's access log service, which has not listened. Loaded only where it is asked for. */
export async function buildAlsServer(
  { newIngest }: Runtime,
  { tokens, log }: Pick<ServerOptions, 'tokens' | 'log'>,
): Promise<AlsServer> {
  const als = await import('./grpc/als-server.ts');
  return als.buildAlsServer({ newIngest, tokens, log });
}
