/** Errors that travel between threads. */
import { AppError, type ErrorCode, messageOf } from './errors.ts';

/** An error, without what cannot travel. */
export interface PackedError {
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly remedy: string | null;
  readonly stack: string | null;
}

export function packError(error: unknown): PackedError {
  const isOurs = error instanceof AppError;
  return {
    code: isOurs ? error.code : null,
    message: messageOf(error),
    remedy: isOurs ? error.remedy : null,
    stack: error instanceof Error ? (error.stack ?? null) : null,
  };
}

export function unpackError({ code, message, remedy, stack }: PackedError): Error {
  if (code !== null) return new AppError(code, message, remedy === null ? {} : { remedy });
  const error = new Error(message);
  if (stack !== null) error.stack = stack;
  return error;
}
