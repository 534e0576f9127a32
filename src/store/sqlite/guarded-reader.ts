/** Reading whose errors are told in our words, and noted where no further try mends them. */
import type { AppError } from '../../domain/errors.ts';
import type { LineReader } from '../../domain/ports.ts';
import { isFatal } from './fatal.ts';
import { explain } from './open.ts';
import type { createReader } from './reader.ts';

export interface GuardOptions {
  /** How messages call the database. */
  readonly name: string;
  /** Told when the disk or the file failed. */
  readonly onFatal: (error: AppError) => void;
  /** Called before anything is read; what it throws is the answer. */
  readonly before?: () => void;
  /** Called while much is read, often; what it throws ends the reading. */
  readonly onStep?: () => void;
}

type Reads = Pick<
  LineReader,
  'flows' | 'measures' | 'lines' | 'line' | 'pairs' | 'timedPairs' | 'pair' | 'rejects' | 'counts'
>;

export interface Guard {
  /** The error in our words; it is noted when it is fatal. */
  told(error: unknown): unknown;
  /** Errors: those of `before`, and what was thrown as `told` has it. */
  run<T>(work: () => T | Promise<T>): Promise<T>;
  readonly reads: Reads;
}

export function guardReader(reader: ReturnType<typeof createReader>, options: GuardOptions): Guard {
  const { name, onFatal, before, onStep } = options;
  const told = (error: unknown): unknown => {
    const known = explain(name, error);
    if (isFatal(known)) onFatal(known);
    return known;
  };
  const run = async <T>(work: () => T | Promise<T>): Promise<T> => {
    before?.();
    try {
      return await work();
    } catch (error) {
      throw told(error);
    }
  };
  return {
    told,
    run,
    reads: {
      flows: (window) => run(() => reader.flows(window)),
      async *measures(query) {
        try {
          for await (const chunk of reader.measures(query)) {
            onStep?.();
            yield chunk;
          }
        } catch (error) {
          throw told(error);
        }
      },
      lines: (query) => run(() => reader.lines(query)),
      line: (id) => run(() => reader.line(id)),
      pairs: (query) => run(() => reader.pairs(query)),
      timedPairs: (query) => run(() => reader.timedPairs(query)),
      pair: (id) => run(() => reader.pair(id)),
      rejects: () => run(() => reader.rejects()),
      counts: () => run(() => reader.counts()),
    },
  };
}
