import t from 'tap';
import * as limits from '../../src/domain/limits.ts';

t.test('every limit is a whole number above zero that is kept exactly', async (t) => {
  const all = Object.entries(limits);
  t.ok(all.length > 10);
  for (const [name, value] of all) t.ok(Number.isSafeInteger(value) && value > 0, `${name}: ${value}`);
});

t.test('limits that depend on each other agree', async (t) => {
  t.ok(limits.REJECT_TEXT_MAX < limits.LINE_BYTES_MAX, 'what is shown of a long line is less than the line');
  t.ok(limits.PAGE_ITEMS_DEFAULT <= limits.PAGE_ITEMS_MAX);
  t.ok(limits.LINE_BYTES_MAX < limits.BODY_BYTES_MAX, 'a body can hold a line');
  t.ok(limits.PAGE_ITEMS_MAX <= limits.SCAN_LINES_MAX, 'a page can be filled');
  t.ok(limits.BATCH_LINES_MAX < 2 ** 18, 'a batch within one second finds place in the rows of that second');
});

t.test('start times are accepted from 2000 to 2100', async (t) => {
  t.equal(limits.START_TIME_MIN, Date.UTC(2000, 0, 1));
  t.equal(limits.START_TIME_MAX, Date.UTC(2100, 0, 1));
});

t.test('counts are kept as far as numbers are exact', async (t) => {
  t.equal(limits.COUNT_MAX, Number.MAX_SAFE_INTEGER);
  t.equal(BigInt(limits.COUNT_MAX) < 2n ** 63n, true, 'a column of SQLite holds it');
});
