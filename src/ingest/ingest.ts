/** One stream of bytes on its way into the store: lines, outcomes, batches, and the count of all of them. */
import { isUtf8 } from 'node:buffer';
import type { Identity, LineParser, Origin, Outcome, ParsedLine, RejectReason } from '../domain/entry.ts';
import { NO_IDENTITY } from '../domain/entry.ts';
import {
  BATCH_AGE_MS_MAX,
  BATCH_ALONE_MAX,
  BATCH_LINES_MAX,
  BATCHES_IN_FLIGHT_MAX,
  REJECTS_SHOWN_MAX,
} from '../domain/limits.ts';
import { type ExpressLane, LineColumns, NO_TEMPLATE } from '../domain/line-columns.ts';
import type { LineWriter, RejectTally } from '../domain/ports.ts';
import type { IngestTally } from '../domain/resources.ts';
import { createBlockSplitter, type LineSink, takeLine } from './line-splitter.ts';
import type { IngestMeter } from './meter.ts';

export interface Ingest {
  /** Takes raw bytes; resolves when they may be followed by more (back-pressure). Errors: those of the store. */
  write(chunk: Uint8Array): Promise<void>;
  /** Takes one line that is no part of a byte stream, such as an element of a JSON document. */
  writeLine(line: string): Promise<void>;
  /**
   * Takes one record that a transport delivered by itself. Resolves when it may be followed by more, with why it was
   * refused, or null when it was not: then it is counted, or waits for its other pieces. Errors: those of the store.
   */
  writeRecord(record: LineRecord): Promise<RejectReason | null>;
  /** Stores what is complete so far; does not wait for split lines. */
  flush(): Promise<void>;
  /** Takes the end of the stream; everything counted in the tally is then durable. */
  end(): Promise<IngestTally>;
  /**
   * As `end`, for a stream that broke off: a line without its end is rejected as `truncated`, also where it looks whole,
   * since what is missing of it would make another line of it.
   */
  cut(): Promise<IngestTally>;
  /** As `end`, for a stream that will be read again: what is not whole yet is left to that time, and not counted. */
  stop(): Promise<IngestTally>;
  /** What has been counted so far; lines not stored yet are in `received` alone. */
  tally(): IngestTally;
}

/** A line, and where its transport says that it comes from. */
export interface LineRecord {
  readonly text: string;
  /** False when its bytes were not UTF-8; `text` then has one character a byte (latin1). */
  readonly utf8: boolean;
  readonly origin: Origin;
}

export interface IngestDeps {
  readonly parser: LineParser;
  readonly express: ExpressLane;
  readonly store: LineWriter;
  /** Counts for the whole process; none where nobody watches it. */
  readonly meter?: IngestMeter;
  readonly batchLinesMax?: number;
  /** Batches that others have done with, to be filled anew: their arrays are large, and most streams are short. */
  readonly spare?: LineColumns[];
}

/** Lines in `BATCH_AGE_MS_MAX` with which input comes fast, so that a batch is soon full though the machine is slow. */
const FAST_LINES_MIN = 8_192;
/**
 * Lines of the first batch where another thread stores: it begins with them, and prepares for many. The next ones have room for twice as many each.
 */
const FIRST_LINES = 4_096;
/** Batches that are kept for others, 3 MB each. */
const SPARE_MAX = 8;

