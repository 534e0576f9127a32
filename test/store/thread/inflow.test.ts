/** Lines on their way: how many came in since when, whether any do, and how they are had to wait. */
import t from 'tap';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import type { AppendResult } from '../../../src/domain/ports.ts';
import { createInflow } from '../../../src/store/thread/inflow.ts';

const NONE = columnsOf([]);

/** A store that answers when it is told to, and a clock. */
function start() {
  const waiting: Array<(result: AppendResult) => void> = [];
  const clock = { now: 1_000 };
  const append = () => new Promise<AppendResult>((resolve) => waiting.push(resolve));
  const inflow = createInflow({ append }, () => clock.now);
  return {
    inflow,
    clock,
    waiting,
    /** Stores so many lines as a version. */
    async store(version: number, accepted: number) {
      const stored = inflow.append(NONE, []);
      await Promise.resolve();
      inflow.note(version);
      waiting.shift()?.({ accepted, duplicates: 0 });
      await stored;
    },
  };
}

t.test('what was stored after a version is told in lines and seconds', async (t) => {
  const { inflow, clock, store } = start();
  await store(2, 10);
  clock.now += 500;
  await store(3, 20);
  clock.now += 1_500;
  await store(4, 5);
  clock.now += 1_000;
  t.equal(inflow.behind(4), null);
  t.strictSame(inflow.behind(3), { lines: 5, seconds: 1 });
  t.strictSame(inflow.behind(2), { lines: 25, seconds: 2.5 });
  t.strictSame(inflow.behind(1), { lines: 35, seconds: 3 });
});

t.test('it is busy while lines are stored, and that is told to whoever waits', async (t) => {
  const { inflow, clock, store, waiting } = start();
  t.equal(inflow.isBusy(), false);
  t.equal(await inflow.moves(5), false);
  const moves = inflow.moves(10_000);
  const stored = inflow.append(NONE, []);
  t.equal(await moves, true);
  t.equal(await inflow.moves(0), true, 'at once');
  clock.now += 300;
  waiting.shift()?.({ accepted: 1, duplicates: 0 });
  await stored;
  clock.now += 700;
  t.equal(inflow.busyShare(), 0.3);
  t.equal(inflow.busyShare(), 0, 'since the last call');
  const next = inflow.stored(10_000);
  await store(2, 1);
  await next;
  await inflow.stored(1);
  const refused = createInflow({ append: () => Promise.reject(new Error('full')) }, () => 0);
  await t.rejects(refused.append(NONE, []), { message: 'full' });
  t.equal(refused.isBusy(), false);
});

t.test('lines that are held back wait, and those under way are waited for', async (t) => {
  const { inflow, waiting } = start();
  const first = inflow.append(NONE, []);
  let isHeld = false;
  const holding = inflow.holdBack().then(() => {
    isHeld = true;
  });
  const second = inflow.append(NONE, []);
  await new Promise(setImmediate);
  t.equal(isHeld, false);
  t.equal(waiting.length, 1, 'the second is not begun');
  waiting.shift()?.({ accepted: 1, duplicates: 0 });
  await first;
  await holding;
  await inflow.holdBack();
  t.equal(await inflow.moves(0), true, 'more is to come');
  inflow.resume();
  await new Promise(setImmediate);
  t.equal(waiting.length, 1);
  waiting.shift()?.({ accepted: 2, duplicates: 0 });
  t.same(await second, { accepted: 2, duplicates: 0 });
});
