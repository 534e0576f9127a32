import t from 'tap';
import { createJournal, flowKey, readFlowKey } from '../../../src/store/sqlite/journal.ts';

t.test('a key holds the last hour of a year far away and a large shape', async (t) => {
  t.same(readFlowKey(flowKey(1_000_000, 4_000_000_000)), { hour: 1_000_000, shape: 4_000_000_000 });
});

t.test('gives each changed flow once, for any version that it reaches back to', async (t) => {
  const journal = createJournal();
  journal.note(4, [1, 2]);
  journal.note(5, []);
  journal.note(6, [2, 3]);
  t.same([...(journal.changed(3, 6) ?? [])], [1, 2, 3]);
  t.same(journal.listed(3, 6), Float64Array.of(1, 2, 2, 3), 'as often as they changed');
  t.equal(journal.count(3, 6), 4);
  t.same([...(journal.changed(5, 6) ?? [])], [2, 3]);
  t.same([...(journal.changed(6, 6) ?? [])], []);
});

t.test('does not know what came before it, what others wrote, or what it forgot', async (t) => {
  const journal = createJournal(3);
  t.equal(journal.changed(1, 2), null, 'empty');
  t.equal(journal.listed(1, 2), null);
  t.equal(journal.count(1, 2), null);
  journal.note(2, [1]);
  t.equal(journal.changed(0, 2), null, 'before its time');
  t.equal(journal.changed(1, 3), null, 'a version that it did not see');
  journal.note(4, [2]);
  t.equal(journal.changed(1, 4), null, 'another wrote version 3');
  t.same([...(journal.changed(3, 4) ?? [])], [2]);
  journal.note(5, [3, 4, 5]);
  t.equal(journal.changed(3, 5), null, 'too much changed to be remembered');
  t.same([...(journal.changed(4, 5) ?? [])], [3, 4, 5]);
});
