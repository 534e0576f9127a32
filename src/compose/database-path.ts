/** Which databases there can be. */
import { AppError } from '../domain/errors.ts';

/** The file that a database is; null for one that is kept nowhere. Errors: `not_supported`. */
export function sqlitePath(db: string | null): string | null {
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
