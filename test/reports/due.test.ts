import t from 'tap';
import { MISSED_COUNTED_MAX } from '../../src/domain/limits.ts';
import { readTimes } from '../../src/reports/cron.ts';
import { beginOf, findDue } from '../../src/reports/due.ts';

const at = (text: string): number => Date.parse(text);
const DAILY = readTimes('0 7 * * *', 'UTC');

t.test('nothing is due before its time, nor twice', async (t) => {
  t.equal(findDue(DAILY, at('2026-01-05T07:00:00Z'), at('2026-01-06T06:59:59Z')), null);
  t.equal(findDue(DAILY, at('2026-01-06T07:00:00Z'), at('2026-01-06T07:00:30Z')), null);
  t.equal(
    findDue(DAILY, at('2026-01-08T07:00:00Z'), at('2026-01-06T08:00:00Z')),
    null,
    'the clock was put back',
  );
});

t.test('the newest time is due, and the earlier ones are counted', async (t) => {
  t.strictSame(findDue(DAILY, at('2026-01-05T07:00:00Z'), at('2026-01-06T07:00:00Z')), {
    period: at('2026-01-06T07:00:00Z'),
    missed: 0,
  });
  t.strictSame(findDue(DAILY, at('2026-01-05T09:13:00Z'), at('2026-01-09T12:00:00Z')), {
    period: at('2026-01-09T07:00:00Z'),
    missed: 3,
  });
  const minutely = readTimes('* * * * *', 'UTC');
  const due = findDue(minutely, at('2025-01-05T07:00:00Z'), at('2026-01-09T12:00:00Z'));
  t.strictSame(due, { period: at('2026-01-09T12:00:00Z'), missed: MISSED_COUNTED_MAX });
});

t.test('a window has a length, or begins where the report before ended', async (t) => {
  const period = at('2026-01-06T07:00:00Z');
  t.equal(beginOf(period, 3_600_000, DAILY, period - 5), period - 3_600_000);
  t.equal(beginOf(period, null, DAILY, at('2026-01-02T07:00:00Z')), at('2026-01-02T07:00:00Z'));
  t.equal(beginOf(period, null, DAILY, null), at('2026-01-05T07:00:00Z'));
  t.equal(beginOf(period, null, DAILY, period), at('2026-01-05T07:00:00Z'), 'nothing is left to tell');
});
