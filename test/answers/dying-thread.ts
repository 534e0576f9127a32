/** A thread for tests: answers about incidents, and does what their ids ask for. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveAnswers } from '../../src/answers/serve-answers.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { Analysis } from '../../src/domain/queries.ts';

const { opens } = workerData as { readonly opens: boolean };
const analysis = {
  async incident(id: string) {
    if (id === 'exit') process.exit(0);
    if (id === 'throw') setImmediate(() => JSON.parse('{'));
    if (id === 'throw' || id === 'never') await new Promise(() => {});
    if (id === 'damaged') throw new AppError('db_damaged', 'cannot use database', { remedy: 'restore it' });
    // Until it is ended from outside.
    while (id === 'busy') Math.random();
    return { id };
  },
};

if (parentPort !== null) {
  await serveAnswers(parentPort, () => {
    if (!opens) throw new AppError('db_damaged', 'cannot use database x');
    // Of all questions the one that is asked.
    return {
      analysis: analysis as unknown as Analysis,
      hold() {},
      release() {},
      moment: () => 7,
      follow: async () => {},
      renew() {},
      close() {},
    };
  });
}
