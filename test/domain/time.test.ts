import fc from 'fast-check';
import t from 'tap';
import { formatDuration, formatTime, parseDuration, parseInstant, parseTime } from '../../src/domain/time.ts';

const NOON = Date.UTC(2024, 1, 29, 12);
const NOW = Date.UTC(2024, 2, 5, 10);

t.test('reads RFC 3339 times', async (t) => {
  const rows: [text: string, time: number][] = [
    ['2024-02-29T12:00:00Z', NOON],
    ['2024-02-29t12:00:00z', NOON],
    ['2024-02-29 12:00:00', NOON],
    ['2024-02-29T12:00:00.081Z', NOON + 81],
    ['2024-02-29T12:00:00,5Z', NOON + 500],
    ['2024-02-29T12:00:00.0009Z', NOON],
    ['2024-02-29T12:00:00.999999999Z', NOON + 999],
    ['2024-02-29T13:30:00+01:30', NOON],
    ['2024-02-29T13:30:00+0130', NOON],
    ['2024-02-29T04:00:00-08:00', NOON],
    ['2024-03-01T02:00:00+14:00', NOON],
    ['2024-02-28T23:59:60-12:00', NOON - 1_000],
    ['1970-01-01T00:00:00Z', 0],
    ['2024-12-31T23:59:59.999Z', Date.UTC(2025, 0, 1) - 1],
  ];
  for (const [text, time] of rows) t.equal(parseTime(text), time, text);
});

t.test('reads a leap second as the second before it', async (t) => {
  t.equal(parseTime('2016-12-31T23:59:60Z'), Date.UTC(2016, 11, 31, 23, 59, 59));
  t.equal(parseTime('2016-12-31T23:59:60.250Z'), Date.UTC(2016, 11, 31, 23, 59, 59, 250));
  t.equal(parseTime('2016-12-31T23:59:61Z'), null);
});

t.test('refuses days and hours that do not exist, and what is no time', async (t) => {
  const texts = [
    ...['2023-02-29T12:00:00Z', '2024-02-30T12:00:00Z', '2024-04-31T12:00:00Z', '1900-02-29T00:00:00Z'],
    ...['2024-00-10T12:00:00Z', '2024-13-10T12:00:00Z', '2024-02-00T12:00:00Z', '2024-02-32T12:00:00Z'],
    ...['2024-02-29T24:00:00Z', '2024-02-29T12:60:00Z', '2024-02-29T12:00:61Z'],
    ...['', '-', 'now', '2024-02-29', '2024-02-29T12:00Z', '24-02-29T12:00:00Z', '2024-2-29T12:00:00Z'],
    ...[
      '2024-02-29T12:00:00.Z',
      '2024-02-29T12:00:00.0123456789Z',
      '2024-02-29T12:00:00ZZ',
      ' 2024-02-29T12:00:00Z',
    ],
    ...[
      '2024-02-29T12:00:00Z\n',
      '2024-02-29T12:00:00+1',
      '2024-02-29T12:00:00+01:',
      '2024-02-29T12:00:00 UTC',
    ],
  ];
  for (const text of texts) t.equal(parseTime(text), null, JSON.stringify(text));
});

t.test('refuses zones that do not exist', async (t) => {
  for (const zone of ['+24:00', '+01:60', '-99:99'])
    t.equal(parseTime(`2024-02-29T12:00:00${zone}`), null, zone);
});

t.test('a time survives being written and read, in any zone', async (t) => {
  const offset = fc.integer({ min: -14 * 60, max: 14 * 60 });
  const time = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2200, 0, 1) });
  fc.assert(
    fc.property(time, offset, (time, minutes) => {
      const sign = minutes < 0 ? '-' : '+';
      const two = (n: number) => String(n).padStart(2, '0');
      const zone = `${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
      const local = formatTime(time + minutes * 60_000).slice(0, -1);
      return parseTime(formatTime(time)) === time && parseTime(local + zone) === time;
    }),
    { numRuns: 500 },
  );
  t.equal(formatTime(NOON + 81), '2024-02-29T12:00:00.081Z');
});

t.test('agrees with the language on which months have which days', async (t) => {
  for (const year of [1999, 2000, 2001, 2023, 2024, 2099, 2100, 2400]) {
    for (let month = 1; month <= 12; month++) {
      for (let day = 28; day <= 31; day++) {
        const text = `${year}-${String(month).padStart(2, '0')}-${day}T00:00:00Z`;
        const exists = day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
        if (parseTime(text) !== (exists ? Date.parse(text) : null)) t.fail(text);
      }
    }
  }
  t.pass('agreed');
});

t.test('reads durations', async (t) => {
  const rows: [text: string, ms: number | null][] = [
    ['250ms', 250],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['1d12h30m5s10ms', 131_405_010],
    ['0s', 0],
    ['90s', 90_000],
    ...['', '15', 'm', '1.5h', '-1h', '1h ', '1 h', '1H', '1y', 'h1', '1h-', '1e3s'].map(
      (text): [string, null] => [text, null],
    ),
  ];
  for (const [text, ms] of rows) t.equal(parseDuration(text), ms, JSON.stringify(text));
});

t.test('reads points in time', async (t) => {
  const rows: [text: string, time: number | null][] = [
    ['now', NOW],
    ['now-1h', NOW - 3_600_000],
    ['now-1d12h', NOW - 129_600_000],
    ['15m', NOW - 900_000],
    ['2024-02-29T12:00:00Z', NOON],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['1709208000', NOON],
    ['999999999', 999_999_999_000],
    ['1709208000081', NOON + 81],
    ...['', 'yesterday', 'now-', 'now+1h', 'now-soon', '17', '2024-02-30', '2024-02', '12345678901234'].map(
      (text): [string, null] => [text, null],
    ),
  ];
  for (const [text, time] of rows) t.equal(parseInstant(text, NOW), time, JSON.stringify(text));
});

t.test('writes durations for people', async (t) => {
  const rows: [ms: number, text: string][] = [
    [0, '0ms'],
    [850, '850ms'],
    [999, '999ms'],
    [1_000, '1.0s'],
    [12_400, '12.4s'],
    [60_000, '1m0s'],
    [200_000, '3m20s'],
    [3_599_999, '59m59s'],
    [3_600_000, '1h0m'],
    [18_600_000, '5h10m'],
    [86_399_999, '23h59m'],
    [86_400_000, '1d0h'],
    [187_200_000, '2d4h'],
  ];
  for (const [ms, text] of rows) t.equal(formatDuration(ms), text, String(ms));
});

t.test('a time beyond the form is the last one that it has', async (t) => {
  t.equal(formatTime(Date.UTC(9999, 11, 31, 23, 59, 59, 999)), '9999-12-31T23:59:59.999Z');
  for (const time of [Date.UTC(10_000, 0), 2 ** 53 - 1, Date.UTC(2020, 8, 14) + 2 ** 53 - 1])
    t.equal(formatTime(time), '9999-12-31T23:59:59.999Z');
});
