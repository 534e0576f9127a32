/** Batches that share a transaction: what is written once a transaction is written once for all of them. */
import type { LineColumns } from '../../domain/line-columns.ts';
import type { AppendResult, LineWriter, RejectTally } from '../../domain/ports.ts';
import type { Writer } from './writer.ts';

export type Group = Required<LineWriter>;

interface Waiting {
  readonly result: AppendResult;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/** `take` has the writer take a batch as soon as it may. Batches come one after the other: the next when one was taken. */
export function createGroup(
  writer: Pick<Writer, 'commit' | 'isFull'>,
  take: (lines: LineColumns, rejects: readonly RejectTally[]) => Promise<AppendResult>,
): Group {
  let waiting: Waiting[] = [];

  /** All that wait have one fate. */
  const end = (tell: (one: Waiting) => void): void => {
    const ended = waiting;
    waiting = [];
    for (const one of ended) tell(one);
  };

  const settle = (): void => {
    try {
      writer.commit();
      end(({ resolve, result }) => resolve(result));
    } catch (error) {
      end(({ reject }) => reject(error));
    }
  };

  return {
    async append(lines, rejects, taken = () => {}) {
      let result: AppendResult;
      try {
        result = await take(lines, rejects);
      } catch (error) {
        // Those before it were in the same transaction; where it never began, there are none.
        end(({ reject }) => reject(error));
        throw error;
      }
      taken();
      const durable = new Promise<AppendResult>((resolve, reject) => {
        waiting.push({ result, resolve, reject });
      });
      if (writer.isFull) settle();
      return durable;
    },
    settle,
  };
}
