/** A thread for tests: a store in memory, and what the calls of a test ask for. */
import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../../src/domain/errors.ts';
import type { ReportStore } from '../../../src/domain/report-store.ts';
import { serveStore } from '../../../src/store/thread/serve-store.ts';

const { opens } = workerData as { readonly opens: boolean };

if (parentPort !== null) {
  await serveStore(parentPort, ({ changed, lost }) => {
    if (!opens)
      throw new AppError('db_locked', 'cannot open database x: it is locked', { remedy: 'wait a moment' });
    let version = 1;
    let failure: AppError | null = null;
    return {
      version: () => version,
      async append(lines) {
        const pod = lines.alone.get(0)?.identity.pod;
        if (failure !== null) throw failure;
        if (pod === 'exit-0') process.exit(0);
        if (pod === 'throw-0') setImmediate(() => JSON.parse('{'));
        if (pod === 'throw-0') await new Promise(() => {});
        if (pod === 'full-0') throw new AppError('disk_full', 'cannot write: no space left');
        if (pod === 'lost-0') {
          failure = new AppError('disk_failed', 'cannot write: input/output error');
          lost(failure);
          throw failure;
        }
        changed(++version, [7, version]);
        return { accepted: lines.length, duplicates: 0 };
      },
      counts: async () => ({ lines: version, pairs: 0 }),
      rejects: async () => [],
      checkpoint: async () => {},
      /** Until it is told to stop. */
      prune: (before, signal) =>
        new Promise((resolve) => {
          const stop = (): void => {
            version += 10;
            resolve({ lines: before });
          };
          if (signal.aborted) stop();
          else signal.addEventListener('abort', stop);
        }),
      reports: {
        report: async (id: string) => ({ id }),
        beginTry: async () => {
          throw new AppError('db_locked', 'cannot write: it is locked');
        },
      } as unknown as ReportStore,
      fail(error) {
        failure = error;
      },
      async close() {
        if (version > 100) throw new AppError('disk_full', 'cannot close: no space left');
      },
    };
  });
}
