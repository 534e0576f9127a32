/** What no further try mends: after it nobody knows what the disk holds, and only opening the file again tells. */
import { AppError } from '../../domain/errors.ts';

const CODES: ReadonlySet<string> = new Set(['disk_failed', 'db_damaged']);

export function isFatal(error: unknown): error is AppError {
  return error instanceof AppError && CODES.has(error.code);
}
