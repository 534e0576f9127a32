/** Sends lines to a server: in batches, again until each is acknowledged, in order. */
import { createLineSplitter } from '../ingest/line-splitter.ts';
import { readChunks } from './input.ts';
import type { Io } from './io.ts';
import { createLineBatch, type LineBatch, type SentBatch } from './line-batch.ts';
import { createProgress, type Progress } from './progress.ts';
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
      const sent = await sendInput(name, options, client, io, (lines) =>
        progress.update(total.received + lines),
      );
      total = addTallies(total, inputs.length === 1 ? sent : inFile(sent, name));
    }
  } finally {
    progress.clear();
  }
  return total;
}

async function sendInput(
  name: string,
  options: SendOptions,
  client: Client,
  io: Io,
  update: Progress['update'],
): Promise<TotalTally> {
  let tally = NO_LINES;
  let before = 0;
  const send = async (batch: SentBatch | null): Promise<void> => {
    if (batch === null) return;
    tally = addTallies(tally, withLineNumbers(await sendBatch(batch, options, client, io), before));
    before += batch.lines;
    update(before);
  };
  const batch = createLineBatch();
  const splitter = splitterInto(batch);
  for await (const chunk of chunksOrPauses(name, io, batch)) {
    if (chunk === null) {
      await send(batch.take());
      continue;
    }
    splitter.push(chunk);
    for (let full = batch.takeFull(); full !== null; full = batch.takeFull()) await send(full);
  }
  splitter.end();
  for (let full = batch.takeFull(); full !== null; full = batch.takeFull()) await send(full);
  await send(batch.take());
  return tally;
}

/** A line beyond the limit is sent as its beginning, long enough for the server to reject it for the same reason. */
function splitterInto(batch: LineBatch): { push(chunk: Uint8Array): void; end(): void } {
  return createLineSplitter({
    line: (text, utf8) => batch.add(Buffer.from(text, utf8 ? 'utf8' : 'latin1')),
    tooLong: (beginning) => batch.addTooLong(Buffer.from(beginning, 'latin1')),
  });
}

/** The chunks of an input; null where the oldest line of the batch has waited long enough. */
async function* chunksOrPauses(name: string, io: Io, batch: LineBatch): AsyncGenerator<Uint8Array | null> {
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