export function createIngest({
  parser,
  express,
  store,
  meter,
  batchLinesMax = BATCH_LINES_MAX,
  spare = [],
}: IngestDeps): Ingest {
  const counts = { received: 0, accepted: 0, duplicates: 0, skipped: 0, rejected: 0 };
  /** Lines that the store did not take. */
  let failed = 0;
  /** What the meter knows of. */
  let told = { ...counts, failed };
  const rejects: Array<{ line: number; reason: string; text: string }> = [];
  let lineNumber = 0;
  const lane = express.enter();
  /** Lines of the next batch. */
  let room = store.settle === undefined ? batchLinesMax : Math.min(FIRST_LINES, batchLinesMax);
  const newBatch = (): LineColumns => {
    const { templates } = lane;
    const used = spare.pop();
    if (used?.templates === templates && used.capacity >= room) return used;
    const made = new LineColumns(templates, room);
    room = Math.min(2 * room, batchLinesMax);
    return made;
  };
  let batch = newBatch();
  let batchRejects = new Map<string, { identity: Identity; reason: string; lines: number; sample: string }>();
  let waiting: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | null = null;
  let timer: NodeJS.Timeout | null = null;
  /** Tells the meter that the batch, once it has its first line, is stored or lost. */
  let waited: (() => void) | null = null;

  const tellMeter = (): void => {
    if (meter === undefined) return;
    const { received, accepted, duplicates, skipped, rejected } = counts;
    meter.add({
      received: received - told.received,
      accepted: accepted - told.accepted,
      duplicates: duplicates - told.duplicates,
      skipped: skipped - told.skipped,
      rejected: rejected - told.rejected,
      failed: failed - told.failed,
    });
    told = { ...counts, failed };
  };

  const reject = (reason: string, text: string, identity: Identity): void => {
    counts.rejected++;
    meter?.reject(reason);
    if (rejects.length < REJECTS_SHOWN_MAX) rejects.push({ line: lineNumber, reason, text });
    const key = `${reason}\n${identity.namespace}\n${identity.pod}\n${identity.container}\n${identity.node}`;
    const known = batchRejects.get(key);
    if (known === undefined) batchRejects.set(key, { identity, reason, lines: 1, sample: text });
    else known.lines++;
  };

  const take = (outcome: Outcome | null): void => {
    if (outcome === null) return;
    counts.received++;
    if (outcome.kind === 'accepted') accept(outcome.line, NO_TEMPLATE);
    else if (outcome.kind === 'skipped') counts.skipped++;
    else reject(outcome.reason, outcome.text, outcome.identity);
  };

  const isFull = (): boolean => batch.isFull || batch.alone.size >= BATCH_ALONE_MAX;

  const accept = (line: ParsedLine, template: number): void => {
    if (isFull()) storeBatch();
    batch.add(line, batch.templates === lane.templates ? template : NO_TEMPLATE);
  };

  /** The long way, for the lines that the express lane does not take. */
  const long: LineSink = {
    line(bytes, from, to) {
      lineNumber++;
      const utf8 = isUtf8(bytes.subarray(from, to));
      // What was split in pieces is more than these bytes say.
      const isAlone = parser.idle();
      const outcome = parser.push(bytes.toString(utf8 ? 'utf8' : 'latin1', from, to), utf8);
      if (outcome?.kind !== 'accepted' || !isAlone) return take(outcome);
      counts.received++;
      accept(outcome.line, lane.learn(bytes, from, to, outcome.line));
    },
    tooLong(beginning) {
      lineNumber++;
      counts.received++;
      reject('line_too_long', beginning, NO_IDENTITY);
    },
  };

  const splitter = createBlockSplitter({
    block(bytes, from, to) {
      for (let at = from; at < to; ) {
        if (isFull()) storeBatch();
        if (parser.idle()) {
          const before = batch.length;
          at = lane.read(bytes, at, to, batch);
          lineNumber += batch.length - before;
          counts.received += batch.length - before;
        }
        if (at < to && !batch.isFull) at = takeLine(bytes, at, to, long);
      }
    },
    tooLong: (beginning) => long.tooLong(beginning),
  });

  /** Batches whose lines are needed: those on their way that the store has not taken yet. */
  const untaken = new Set<Promise<void>>();

  const append = async (lines: LineColumns, refused: readonly RejectTally[]): Promise<void> => {
    let taken = (): void => {};
    const released = new Promise<void>((resolve) => {
      taken = () => {
        if (!untaken.delete(released)) return;
        lines.clear();
        if (spare.length < SPARE_MAX) spare.push(lines);
        resolve();
      };
    });
    untaken.add(released);
    try {
      const result = await store.append(lines, refused, taken);
      counts.accepted += result.accepted;
      counts.duplicates += result.duplicates;
    } finally {
      taken();
    }
  };

  /** Nothing is stored any more: what came since goes the same way. */
  const dropBatch = (): void => {
    failed += batch.length;
    batch.clear();
    batchRejects.clear();
    waited?.();
    waited = null;
    tellMeter();
  };

  const refuseAfterFailure = (): void => {
    if (failure === null) return;
    dropBatch();
    throw failure.error;
  };

  /** Batches on their way into the store. */
  const underWay = new Set<Promise<void>>();

  const stopTimer = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };

  /** Stores what there is, at once or, with what follows, soon. */
  const send = (): Promise<void> => {
    stopTimer();
    if (failure !== null) {
      dropBatch();
      return Promise.reject(failure.error);
    }
    if (batch.length === 0 && batchRejects.size === 0) return waiting;
    const lines = batch;
    const refused = [...batchRejects.values()];
    const done = waited;
    const count = lines.length;
    batch = newBatch();
    batchRejects = new Map();
    waited = null;
    const stored = append(lines, refused)
      .catch((error: unknown) => {
        failure ??= { error };
        failed += count;
      })
      .finally(() => {
        underWay.delete(stored);
        done?.();
        tellMeter();
      });
    underWay.add(stored);
    waiting = Promise.all([waiting, stored]).then(refuseAfterFailure);
    // Whoever writes, flushes or ends next is told.
    waiting.catch(() => {});
    return waiting;
  };

  const flush = (): Promise<void> => {
    const stored = send();
    if (failure === null) store.settle?.();
    return stored;
  };

  /** Begins to store a full batch; whoever wrote its lines waits at the end of them. */
  const storeBatch = (): void => {
    send().catch(() => {});
    if (failure !== null) dropBatch();
  };

  /** Stores a full batch at once, and a smaller one when it has waited long enough. */
  const settle = async (): Promise<void> => {
    tellMeter();
    refuseAfterFailure();
    if (batch.length > 0) waited ??= meter?.begin() ?? null;
    if (isFull()) storeBatch();
    if (untaken.size >= BATCHES_IN_FLIGHT_MAX) {
      // Lines that wait for the store are not stored sooner as a small batch.
      stopTimer();
      while (untaken.size >= BATCHES_IN_FLIGHT_MAX) await Promise.race(untaken);
      refuseAfterFailure();
    }
    const isWaiting =
      batch.length + batchRejects.size > 0 || (store.settle !== undefined && underWay.size > 0);
    if (timer === null && isWaiting) startTimer();
  };

  /** Stores what is there when it has waited long enough; where much came meanwhile, more follows at once. */
  const startTimer = (): void => {
    const before = counts.received;
    timer = setTimeout(() => {
      timer = null;
      if (counts.received - before >= FAST_LINES_MIN) startTimer();
      // A failure is kept in `failure`, for whoever writes or ends next.
      else flush().catch(() => {});
    }, BATCH_AGE_MS_MAX);
  };

  const tally = (): IngestTally => ({ ...counts, rejects: [...rejects] });

  /** The last batch, which has no lines any more. */
  const giveBack = (): void => {
    if (batch.length > 0 || spare.length >= SPARE_MAX) return;
    spare.push(batch);
    batch = new LineColumns(null, 0);
  };

  const finish = async (): Promise<IngestTally> => {
    for (let outcome = parser.end(); outcome !== null; outcome = parser.end()) take(outcome);
    tellMeter();
    await flush();
    giveBack();
    return tally();
  };

  return {
    write(chunk) {
      splitter.push(chunk);
      return settle();
    },
    writeLine(line) {
      lineNumber++;
      take(parser.push(line, true));
      return settle();
    },
    async writeRecord({ text, utf8, origin }) {
      lineNumber++;
      const outcome = parser.pushRecord(text, utf8, origin);
      take(outcome);
      await settle();
      return outcome?.kind === 'rejected' ? outcome.reason : null;
    },
    flush,
    async end() {
      splitter.end();
      return finish();
    },
    async stop() {
      splitter.cut();
      tellMeter();
      await flush();
      giveBack();
      return tally();
    },
    async cut() {
      const beginning = splitter.cut();
      if (beginning !== null) {
        lineNumber++;
        counts.received++;
        reject('truncated', beginning, NO_IDENTITY);
      }
      return finish();
    },
    tally,
  };
}
