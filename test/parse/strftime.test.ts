import t from 'tap';
import { formatTime } from '../../src/domain/time.ts';
import { compileStrftime } from '../../src/parse/strftime.ts';

const EXPECTED = '2024-01-27T14:15:24.881Z';

t.test('reads times in forms of one’s own', async (t) => {
  const rows: [format: string, text: string, expected: string][] = [
    ['%s.%3f', '1706364924.881', EXPECTED],
    ['%s%3f', '1706364924881', EXPECTED],
    ['%s', '1706364924', '2024-01-27T14:15:24.000Z'],
    ['%Y-%m-%dT%H:%M:%E3SZ', EXPECTED, EXPECTED],
    ['%Y-%m-%dT%H:%M:%E6S%z', '2024-01-27T23:15:24.881999+0900', EXPECTED],
    ['%Y-%m-%d %H:%M:%S.%9f %z', '2024-01-27 06:15:24.881000000 -08:00', EXPECTED],
    ['%F %T.%f', '2024-01-27 14:15:24.881000000', EXPECTED],
    ['%Y-%m-%dT%H:%M:%E*SZ', '2024-01-27T14:15:24.881Z', EXPECTED],
    ['%Y-%m-%dT%H:%M:%E*SZ', '2024-01-27T14:15:24Z', '2024-01-27T14:15:24.000Z'],
    ['%D %R', '01/27/24 14:15', '2024-01-27T14:15:00.000Z'],
    ['%d/%b/%Y:%H:%M:%S %z', '27/Jan/2024:15:15:24 +0100', '2024-01-27T14:15:24.000Z'],
    ['%A, %e %B %Y %I:%M:%S %p', 'Saturday,  7 September 2024 12:00:01 AM', '2024-09-07T00:00:01.000Z'],
    ['%a %h %e %H:%M:%S %Z %Y', 'Sat Jan 27 14:15:24 UTC 2024', '2024-01-27T14:15:24.000Z'],
    ['%y%m%d %H%M%S %% %1f', '990127 141524 % 8', '1999-01-27T14:15:24.800Z'],
    ['%Y-%m-%d %S', '2016-12-31 60', '2016-12-31T00:00:59.000Z'],
  ];
  for (const [format, text, expected] of rows) {
    const reader = compileStrftime(format);
    t.ok(reader.read(`[${text}]`, 1), `${format}: ${text}`);
    t.equal(reader.end, text.length + 1);
    t.equal(formatTime(reader.value), expected, format);
  }
});

t.test('refuses times that are none', async (t) => {
  const rows: [format: string, text: string][] = [
    ['%Y-%m-%d', '2024-02-30'],
    ['%Y-%m-%d', '2024-13-01'],
    ['%Y-%m-%d', '24-01-01'],
    ['%Y-%m-%d %H', '2024-01-01 24'],
    ['%Y-%m-%d %z', '2024-01-01 x'],
    ['%Y-%b-%d', '2024-Foo-01'],
    ['%Y-%m-%dT%H:%M:%E3S', '2024-01-01T00:00:00'],
    ['%s', 'x'],
  ];
  for (const [format, text] of rows) t.notOk(compileStrftime(format).read(text, 0), `${format}: ${text}`);
});

t.test('refuses formats that do not give the date', async (t) => {
  for (const format of ['%H:%M', '%m-%d %H', '%Y', '%Y-%m-%d %j', '%Y-%m-%d %']) {
    t.throws(() => compileStrftime(format), { code: 'bad_format' }, format);
  }
});
