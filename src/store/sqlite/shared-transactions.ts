/** Batches that wait at the same time share a transaction: its sync, above all, is waited for once by all of them. */
import { AppError } from '../../domain/errors.ts';
import type { LineColumns } from '../../domain/line-columns.ts';
import type { AppendResult, LineWriter, RejectTally } from '../../domain/ports.ts';
import { GROUP_LINES_MAX, type Writer } from './writer.ts';

export interface SharedTransactions extends Pick<LineWriter, 'append'> {
  /** Resolves when nothing waits. */
  settle(): Promise<void>;
}

interface Batch {
  readonly lines: LineColumns;
  readonly rejects: readonly RejectTally[];
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * `begin` does some work, all at once, as soon as nothing is in its way. Errors: those of the work; an `AppError` where the
 * database is what failed.
 */
export function shareTransactions(
  writer: Pick<Writer, 'take' | 'commit'>,
  begin: <T>(work: () => T) => Promise<T>,
): SharedTransactions {
  let waiting: Batch[] = [];
  let running: Promise<void> | null = null;

  const store = async (batches: readonly Batch[]): Promise<void> => {
    try {
      const results = await begin(() => {
        const taken = batches.map(({ lines, rejects }) => writer.take(lines, rejects));
        writer.commit();
        return taken;
      });
      for (const [index, result] of results.entries()) batches[index]?.resolve(result);
    } catch (error) {
      // One of them cannot be stored, and nobody knows which: each is tried alone.
      if (batches.length > 1 && !(error instanceof AppError))
        for (const batch of batches) await store([batch]);
      else for (const { reject } of batches) reject(error);
    }
  };

  /** As many as a transaction should hold; at least one. */
  const next = (): readonly Batch[] => {
    let count = 0;
    for (let lines = 0; count < waiting.length && lines < GROUP_LINES_MAX; count++)
      lines += waiting[count]?.lines.length ?? 0;
    const batches = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batches;
  };

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      // All that has come by now is taken in first.
      await new Promise(setImmediate);
      await store(next());
    }
    running = null;
  };

  return {
    append: (lines, rejects) =>
      new Promise((resolve, reject) => {
        waiting.push({ lines, rejects, resolve, reject });
        running ??= run();
      }),
    async settle() {
      await running;
    },
  };
}
