import t from 'tap';
import { pairingRules } from '../../../../src/analysis/pairing/rules.ts';
import { LineColumns } from '../../../../src/domain/line-columns.ts';
import { NO_TEXT, TEMPLATE_FIELD, TEMPLATE_WIDTH, Templates } from '../../../../src/domain/templates.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite-store.ts';
import { makeLine } from '../../../helpers/lines.ts';

/** Lines of one pod, as a stream has them that knows of nothing but them: their template has the first number. */
function columnsFor(pod: string, starts: readonly number[]): LineColumns {
  const templates = new Templates();
  const row = new Int32Array(TEMPLATE_WIDTH).fill(NO_TEXT);
  row[TEMPLATE_FIELD.pod] = templates.numberOf(pod);
  row[TEMPLATE_FIELD.format] = templates.numberOf('test');
  row[TEMPLATE_FIELD.envelope] = templates.numberOf('none');
  const template = templates.add(row);
  const columns = new LineColumns(templates, starts.length);
  for (const start_time of starts) columns.add(makeLine(pod, { start_time }), template);
  return columns;
}

t.test('templates of two streams are told apart, whatever their numbers', async (t) => {
  const store = openSqliteStore({ path: null, mode: 'write', rules: pairingRules });
  const START = Date.UTC(2024, 2, 5, 10);
  const [a, b] = [columnsFor('a', [START, START + 1]), columnsFor('b', [START, START + 1])];
  t.same(await store.append(a, []), { accepted: 2, duplicates: 0 });
  t.same(await store.append(b, []), { accepted: 2, duplicates: 0 });
  t.same(await store.append(a, []), { accepted: 0, duplicates: 2 });
  const flows = await store.flows({ since: null, until: null });
  t.same(flows.map(({ shape, connections }) => [shape.identity.pod, connections]).sort(), [
    ['a', 2],
    ['b', 2],
  ]);
  await store.close();
});
