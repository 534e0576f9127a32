/** What is read back as it was written, or else the file is damaged. */
import { AppError } from '../../domain/errors.ts';

/** Errors: `db_damaged`, as which SQLite tells what it finds by itself. */
export function damaged(what: string): AppError {
  return new AppError('db_damaged', `cannot use the database: ${what}`);
}

/** An array that was stored as JSON. Errors: `db_damaged`. */
export function readStored<T extends readonly unknown[]>(json: string, what: string): T {
  try {
    const value: unknown = JSON.parse(json);
    // What is in it is what was put there.
    if (Array.isArray(value)) return value as unknown as T;
  } catch {
    // Told below.
  }
  throw damaged(`${what} cannot be read`);
}
