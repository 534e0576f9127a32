// Promises: D4 (docs/reliability.md).
import t from 'tap';
import { formatCsvRow } from '../../src/output/csv.ts';
import { parseCsv } from '../helpers/csv.ts';
import { FORMULAS, HOSTILE, UNSHOWABLE } from '../helpers/hostile.ts';

t.test('writes RFC 4180', async (t) => {
  const rows: [cells: Parameters<typeof formatCsvRow>[0], row: string][] = [
    [['a', 'b'], 'a,b\r\n'],
    [[null, '', 0], ',,0\r\n'],
    [['a,b', 'say "hi"'], '"a,b","say ""hi"""\r\n'],
    [[true, -3, 1.5], 'true,-3,1.5\r\n'],
    [[' a '], '" a "\r\n'],
  ];
  for (const [cells, row] of rows) t.equal(formatCsvRow(cells), row);
});

t.test('numbers stay numbers, also as text', async (t) => {
  t.equal(formatCsvRow([-3, '-3', '-0.5']), '-3,-3,-0.5\r\n');
});

t.test('no text is a formula to a spreadsheet', async (t) => {
  for (const [index, text] of FORMULAS.entries()) {
    const [[cell = ''] = []] = parseCsv(formatCsvRow([text]));
    t.equal(cell[0], "'", `payload ${index}`);
  }
});

t.test('a row is one line without controls, and reads back as one row', async (t) => {
  for (const [index, text] of HOSTILE.entries()) {
    const row = formatCsvRow([text, 'next']);
    t.notMatch(row.slice(0, -2), UNSHOWABLE, `payload ${index}`);
    t.equal(row.indexOf('\n'), row.length - 1, 'one line');
    t.strictSame(parseCsv(row)[0]?.[1], 'next', 'two cells');
  }
});
