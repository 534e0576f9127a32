/** Sends lines to a server: in batches, again until each is acknowledged, in order. */
import { createLineSplitter, type LineSplitter } from '../ingest/line-splitter.ts';
import { count } from '../output/text.ts';
import { readChunks } from './input.ts';
import { type Io, note } from './io.ts';
import { createLineBatch, type LineBatch, type SentBatch } from './line-batch.ts';
import { createProgress, type Progress } from './progress.ts';
import { tellFailedInput } from './read-lines.ts';
import type { Client } from './remote.ts';
import { type SendOptions, sendBatch } from './send-batch.ts';
import { addTallies, inFile, NO_LINES, type TotalTally } from './tally.ts';

/** Ms that a line waits for others to be sent with it. */
const BATCH_AGE_MS = 1_000;

/**
 * Sends all inputs; returns when the server has acknowledged every line. An interrupt ends it early, with what was read.
 * Errors: those of the inputs; `server_unreachable` or what the server refuses with, when a batch cannot be delivered.
 */
export async function sendLines(
  inputs: readonly string[],
  options: SendOptions,
  client: Client,
  io: Io,
): Promise<TotalTally> {
  const progress = createProgress(io);
  let total = NO_LINES;
  try {
    for (const name of inputs) {
      if (io.interrupted.aborted) break;
      const input = createSending(options, client, io, (lines) => progress.update(total.received + lines));
      try {
        await sendInput(name, input, io);
      } catch (error) {
        progress.clear();
        // Where sending is what failed, there is nobody to send the rest to.
        if (input.failed()) noteUndelivered(name, input.tally(), io);
        else await sendWhatCame(total, input, io);
        throw error;
      }
      const sent = input.tally();
      total = addTallies(total, inputs.length === 1 ? sent : inFile(sent, name));
    }
  } finally {
    progress.clear();
  }
  return total;
}

async function sendInput(name: string, input: Sending, io: Io): Promise<void> {
  for await (const chunk of chunksOrPauses(name, io, input.batch)) await input.send(chunk);
  await (io.interrupted.aborted ? input.stop() : input.end());
}

/** Sends what came before an input failed, and tells it. */
async function sendWhatCame(total: TotalTally, input: Sending, io: Io): Promise<void> {
  await input.cut();
  tellFailedInput(addTallies(total, input.tally()), io);
}

/** Says from where on an input has to be sent again; sending all of it again does no harm. */
function noteUndelivered(name: string, { received }: TotalTally, io: Io): void {
  const where = name === '-' ? 'standard input' : name;
  note(
    io,
    `the server has acknowledged ${count(received, 'line')} of ${where}; from line ${received + 1} on it has not`,
  );
}

interface Sending {
  readonly batch: Pick<LineBatch, 'isEmpty'>;
  /** Sends what is full; null: what there is, since it has waited long enough. */
  send(chunk: Uint8Array | null): Promise<void>;
  /** Sends the rest. */
  end(): Promise<void>;
  /** Sends the rest but a line without its end, which is left to the next time. */
  stop(): Promise<void>;
  /** Sends the rest of an input that broke off; a line without its end is counted here as `Ingest` does. */
  cut(): Promise<void>;
  /** What the server has acknowledged. */
  tally(): TotalTally;
  /** True when a batch could not be delivered. */
  failed(): boolean;
}

function createSending(options: SendOptions, client: Client, io: Io, update: Progress['update']): Sending {
  let tally = NO_LINES;
  let before = 0;
  let failed = false;
  const batch = createLineBatch();
  const splitter = splitterInto(batch);
  const deliver = async (sent: SentBatch | null): Promise<void> => {
    if (sent === null) return;
    failed = true;
    tally = addTallies(tally, withLineNumbers(await sendBatch(sent, options, client, io), before));
    failed = false;
    before += sent.lines;
    update(before);
  };
  const deliverFull = async (): Promise<void> => {
    for (let full = batch.takeFull(); full !== null; full = batch.takeFull()) await deliver(full);
  };
  const deliverRest = async (): Promise<void> => {
    await deliverFull();
    await deliver(batch.take());
  };
  return {
    batch,
    async send(chunk) {
      if (chunk === null) return deliver(batch.take());
      splitter.push(chunk);
      await deliverFull();
    },
    async end() {
      splitter.end();
      await deliverRest();
    },
    async stop() {
      splitter.cut();
      await deliverRest();
    },
    async cut() {
      const beginning = splitter.cut();
      await deliverRest();
      if (beginning === null) return;
      const rejects = [{ line: ++before, reason: 'truncated', text: beginning }];
      tally = addTallies(tally, { ...NO_LINES, received: 1, rejected: 1, rejects });
    },
    tally: () => tally,
    failed: () => failed,
  };
}

/** A line beyond the limit is sent as its beginning, long enough for the server to reject it for the same reason. */
function splitterInto(batch: LineBatch): LineSplitter {
  return createLineSplitter({
    line: (text, utf8) => batch.add(Buffer.from(text, utf8 ? 'utf8' : 'latin1')),
    tooLong: (beginning) => batch.addTooLong(Buffer.from(beginning, 'latin1')),
  });
}

/** The chunks of an input; null where the oldest line of the batch has waited long enough. */
async function* chunksOrPauses(
  name: string,
  io: Io,
  batch: Pick<LineBatch, 'isEmpty'>,
): AsyncGenerator<Uint8Array | null> {
  const chunks = readChunks(name, io);
  let next = chunks.next();
  for (;;) {
    const result = await firstOf(next, batch.isEmpty() ? null : BATCH_AGE_MS);
    if (result === null) {
      yield null;
      continue;
    }
    if (result.done === true) return;
    yield result.value;
    next = chunks.next();
  }
}

/** The promise, or null when it takes longer than `ms`. */
async function firstOf<T>(promise: Promise<T>, ms: number | null): Promise<T | null> {
  if (ms === null) return promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function withLineNumbers(tally: TotalTally, before: number): TotalTally {
  return { ...tally, rejects: tally.rejects.map((reject) => ({ ...reject, line: reject.line + before })) };
}
