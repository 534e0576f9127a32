/** A condition that nothing showed for long knows all that came before, once something does. */
import t from 'tap';
import { createAnalysis } from '../../src/analysis/create-analysis.ts';
import { pairingRules } from '../../src/analysis/pairing/rules.ts';
import type { ParsedLine } from '../../src/domain/entry.ts';
import { NO_FILTER } from '../../src/domain/filter.ts';
import { columnsOf } from '../../src/domain/line-columns.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { at, cluster, out, pod } from './scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const call = (minute: number, flags: string[]): ParsedLine =>
  out(web, '203.0.113.5:5432', {
    time: at(minute),
    cluster: cluster(5432, 'db.example'),
    duration: flags.length > 0 ? 600_000 : 100,
    upstream_local_address: '10.1.0.5:33000',
    response_flags: flags,
  });
const fine = (count: number): ParsedLine[] => Array.from({ length: count }, (_, i) => call(10 + i, []));
const cut = (count: number): ParsedLine[] => Array.from({ length: count }, (_, i) => call(60 + i, ['DT']));

/** What the evidence says of connections that were cut, after each batch, of a model that lives through them. */
async function toldAfterEach(batches: readonly ParsedLine[][]): Promise<Array<string | null>> {
  const store = openSqliteStore({ path: null, mode: 'write', rules: pairingRules });
  const analysis = createAnalysis({ reader: store, render: () => null, now: () => Date.UTC(2026, 5, 1) });
  const told: Array<string | null> = [];
  for (const batch of batches) {
    await store.append(columnsOf(batch), []);
    const { items } = await analysis.incidents(NO_FILTER, { limit: 100, cursor: null });
    const found = items.find(({ diagnosis }) => diagnosis === 'max_connection_duration');
    told.push(found?.evidence[0]?.replace(/ connections ended.*/, '') ?? null);
  }
  await store.close();
  return told;
}

t.test('what came before the first leg that may show something is counted', async (t) => {
  t.same(await toldAfterEach([fine(30), cut(3)]), [null, null], '3 of 33 are few');
  t.same(await toldAfterEach([fine(10), cut(3)]), [null, '3 of 13']);
});

t.test('a shape that was passed over is looked at once something of it is kept', async (t) => {
  t.same(await toldAfterEach([fine(9), cut(2), cut(3), [call(90, [])]]), [null, null, '3 of 12', '3 of 13']);
});
