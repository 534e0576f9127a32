// Promises: D4 (docs/reliability.md).
import t from 'tap';
import { csvHeader, csvRow, RESOURCE_NAMES, tableOf } from '../../src/output/columns.ts';
import { formatTable } from '../../src/output/table.ts';
import { parseCsv } from '../helpers/csv.ts';
import { HOSTILE, UNSHOWABLE } from '../helpers/hostile.ts';
import { makeResources } from '../helpers/report.ts';

/** Paths of all values, as far as columns go: lists and open objects are one value. */
function leaves(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || path.endsWith('attributes'))
    return [path];
  return Object.entries(value).flatMap(([key, part]) => leaves(part, path === '' ? key : `${path}.${key}`));
}

t.test('CSV has a column for every value of every resource', async (t) => {
  const items = makeResources('x');
  for (const resource of RESOURCE_NAMES) {
    const [header = []] = parseCsv(csvHeader(resource));
    t.strictSame([...header].sort(), leaves(items[resource], '').sort(), resource);
  }
});

t.test('a CSV row has the values under their headings', async (t) => {
  const { shifts } = makeResources('web');
  const [header = []] = parseCsv(csvHeader('shifts'));
  const [row = []] = parseCsv(csvRow('shifts', shifts));
  const cell = (name: string) => row[header.indexOf(name)];
  t.equal(cell('source.pod'), 'web');
  t.equal(cell('destination.port'), '6379');
  t.equal(cell('to.state'), 'captured');
  t.equal(cell('after.connections'), '2');
  t.equal(cell('misdelivered'), 'false');
});

t.test('lists are one cell: texts with spaces between, all else as JSON', async (t) => {
  const { connections, incidents } = makeResources('web');
  const cell = (row: string, header: string, name: string) =>
    parseCsv(row)[0]?.[parseCsv(header)[0]?.indexOf(name) ?? -1];
  t.equal(cell(csvRow('connections', connections), csvHeader('connections'), 'response_flags'), 'web URX');
  t.equal(
    cell(csvRow('incidents', incidents), csvHeader('incidents'), 'sources'),
    '[{"pod":"web","workload":"web","namespace":"web","ip":null}]',
  );
});

t.test('every hostile text in every column is one row, without formulas', async (t) => {
  for (const [index, text] of HOSTILE.entries()) {
    const items = makeResources(text);
    for (const resource of RESOURCE_NAMES) {
      const rows = parseCsv(csvHeader(resource) + csvRow(resource, items[resource]));
      t.equal(rows.length, 2, `${resource}, payload ${index}`);
      t.equal(rows[1]?.length, rows[0]?.length, 'as many cells as headings');
      t.notOk(
        rows[1]?.some((cell) => /^[\s\p{Cc}\p{Cf}]*[=+@]/u.test(cell)),
        'no formula',
      );
      const { columns, rows: cells } = tableOf(resource, [items[resource]], 'wide');
      t.notMatch(formatTable(columns, cells), UNSHOWABLE, 'safe as a table');
    }
  }
});

t.test('wide has all that the table has, and more', async (t) => {
  const items = makeResources('x');
  for (const resource of RESOURCE_NAMES) {
    const narrow = tableOf(resource, [items[resource]], 'table').columns;
    const wide = tableOf(resource, [items[resource]], 'wide').columns;
    t.ok(wide.length > narrow.length, resource);
    t.strictSame(
      wide.filter((heading) => narrow.includes(heading)),
      narrow,
      'in the same order',
    );
    t.equal(narrow[0], 'ID', 'the id comes first, to be asked for');
  }
});

t.test('what is missing shows as <none>', async (t) => {
  const { connections } = makeResources('x');
  const { rows } = tableOf('connections', [{ ...connections, pod: null }], 'table');
  t.ok(rows[0]?.includes('<none>'));
});
