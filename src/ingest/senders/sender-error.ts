/**
 * A body is not what its sender's protocol says; the message says why.
 * What came before it may be stored: sent again, it is stored once.
 */
export class SenderError extends Error {
  override readonly name = 'SenderError';
}

/** A body has more in it than one body may have. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}
