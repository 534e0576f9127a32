import t from 'tap';
import {
  peerCells,
  podCells,
  podCsvHeader,
  podCsvRow,
  remarksOf,
} from '../../src/output/coverage-columns.ts';
import { formatTable } from '../../src/output/table.ts';
import { parseCsv } from '../helpers/csv.ts';
import { HOSTILE, UNSHOWABLE } from '../helpers/hostile.ts';
import { makeCoverage } from '../helpers/report.ts';

const rowsOf = (text: string) => {
  const { pods, peers } = makeCoverage(text);
  const [pod, peer] = [pods[0], peers[0]];
  if (pod === undefined || peer === undefined) throw new Error('BUG: there is one of each');
  return { pod, peer };
};

t.test('CSV has a column for every value of a pod', async (t) => {
  const [header = []] = parseCsv(podCsvHeader());
  t.strictSame([...header].sort(), Object.keys(rowsOf('x').pod).sort());
});

t.test('a CSV row has the values under their headings, gaps as JSON', async (t) => {
  const [header = [], row = []] = parseCsv(podCsvHeader() + podCsvRow(rowsOf('web').pod));
  const cell = (name: string) => row[header.indexOf(name)];
  t.equal(cell('pod'), 'web');
  t.equal(cell('unexplained'), '1');
  t.equal(cell('log_filtered'), 'true');
  t.equal(JSON.parse(cell('gaps') ?? '').length, 2);
});

t.test('every hostile text is one row, without formulas', async (t) => {
  for (const [index, text] of HOSTILE.entries()) {
    const { pod, peer } = rowsOf(text);
    const rows = parseCsv(podCsvHeader() + podCsvRow(pod));
    t.equal(rows.length, 2, `payload ${index}`);
    t.equal(rows[1]?.length, rows[0]?.length);
    t.notOk(rows[1]?.some((cell) => /^[\s\p{Cc}\p{Cf}]*[=+@]/u.test(cell)));
    for (const cells of [podCells([pod], 'wide'), peerCells([peer], 'wide')]) {
      t.notMatch(formatTable(cells.columns, cells.rows), UNSHOWABLE);
    }
  }
});

t.test('remarks name what is wrong with a log, and nothing else', async (t) => {
  const { pod } = rowsOf('web');
  t.strictSame(remarksOf(pod), ['silent', 'gaps', 'filtered', 'outbound-only']);
  const whole = { ...pod, silent_since: null, gaps: [], log_filtered: false, one_sided: null };
  t.strictSame(remarksOf(whole), []);
  t.equal(podCells([whole], 'table').rows[0]?.at(-1), '<none>');
});

t.test('wide has all that the table has, and more', async (t) => {
  const { pod, peer } = rowsOf('web');
  for (const cells of [
    (form: 'table' | 'wide') => podCells([pod], form).columns,
    (form: 'table' | 'wide') => peerCells([peer], form).columns,
  ]) {
    const [narrow, wide] = [cells('table'), cells('wide')];
    t.ok(wide.length > narrow.length);
    t.strictSame(
      wide.filter((heading) => narrow.includes(heading)),
      narrow,
    );
  }
});
