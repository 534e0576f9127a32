/** A thread gives way to the others of its process, and to nobody else. */
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import t from 'tap';

const MODULE = new URL('../../../src/store/thread/give-way.ts', import.meta.url).href;

/** Priorities of a thread before and after. */
function prioritiesIn(platform: string, steps = 5): Promise<readonly [number, number]> {
  const code = `
    import { getPriority } from 'node:os';
    import { parentPort } from 'node:worker_threads';
    import { giveWay } from ${JSON.stringify(MODULE)};
    const before = getPriority();
    giveWay(${steps}, ${JSON.stringify(platform)});
    parentPort.postMessage([before, getPriority()]);
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

t.test('on Linux the thread alone does', { skip: process.platform !== 'linux' }, async (t) => {
  const own = getPriority();
  const [before, after] = await prioritiesIn('linux');
  t.equal(before, own);
  t.equal(after, Math.min(19, own + 5));
  t.same(await prioritiesIn('linux', 12), [own, Math.min(19, own + 12)]);
  t.equal(getPriority(), own, 'the others stay');
});

t.test('elsewhere, where that would be the whole process, none does', async (t) => {
  const [before, after] = await prioritiesIn('darwin');
  t.equal(after, before);
});
