import t from 'tap';
import { formatTable } from '../../src/output/table.ts';
import { HOSTILE, UNSHOWABLE } from '../helpers/hostile.ts';

t.test('pads all but the last column', async (t) => {
  t.equal(
    formatTable(
      ['NAME', 'PORT'],
      [
        ['a', '1'],
        ['longer', '22'],
      ],
    ),
    'NAME     PORT\na        1\nlonger   22',
  );
});

t.test('counts wide characters as two columns and marks as none', async (t) => {
  t.equal(
    formatTable(
      ['A', 'B'],
      [
        ['网', 'x'],
        ['e\u0301', 'y'],
      ],
    ),
    'A    B\n网   x\ne\u0301    y',
  );
});

t.test('a cell stays in its row', async (t) => {
  for (const [index, text] of HOSTILE.entries()) {
    const table = formatTable(['A', 'B'], [[text, 'x']]);
    t.notMatch(table, UNSHOWABLE, `payload ${index}`);
    t.equal(table.split('\n').length, 2);
  }
});
