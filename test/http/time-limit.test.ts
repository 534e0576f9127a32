import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { within } from '../../src/http/time-limit.ts';

t.test('an answer in time is given, and one that is late is not waited for', async (t) => {
  t.equal(await within(undefined, 60_000, async () => 7), 7);
  await t.rejects(
    within('20ms', 60_000, () => wait(600_000, null, { ref: false })),
    { code: 'timeout' },
  );
});

t.test('what fails at once fails once: nothing comes after it', async (t) => {
  const failure = new Error('at once');
  const later: unknown[] = [];
  const listen = (reason: unknown): void => void later.push(reason);
  process.on('unhandledRejection', listen);
  t.teardown(() => process.off('unhandledRejection', listen));
  const work = (): Promise<never> => {
    throw failure;
  };
  await t.rejects(within(undefined, 10, work), failure);
  // Well past the limit: a clock that was left running has struck by then.
  await wait(200);
  t.strictSame(later, []);
});
