/** A second with very many lines, read page by page, gives what it gives in one piece, and is not read for each page. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import type { LineQuery, Position } from '../../../src/domain/ports.ts';
import { CrowdedSecond } from '../../../src/store/sqlite/crowded-second.ts';
import type { LineRecord } from '../../../src/store/sqlite/line-record.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { makeTrip, WAYS } from '../../helpers/ways.ts';

const START = Date.UTC(2024, 2, 5, 10);
const ALL: LineQuery = {
  since: null,
  until: null,
  shapes: null,
  order: 'oldest',
  after: null,
  limit: 100_000,
};

/** Connections of every way, which all begin in one second. */
const trips = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) =>
    WAYS.flatMap((way, index) =>
      makeTrip({
        way,
        start: START + ((37 * (from + i)) % 980),
        duration: 50,
        port: 20_000 + 10 * (from + i) + index,
        gap: 2,
        bytes: 1 + from + i,
      }),
    ),
  ).flat();

t.test('pages put together are the whole, whoever else reads and writes', async (t) => {
  const store = openSqliteStore({ path: null, mode: 'write', rules: pairingRules });
  t.teardown(() => store.close());
  await store.append(columnsOf(trips(0, 100)), []);
  const ids = async (query: LineQuery) => (await store.lines(query)).map(({ id }) => id);
  const pairIds = async (query: LineQuery) =>
    (await store.pairs(query)).map(({ outbound, inbound }) => [outbound.id, inbound.id]);
  for (const order of ['oldest', 'newest'] as const) {
    const whole = await ids({ ...ALL, order });
    t.ok(whole.length > 1_000, `${whole.length} lines`);
    for (const limit of [30, 100]) {
      const lines: string[] = [];
      let after: Position | null = null;
      do {
        const page = await store.lines({ ...ALL, order, limit, after });
        lines.push(...page.map(({ id }) => id));
        const last = page.at(-1);
        after = last === undefined ? null : { start_time: last.entry.start_time, id: last.id };
        // Of another question, which is in the way.
        if (lines.length % 9 === 0) await ids({ ...ALL, order, limit: 50, shapes: new Set([1, 2]) });
      } while (after !== null);
      t.same(lines, whole);
      const pairs: string[][] = [];
      for (let at: Position | null = null; ; ) {
        const page = await store.pairs({ ...ALL, order, limit, after: at });
        pairs.push(...page.map(({ outbound, inbound }) => [outbound.id, inbound.id]));
        const last = page.at(-1);
        if (last === undefined) break;
        at = { start_time: last.outbound.entry.start_time, id: last.outbound.id };
      }
      t.same(pairs, await pairIds({ ...ALL, order }));
    }
  }
  const [first] = await store.lines({ ...ALL, limit: 1 });
  if (first === undefined) return;
  const after = { start_time: first.entry.start_time, id: first.id };
  await store.lines({ ...ALL, limit: 10 });
  const before = await ids({ ...ALL, after });
  await store.append(columnsOf(trips(300, 303)), []);
  const page = await ids({ ...ALL, limit: before.length + 500, after });
  t.ok(page.length > before.length, 'what was stored meanwhile is there');
});

t.test('the second is not read again for the next page', async (t) => {
  const path = join(t.testdir(), 'a.db');
  const store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
  t.teardown(() => store.close());
  // Few at once, so that all rows lie in `connection`.
  for (let from = 0; from < 100; from += 20) await store.append(columnsOf(trips(from, from + 20)), []);
  const whole = await store.lines(ALL);
  const [first] = await store.lines({ ...ALL, limit: 10 });
  // Behind its back, so that whoever reads finds other lines.
  const other = new Database(path);
  other.exec('UPDATE connection SET c_received = c_received + 1');
  other.close();
  const after = { start_time: first?.entry.start_time ?? 0, id: first?.id ?? '' };
  const page = await store.lines({ ...ALL, limit: 10, after });
  t.same(
    page.map(({ id }) => id),
    whole.slice(1, 11).map(({ id }) => id),
  );
});

t.test('what comes next is kept, for the same question about the same moment', (t) => {
  const crowded = new CrowdedSecond<{ readonly record: LineRecord }>();
  const found = Array.from({ length: 100 }, (_, hash) => ({ record: { start: START, hash } as LineRecord }));
  const asked = { query: { ...ALL, limit: 10 }, which: 'lines' as const, second: START / 1_000, version: 3 };
  const behind =
    (hash: number) =>
    (record: LineRecord): boolean =>
      record.hash > hash;
  const next = (of: typeof asked, hash: number) =>
    crowded.next(of, behind(hash))?.found.map(({ record }) => record.hash);
  crowded.keep(asked, found);
  t.equal(next(asked, 19)?.[0], 20);
  t.equal(
    next({ ...asked, query: { ...asked.query, after: { start_time: START, id: 'x' } } }, 60)?.length,
    39,
  );
  t.equal(next({ ...asked, version: 4 }, 19), undefined);
  t.equal(next({ ...asked, second: 1 }, 19), undefined);
  t.equal(next({ ...asked, query: { ...asked.query, order: 'newest' } }, 19), undefined);
  t.equal(next({ ...asked, query: { ...asked.query, shapes: new Set([1]) } }, 19), undefined);
  t.equal(next({ ...asked, query: { ...asked.query, hint: { alone: true, clients: null } } }, 19), undefined);
  t.equal(next({ ...asked, query: { ...asked.query, until: START + 1 } }, 19), undefined);
  t.equal(next(asked, -1), undefined, 'a first page is read');
  t.equal(next(asked, 19), undefined, 'and what was kept is not any more');
  crowded.keep(asked, found.slice(0, 40));
  t.equal(next(asked, 19), undefined, 'few pages are not kept');
  t.end();
});
