/**
 * Takes the log of a database into its file in a thread that does not write it: while pages are copied and forced to the disk, the
 * writer goes on.
 */
import { resolve } from 'node:path';
import Database from 'better-sqlite3';

/** Pages of the log that are worth it: sixteen megabytes. Pages that are written again soon are copied once. */
const PAGES_MIN = 2_000;

export interface Checkpoints {
  /**
   * Takes what is committed by now into the file, if that is much, and answers whether it did. What cannot be done is left to the
   * writer, who does the same when the log has grown further, and tells what is wrong.
   */
  take(): boolean;
  /** Call before the writer closes: it can end the log only when nobody else has it open. */
  close(): void;
}

interface Log {
  /** Pages in the log, and those of them that are in the file; -1: there is no log. */
  readonly log: number;
  readonly checkpointed: number;
}

/** `path` is open to be written by another connection, of this process or of another one. Errors: SQLite's own. */
export function openCheckpoints(path: string, pagesMin = PAGES_MIN): Checkpoints {
  const db = new Database(resolve(path), { fileMustExist: true, timeout: 0 });
  // Of the pages in the log, none may be dropped before it lies in the file for good.
  db.pragma('synchronous = FULL');
  const checkpoint = (mode: 'NOOP' | 'PASSIVE'): Log | undefined => {
    const [log] = db.pragma(`wal_checkpoint(${mode})`) as Log[];
    return log;
  };
  return {
    take() {
      try {
        const { log, checkpointed } = checkpoint('NOOP') ?? { log: 0, checkpointed: 0 };
        if (log - checkpointed < pagesMin) return false;
        checkpoint('PASSIVE');
        return true;
      } catch {
        return false;
      }
    },
    close: () => void db.close(),
  };
}
