/** A thread for tests: stores in memory, and does what the pods of its lines ask for. */
import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../../src/domain/errors.ts';
import type { LineColumns } from '../../../src/domain/line-columns.ts';
import { serveWriter } from '../../../src/store/thread/serve-writer.ts';

const podOf = (lines: LineColumns): string | null => {
  const alone = lines.alone.get(0)?.identity.pod;
  return alone ?? lines.templates?.text(lines.template[0] ?? 0, 'pod') ?? null;
};

const { fails } = workerData as { readonly fails: boolean };
if (parentPort !== null) {
  await serveWriter(parentPort, async () => {
    if (fails)
      throw new AppError('db_locked', 'cannot open database x: it is locked', { remedy: 'wait a moment' });
    const waiting: Array<() => void> = [];
    return {
      settle: () => {
        for (const resolve of waiting.splice(0)) resolve();
      },
      async append(lines, _rejects, taken) {
        const pod = podOf(lines);
        if (pod === 'full-0') throw new AppError('disk_full', 'cannot write: no space left');
        if (pod === 'exit-0') process.exit(0);
        if (pod === 'throw-0') setImmediate(() => JSON.parse('{'));
        if (pod === 'throw-0') await new Promise(() => {});
        const result = { accepted: lines.length, duplicates: 0 };
        if (pod === 'wait-0') {
          taken?.();
          await new Promise<void>((resolve) => waiting.push(resolve));
        }
        return result;
      },
      async close() {},
    };
  });
}
