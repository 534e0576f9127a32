/**
 * A thread for tests that follows slowly: `words` is [version, steps, holders], shared with the test, which writes the version that is
 * stored. A question about an incident answers with the version that is held.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { serveAnswers } from '../../src/answers/serve-answers.ts';
import type { Analysis } from '../../src/domain/queries.ts';

const { words, stepMs } = workerData as { readonly words: Int32Array; readonly stepMs: number };

if (parentPort !== null) {
  await serveAnswers(parentPort, () => {
    let holders = 0;
    let held = 0;
    let followed = 0;
    let wanted = 0;
    const begin = (): void => {
      held = Atomics.load(words, 0);
    };
    const follow = async (): Promise<void> => {
      if (followed >= wanted && followed === held) return;
      begin();
      Atomics.add(words, 1, 1);
      // Nobody is answered meanwhile, as when a model is brought up to date.
      const until = performance.now() + stepMs;
      while (performance.now() < until);
      followed = held;
    };
    const analysis = {
      async incident(id: string) {
        if (id === 'exit') process.exit(0);
        await follow();
        return { id, version: held };
      },
    };
    return {
      // Of all questions the one that is asked.
      analysis: analysis as unknown as Analysis,
      hold(version) {
        if (holders === 0) begin();
        holders++;
        Atomics.add(words, 2, 1);
        wanted = Math.max(wanted, version);
      },
      release() {
        holders--;
        Atomics.sub(words, 2, 1);
      },
      moment: () => held,
      follow,
      renew() {},
      close() {},
    };
  });
}
