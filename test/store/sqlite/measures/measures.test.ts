import Database from 'better-sqlite3';
import t from 'tap';
import { pairingRules } from '../../../../src/analysis/pairing/rules.ts';
import { durationCode } from '../../../../src/domain/duration-code.ts';
import { columnsOf } from '../../../../src/domain/line-columns.ts';
import { checkFile, migrateFile } from '../../../../src/store/sqlite/files.ts';
import { newestVersion } from '../../../../src/store/sqlite/migrate.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite-store.ts';
import { makeLine, makePair } from '../../../helpers/lines.ts';
import { measuresOf, measuresOfLines } from '../../../helpers/measures.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2024, 2, 5, 10);
const open = (path: string | null) => openSqliteStore({ path, mode: 'write', rules: pairingRules });
const codeOf = (duration: number | null) => durationCode(duration ?? -1);

const some = (n: number, from = START) =>
  Array.from({ length: n }, (_, i) =>
    makePair({
      start: from + i * 700,
      port: 30_000 + 2 * i,
      duration: i ** 2,
      bytes: i,
      client: `web-${i % 7}`,
    }),
  ).flat();

t.test('few lines at a time, and many, are measured alike', async (t) => {
  const [one, many] = [open(null), open(null)];
  const lines = some(300);
  for (let at = 0; at < lines.length; at += 7) await one.append(columnsOf(lines.slice(at, at + 7)), []);
  await many.append(columnsOf(lines), []);
  t.same(await measuresOf(one), await measuresOf(many));
  t.same(await measuresOf(one), await measuresOfLines(one, codeOf));
  t.equal((await measuresOf(many)).length > 30, true);
  await one.close();
  await many.close();
});

t.test('small chunks share a part, and a part does not grow for ever', async (t) => {
  const path = `${t.testdir()}/x.db`;
  const store = open(path);
  const lines = some(1_200);
  for (let at = 0; at < lines.length; at += 3) await store.append(columnsOf(lines.slice(at, at + 3)), []);
  await store.close();
  const db = new Database(path);
  const parts = db.prepare('SELECT length(chunks) FROM measure').pluck().all() as number[];
  db.close();
  t.ok(parts.length > 1 && parts.length < 20, `${parts.length} parts for 800 transactions`);
  t.ok(
    parts.every((size) => size < 5_000),
    parts.join(),
  );
});

t.test('who reads is told what was there at the call, whatever comes meanwhile', async (t) => {
  const store = open(null);
  await store.append(columnsOf([...some(5), ...some(5, START + HOUR)]), []);
  let count = 0;
  for await (const { length } of store.measures({ from: 0, to: 1e6, durations: false, bytes: false })) {
    if (count === 0)
      await store.append(columnsOf([...some(9, START + HOUR + 60_000), ...some(9, START + 2 * HOUR)]), []);
    count += length;
  }
  t.equal(count, 20);
  await store.close();
});

t.test('measures are of the hours that are asked for', async (t) => {
  const store = open(null);
  await store.append(columnsOf([-1, 0, 1].flatMap((hours) => some(4, START + hours * HOUR))), []);
  const hour = START / HOUR;
  const hours: number[] = [];
  for await (const measures of store.measures({ from: hour, to: hour, durations: true, bytes: true })) {
    hours.push(measures.hour);
    t.equal(measures.length, 8);
  }
  t.same(hours, [hour]);
  await store.close();
});

t.test('a database from before there were measures gets them from its rows', async (t) => {
  const path = `${t.testdir()}/x.db`;
  const store = open(path);
  const [outbound, inbound] = makePair({ start: START, port: 40_000, duration: 60_000, bytes: 90 });
  const early = makeLine('web-0', { ...outbound.entry, duration: 20_000, bytes_received: 30, bytes_sent: 0 });
  const http = makeLine('h', { start_time: START + 5, method: 'GET', path: '/', duration: null });
  await store.append(columnsOf([...some(400), early, inbound, http]), []);
  await store.append(columnsOf([outbound, ...some(50, START - 3 * HOUR)]), []);
  const expected = await measuresOf(store);
  await store.close();
  const db = new Database(path);
  db.exec(
    'DROP TABLE measure; DROP TABLE schedule; DROP TABLE report; DROP TABLE delivery; DROP TABLE alert; ' +
      'DROP TABLE segment; DROP TABLE segment_gone; ' +
      'DELETE FROM migration WHERE version > 1; PRAGMA user_version = 1',
  );
  db.close();
  t.same(migrateFile(path), { from: 1, to: newestVersion() });
  t.same(checkFile(path), { ok: true, problems: [] });
  const again = open(path);
  t.same(await measuresOf(again), expected);
  t.same(await measuresOf(again), await measuresOfLines(again, codeOf));
  await again.close();
});

t.test(
  'measures of hours that are gone go with the last line, also where a prune is ended early',
  async (t) => {
    const path = `${t.testdir()}/x.db`;
    const store = open(path);
    for (let hours = 5; hours > 0; hours--)
      await store.append(columnsOf(some(700, START - hours * HOUR)), []);
    await store.append(columnsOf(some(10)), []);
    const stop = new AbortController();
    const pruning = store.prune(START, stop.signal);
    stop.abort();
    await pruning;
    t.same(await measuresOf(store), await measuresOfLines(store, codeOf));
    await store.prune(START, new AbortController().signal);
    t.same(await measuresOf(store), await measuresOfLines(store, codeOf));
    await store.close();
    const db = new Database(path);
    t.equal(db.prepare('SELECT count(*) FROM measure').pluck().get(), 1);
    db.close();
  },
);
