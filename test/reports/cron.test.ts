import t from 'tap';
import { cronProblem, isTimezone, readTimes } from '../../src/reports/cron.ts';

const at = (text: string): number => Date.parse(text);
const told = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());

/** The first `count` times after another. */
function timesAfter(cron: string, timezone: string, after: string, count: number): (string | null)[] {
  const times = readTimes(cron, timezone);
  const found: (string | null)[] = [];
  for (let time: number | null = at(after); time !== null && found.length < count; ) {
    time = times.next(time);
    found.push(told(time));
  }
  return found;
}

t.test('a time of the day stays the time of the day when clocks change', async (t) => {
  t.strictSame(timesAfter('0 7 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z', 3), [
    '2026-03-28T06:00:00.000Z',
    '2026-03-29T05:00:00.000Z',
    '2026-03-30T05:00:00.000Z',
  ]);
});

t.test('a time that is jumped over comes at the jump, and one that comes twice comes once', async (t) => {
  t.strictSame(timesAfter('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2), [
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
  t.strictSame(timesAfter('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2), [
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
});

t.test('every hour is every hour, also the one that comes twice', async (t) => {
  const hours = timesAfter('0 * * * *', 'Europe/Berlin', '2026-10-24T22:30:00Z', 5).map((time) =>
    time?.slice(11, 16),
  );
  t.strictSame(hours, ['23:00', '00:00', '01:00', '02:00', '03:00']);
});

t.test('the last time includes the moment itself', async (t) => {
  for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/New_York']) {
    const times = readTimes('*/10 * * * *', zone);
    t.equal(told(times.latest(at('2026-10-25T01:10:00Z'))), '2026-10-25T01:10:00.000Z', zone);
    t.equal(told(times.latest(at('2026-10-25T01:10:00.999Z'))), '2026-10-25T01:10:00.000Z', zone);
    t.equal(told(times.latest(at('2026-10-25T01:09:59.999Z'))), '2026-10-25T01:00:00.000Z', zone);
    t.equal(told(times.next(at('2026-10-25T01:10:00Z'))), '2026-10-25T01:20:00.000Z', zone);
  }
});

t.test('next and last agree over a year with both changes of the clock', async (t) => {
  for (const cron of ['0 2 * * *', '30 2 * * 0', '15 */6 * * *']) {
    const times = readTimes(cron, 'Europe/Berlin');
    let time = at('2026-01-01T00:00:00Z');
    let wrong = 0;
    for (
      let next = times.next(time);
      next !== null && next < at('2027-01-01T00:00:00Z');
      next = times.next(time)
    ) {
      if (times.latest(next) !== next || times.latest(next - 1_000) === next) wrong++;
      time = next;
    }
    t.equal(wrong, 0, cron);
  }
});

t.test('what cannot be used is told', async (t) => {
  const now = at('2026-01-01T00:00:00Z');
  t.equal(cronProblem('0 7 * * 1-5', 'Europe/Berlin', now), null);
  t.equal(cronProblem('*/5 * * * * *', 'UTC', now), null);
  t.match(cronProblem('0 7 * *', 'UTC', now), /five, six/);
  t.match(cronProblem('0 25 * * *', 'UTC', now), /25/);
  t.match(cronProblem('0 7 * * * * 2026', 'UTC', now), /./);
  t.equal(cronProblem('0 0 30 2 *', 'UTC', now), 'it names no time that is still to come');
  t.ok(isTimezone('Europe/Berlin'));
  t.notOk(isTimezone('Europe/Belin'));
});
