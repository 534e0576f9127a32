/** Reading with several statements what has to be of one moment, while another process may write. */
import type Database from 'better-sqlite3';

/** Runs some reading in a transaction, which fixes the moment; in the one that there is already, where there is one. */
export function createOneMoment(db: Database.Database): <T>(read: () => T) => T {
  const within = db.transaction((read: () => unknown) => read());
  return <T>(read: () => T): T => (db.inTransaction ? read() : (within(read) as T));
}
