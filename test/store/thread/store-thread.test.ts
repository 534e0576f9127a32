/** A store that lives in a thread: the same answers, the same errors, and what changed is known before it is answered. */
import t, { type Test } from 'tap';
import type { AppError } from '../../../src/domain/errors.ts';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import { startStoreThread } from '../../../src/store/thread/store-thread.ts';
import { makeLine } from '../../helpers/lines.ts';

const ENTRY = new URL('./test-store.ts', import.meta.url);
const NEVER = new AbortController().signal;
const line = (pod: string) => columnsOf([makeLine(pod, { start_time: Date.UTC(2024, 2, 5) })]);

async function start(t: Pick<Test, 'teardown'>) {
  const changes: [number, unknown][] = [];
  const failures: AppError[] = [];
  const thread = await startStoreThread({
    entry: ENTRY,
    workerData: { opens: true },
    onChange: (version, flows) => void changes.push([version, flows]),
    onFailure: (error) => void failures.push(error),
  });
  t.teardown(() => thread.close().catch(() => {}));
  return { thread, changes, failures };
}

t.test('what was stored is known before it is answered, and its arrays are back', async (t) => {
  const { thread, changes } = await start(t);
  t.equal(thread.version(), 1, 'as it was opened');
  const lines = line('web-0');
  t.same(await thread.append(lines, []), { accepted: 1, duplicates: 0 });
  t.equal(thread.version(), 2);
  t.same(changes, [[2, [7, 2]]]);
  t.equal(lines.capacity, 1);
  const full = line('full-0');
  await t.rejects(thread.append(full, []), {
    name: 'AppError',
    code: 'disk_full',
    message: 'cannot write: no space left',
  });
  t.equal(full.capacity, 1, 'of what was refused, too');
  const fates = await Promise.allSettled(
    [line('web-0'), line('full-0'), line('web-1')].map((one) => thread.append(one, [])),
  );
  t.match(
    fates.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  t.equal(thread.failure, null);
});

t.test('a few lines are copied, of many the arrays are lent and come back however it ends', async (t) => {
  const { thread } = await start(t);
  const taken: string[] = [];
  const few = line('web-0');
  const first = thread.append(few, [], () => taken.push('few'));
  t.same(taken, ['few'], 'they are not needed any more');
  few.clear();
  t.same(await first, { accepted: 1, duplicates: 0 });
  for (const pod of ['web-0', 'full-0']) {
    const one = makeLine(pod, { start_time: Date.UTC(2024, 2, 5) });
    const many = columnsOf(Array.from({ length: 5_000 }, () => one));
    const stored = thread.append(many, [], () => taken.push(pod));
    t.equal(many.capacity, 0, 'its arrays are away');
    if (pod === 'web-0') t.same(await stored, { accepted: 5_000, duplicates: 0 });
    else await t.rejects(stored, { code: 'disk_full' });
    t.equal(many.capacity, 5_000, pod);
  }
  t.same(taken, ['few'], 'of these the answer says so');
});

t.test('calls are answered, by their name, with the version of then', async (t) => {
  const { thread } = await start(t);
  t.same(await thread.counts(), { lines: 1, pairs: 0 });
  t.same(await thread.rejects(), []);
  t.match(await thread.reports.report('abc'), { id: 'abc' });
  await t.rejects(thread.reports.beginTry('x', 1, 2), { code: 'db_locked' });
  await t.rejects(thread.reports.endTry('x', { state: 'delivered', at: 1 }), /not a function/);
  const stopped = new AbortController();
  const pruned = thread.prune(5, stopped.signal);
  t.same(await thread.append(line('web-0'), []), { accepted: 1, duplicates: 0 }, 'lines are taken meanwhile');
  stopped.abort();
  t.same(await pruned, { lines: 5 });
  t.equal(thread.version(), 12);
  t.same(await thread.prune(6, AbortSignal.abort()), { lines: 6 }, 'stopped before it was asked');
});

t.test('a disk that failed is told once, and nothing is taken any more', async (t) => {
  const { thread, failures } = await start(t);
  await t.rejects(thread.append(line('lost-0'), []), { code: 'disk_failed' });
  t.match(failures, [{ code: 'disk_failed', message: /input\/output/ }]);
  await t.rejects(thread.append(line('web-0'), []), { code: 'disk_failed' });
  await t.rejects(thread.counts(), { code: 'disk_failed' });
  t.match(thread.failure, { code: 'disk_failed' });
  t.equal(failures.length, 1);
});

t.test('what others found is told to the thread', async (t) => {
  const { thread, failures } = await start(t);
  const waiting = thread.append(line('web-0'), []);
  const { failure } = await start(t).then(async (other) => {
    await other.thread.append(line('lost-0'), []).catch(() => {});
    return other.thread;
  });
  if (failure === null) throw new Error('it failed');
  await waiting;
  thread.fail(failure);
  t.match(failures, [{ code: 'disk_failed' }]);
  await t.rejects(thread.append(line('web-0'), []), { code: 'disk_failed' });
});

t.test('a store that cannot be opened says so as itself, and nothing has failed', async (t) => {
  const failures: AppError[] = [];
  await t.rejects(
    startStoreThread({
      entry: ENTRY,
      workerData: { opens: false },
      onChange: () => {},
      onFailure: (error) => void failures.push(error),
    }),
    { name: 'AppError', code: 'db_locked', remedy: 'wait a moment' },
  );
  t.same(failures, []);
});

t.test('one that cannot be closed says why', async (t) => {
  const { thread, failures } = await start(t);
  for (let n = 0; n < 10; n++) await thread.prune(1, AbortSignal.abort());
  await t.rejects(thread.close(), { code: 'disk_full', message: 'cannot close: no space left' });
  t.same(failures, []);
});

for (const pod of ['exit-0', 'throw-0']) {
  t.test(`a thread that dies fails whatever waits and what comes after, and tells (${pod})`, async (t) => {
    const { thread, failures } = await start(t);
    const waiting = [thread.prune(1, NEVER), thread.append(line(pod), [])];
    for (const fate of await Promise.allSettled(waiting)) t.equal(fate.status, 'rejected');
    await t.rejects(thread.append(line('web-0'), []), { code: 'interrupted' });
    t.match(failures, [{ code: 'interrupted' }]);
    await t.rejects(thread.close());
  });
}
