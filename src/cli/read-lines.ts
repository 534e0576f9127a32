/** Reads inputs into the store, one after the other. */
import type { Runtime } from '../compose/runtime.ts';
import type { Identity } from '../domain/entry.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { tallySentence } from '../output/report/counts.ts';
import type { OnEvidence } from './evidence-file.ts';
import { readChunks } from './input.ts';
import { type Io, note } from './io.ts';
import { createProgress } from './progress.ts';
import { addTallies, inFile, NO_LINES, type TotalTally } from './tally.ts';

export interface ReadOptions {
  /** A format of the user's own, or null. */
  readonly format: string | null;
  /** Who wrote lines whose envelope does not tell. */
  readonly identity: Identity;
  /** Told of each input that is a document of evidence. */
  readonly onEvidence?: OnEvidence;
}

/**
 * Reads all inputs and returns when what they had is durable. An interrupt ends it early, with what was read.
 * Errors: those of inputs and store; `bad_format`.
 */
export async function readLines(
  inputs: readonly string[],
  options: ReadOptions,
  runtime: Pick<Runtime, 'newIngest'>,
  io: Io,
): Promise<TotalTally> {
  const progress = createProgress(io);
  let total = NO_LINES;
  try {
    for (const name of inputs) {
      if (io.interrupted.aborted) break;
      const ingest = runtime.newIngest(options);
      try {
        for await (const chunk of readChunks(name, io, options.onEvidence)) {
          await ingest.write(chunk);
          progress.update(total.received + ingest.tally().received);
        }
      } catch (error) {
        progress.clear();
        await keepWhatCame(total, ingest, io);
        throw error;
      }
      const tally = await (io.interrupted.aborted ? ingest.stop() : ingest.end());
      total = addTallies(total, inputs.length === 1 ? tally : inFile(tally, name));
    }
  } finally {
    progress.clear();
  }
  return total;
}

/** Stores what came before an input failed, and tells it. Where the store is what failed, that was told already. */
async function keepWhatCame(total: TotalTally, ingest: Ingest, io: Io): Promise<void> {
  const tally = await ingest.cut().catch(() => null);
  if (tally !== null) tellFailedInput(addTallies(total, tally), io);
}

/** Says what had come of an input that failed, unless it was nothing. */
export function tellFailedInput(tally: TotalTally, io: Io): void {
  if (tally.received > 0) note(io, `${tallySentence(tally)}; then the input failed`);
}
