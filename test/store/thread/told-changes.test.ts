/** A transaction that is in the file and was not told yet is not taken for one that changed nothing. */
import t from 'tap';
import { createJournal } from '../../../src/store/sqlite/journal.ts';
import { createToldChanges } from '../../../src/store/thread/told-changes.ts';

function start(msMax?: number) {
  const journal = createJournal();
  let version = 1;
  let wake = (): void => {};
  const stored = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const tell = (flows: readonly number[]): void => {
    version++;
    journal.note(version, flows);
    wake();
  };
  return {
    changes: createToldChanges({ version: () => version, listed: journal.listed, stored }, msMax),
    tell,
  };
}

t.test('what was read is waited for', async (t) => {
  const { changes, tell } = start();
  tell([1, 2]);
  t.same(await changes(1, 2), Float64Array.of(1, 2));
  const read = changes(1, 4);
  tell([3]);
  setImmediate(() => tell([4]));
  t.same(await read, Float64Array.of(1, 2, 3, 4));
});

t.test('what nobody tells of is not known', async (t) => {
  const { changes, tell } = start(30);
  tell([1]);
  t.equal(await changes(1, 3), null);
});
