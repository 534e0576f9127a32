/** Elasticsearch's `_bulk`: a line that says what to do, a line with the document, and so on. */
import { NO_IDENTITY } from '../../domain/entry.ts';
import { BULK_ITEMS_MAX, LINE_BYTES_MAX } from '../../domain/limits.ts';
import type { Ingest } from '../ingest.ts';
import { createLineSplitter } from '../line-splitter.ts';
import type { RawText } from '../protobuf.ts';
import { isJsonObject } from './json-values.ts';
import { BodyTooLargeError, SenderError } from './sender-error.ts';

const ACTIONS = ['create', 'index', 'update', 'delete'] as const;
export type BulkAction = (typeof ACTIONS)[number];

/** What became of one operation. */
export interface BulkItem {
  readonly action: BulkAction;
  /** As the sender named them; null when it did not. */
  readonly index: string | null;
  readonly id: string | null;
  /** Why it was refused; null when it was not. */
  readonly refusal: string | null;
}

export interface BulkReader {
  /** Takes raw bytes; resolves when they may be followed by more. Errors: as `end`, and those of the store. */
  write(chunk: Uint8Array): Promise<void>;
  /** Takes the end of the body. Errors: `SenderError`, `BodyTooLargeError`. */
  end(): Promise<readonly BulkItem[]>;
}

/** Two lines an operation, and as many blank ones. */
const LINES_MAX = 4 * BULK_ITEMS_MAX;

type Operation = Omit<BulkItem, 'refusal'>;

const ORIGIN = { envelope: 'elasticsearch', identity: NO_IDENTITY };

/**
 * Creates a reader for one body, which stores documents as they come and leaves `ingest` to the caller to end.
 * A document is a record of a collector: that is the line parser's to read. What is no line to store is refused by
 * itself, as senders expect it; a line that says nothing known to do makes the body unreadable.
 */
export function createBulkReader(ingest: Pick<Ingest, 'writeRecord'>): BulkReader {
  const items: BulkItem[] = [];
  let lines: RawText[] = [];
  let count = 0;
  let seen = 0;
  let operation: Operation | null = null;
  const splitter = createLineSplitter({
    line(text, utf8) {
      seen++;
      // Blank lines are passed over, but not without end.
      if (seen > LINES_MAX) throw new BodyTooLargeError(`it has more than ${LINES_MAX} lines in it`);
      lines.push({ text, utf8 });
    },
    // As long as the whole one in the eyes of who measures it.
    tooLong: (beginning) => lines.push({ text: beginning.padEnd(LINE_BYTES_MAX + 1), utf8: true }),
  });

  const finish = (done: Operation, refusal: string | null): void => {
    items.push({ ...done, refusal });
    operation = null;
  };

  const take = async (line: RawText): Promise<void> => {
    count++;
    if (operation === null) {
      if (line.text.trim() === '') return;
      if (items.length >= BULK_ITEMS_MAX)
        throw new BodyTooLargeError(`it has more than ${BULK_ITEMS_MAX} operations in it`);
      operation = readOperation(line.text, count);
      if (operation.action === 'delete') finish(operation, 'lines that are stored cannot be deleted');
    } else if (operation.action === 'update') {
      finish(operation, 'lines that are stored cannot be changed');
    } else {
      finish(operation, await ingest.writeRecord({ ...line, origin: ORIGIN }));
    }
  };

  const takeAll = async (): Promise<void> => {
    const ready = lines;
    lines = [];
    for (const line of ready) await take(line);
  };

  return {
    async write(chunk) {
      splitter.push(chunk);
      await takeAll();
    },
    async end() {
      splitter.end();
      await takeAll();
      if (operation !== null) throw new SenderError(`the document behind line ${count} is missing`);
      return items;
    },
  };
}

/** Errors: {@link SenderError}. */
function readOperation(line: string, number: number): Operation {
  const object = parseLine(line);
  const action = ACTIONS.find((known) => isJsonObject(object) && isJsonObject(object[known]));
  if (!isJsonObject(object) || action === undefined)
    throw new SenderError(
      `line ${number} says nothing to do: expected {"create": {...}} or {"index": {...}}`,
    );
  // Just found to be one.
  const target = object[action] as Readonly<Record<string, unknown>>;
  return { action, index: nameOf(target._index), id: nameOf(target._id) };
}

function parseLine(line: string): unknown {
  if (line.length > LINE_BYTES_MAX) return null;
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Bytes that a name may have with Elasticsearch; what is longer is not told again. */
const NAME_LENGTH_MAX = 512;

function nameOf(value: unknown): string | null {
  return typeof value === 'string' && value.length <= NAME_LENGTH_MAX ? value : null;
}
