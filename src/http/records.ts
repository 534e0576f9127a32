/** The records of one body on their way into the store. */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../domain/errors.ts';
import { BODY_RECORDS_MAX } from '../domain/limits.ts';
import type { IngestTally } from '../domain/resources.ts';
import type { Ingest, LineRecord } from '../ingest/ingest.ts';
import { ProtobufError } from '../ingest/protobuf.ts';
import { BodyTooLargeError, SenderError } from '../ingest/senders/sender-error.ts';

/** Records after which others get their turn. */
const TURN_RECORDS = 512;

/**
 * Stores all records; what is counted in the answer is durable.
 * Errors: `bad_body`, `body_too_large`, and those of the store.
 */
export async function storeRecords(records: Iterable<LineRecord>, ingest: Ingest): Promise<IngestTally> {
  let count = 0;
  try {
    for (const record of records) {
      count++;
      if (count > BODY_RECORDS_MAX)
        throw new BodyTooLargeError(`it has more than ${BODY_RECORDS_MAX} records in it`);
      await ingest.writeRecord(record);
      if (count % TURN_RECORDS === 0) await setImmediate();
    }
  } catch (error) {
    throw bodyErrorOf(error);
  }
  return ingest.end();
}

/** What is wrong with a body, as an error of ours; anything else as it is. */
export function bodyErrorOf(error: unknown): unknown {
  if (error instanceof SenderError || error instanceof ProtobufError)
    return new AppError('bad_body', `cannot read body: ${error.message}`, { cause: error });
  if (error instanceof BodyTooLargeError)
    return new AppError('body_too_large', `cannot read body: ${error.message}`, { cause: error });
  return error;
}
