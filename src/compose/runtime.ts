/** What a store and the questions about it are together, wherever they live. */
import type { AnsweringThread } from '../answers/answering-thread.ts';
import type { Arrivals } from '../domain/arrivals.ts';
import type { Identity } from '../domain/entry.ts';
import type { AppError } from '../domain/errors.ts';
import type { Store } from '../domain/ports.ts';
import type { Analysis } from '../domain/queries.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { IngestMeter } from '../ingest/meter.ts';

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
