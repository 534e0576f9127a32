import t from 'tap';
import { formatTime } from '../../src/domain/time.ts';
import { DefaultTimeReader } from '../../src/parse/start-time.ts';

t.test('reads the default form and its relatives', async (t) => {
  const rows: [text: string, expected: string, canonical: boolean][] = [
    ['2024-01-27T14:15:24.881Z', '2024-01-27T14:15:24.881Z', true],
    ['2024-01-27T00:00:00.000Z', '2024-01-27T00:00:00.000Z', true],
    ['2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z', true],
    ['2024-01-27T14:15:24Z', '2024-01-27T14:15:24.000Z', false],
    ['2024-01-27T14:15:24.8819Z', '2024-01-27T14:15:24.881Z', false],
    ['2024-01-27T14:15:24.881+01:00', '2024-01-27T13:15:24.881Z', false],
    ['2024-01-27T14:15:24.881-0800', '2024-01-27T22:15:24.881Z', false],
    ['2016-12-31T23:59:60.500Z', '2016-12-31T23:59:59.500Z', false],
  ];
  const reader = new DefaultTimeReader();
  for (const [text, expected, canonical] of rows) {
    t.ok(reader.read(`[${text}] x`, 1), text);
    t.strictSame(
      [formatTime(reader.value), reader.canonical, reader.end],
      [expected, canonical, text.length + 1],
    );
  }
});

t.test('refuses everything else', async (t) => {
  const texts = [
    '',
    'x',
    '2024-01-27',
    '2024-01-27 14:15:24.881Z',
    '2024-01-27T14:15:24.881',
    '2024-02-30T14:15:24.881Z',
    '2023-02-29T14:15:24.881Z',
    '2024-01-27T24:15:24.881Z',
    '2024-01-27T14:60:24.881Z',
    '2024-01-27T14:15:61.881Z',
    '2024-1-27T14:15:24.881Z',
    '2024-01-27T14:15:2x.881Z',
    '2024-01-27T14:15:24.8x1Z',
    '20x4-01-27T14:15:24.881Z',
    '2024-01-27T14:15:24.881Z'.padEnd(60, '0'),
  ];
  const reader = new DefaultTimeReader();
  for (const text of texts.slice(0, -1)) t.notOk(reader.read(text, 0), text);
  t.ok(reader.read(texts.at(-1) ?? '', 0), 'what stands behind a time is not its business');
});
