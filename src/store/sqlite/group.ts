/** Batches that share a transaction: what is written once a transaction is written once for all of them. */
import type { AppendResult, LineWriter } from '../../domain/ports.ts';
import type { Writer } from './writer.ts';

export type Group = Required<LineWriter>;

interface Waiting {
  readonly result: AppendResult;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/** `begin` does some work as soon as nothing is in its way. Batches come one after the other: the next when one was taken. */
export function createGroup(
  writer: Pick<Writer, 'take' | 'commit' | 'isOpen' | 'isFull'>,
  begin: (work: () => void) => Promise<void>,
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
    append: (lines, rejects, taken = () => {}) =>
      new Promise((resolve, reject) => {
        const take = (): void => {
          const result = writer.take(lines, rejects);
          waiting.push({ result, resolve, reject });
        };
        const refuse = (error: unknown): void => {
          // Refused before it was begun with, it leaves those before it as they are; else they are gone with it.
          if (writer.isOpen) settle();
          else end((one) => one.reject(error));
          reject(error);
        };
        begin(take).then(() => {
          taken();
          if (writer.isFull) settle();
        }, refuse);
      }),
    settle,
  };
}
