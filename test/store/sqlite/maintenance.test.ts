// Promises: B8 (docs/reliability.md).
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import t from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import type { LineQuery, Store } from '../../../src/domain/ports.ts';
import { checkFile, pruneFile } from '../../../src/store/sqlite/files.ts';
import { prepareChangeFlow, prepareEachBlock } from '../../../src/store/sqlite/flow-blocks.ts';
import { pruneDatabase } from '../../../src/store/sqlite/maintenance.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { makeLine, makePair } from '../../helpers/lines.ts';
import { measuresOf } from '../../helpers/measures.ts';
import { makeTrip, WAYS } from '../../helpers/ways.ts';

const HOUR = 3_600_000;
const CUT = Date.UTC(2024, 2, 5, 10);
const ALL: LineQuery = {
  since: null,
  until: null,
  shapes: null,
  order: 'oldest',
  after: null,
  limit: 10_000,
};

const root = mkdtempSync(join(tmpdir(), 'meshwake-maintenance-'));
t.teardown(() => rmSync(root, { recursive: true, force: true }));
let files = 0;
const newPath = () => join(root, `${files++}.db`);

async function within<T>(path: string | null, run: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

async function fill(path: string, lines: readonly ParsedLine[]): Promise<void> {
  await within(path, (store) => store.append(columnsOf(lines), []));
}

/** All that a store holds, but for the ids that are its own. */
async function told(store: Store) {
  const lines = (await store.lines(ALL)).map(({ id, entry, raw, peer, ambiguous }) => ({
    id,
    entry,
    raw,
    peer,
    ambiguous,
  }));
  const flows = (await store.flows({ since: null, until: null })).map(
    ({ shape, hour, connections, bytes_received, bytes_sent }) =>
      JSON.stringify({ ...shape, id: 0, hour, connections, bytes_received, bytes_sent }),
  );
  return { lines, flows: flows.sort(), counts: await store.counts(), measures: await measuresOf(store) };
}

t.test('nothing is wrong with a database that was only written to', async (t) => {
  const path = newPath();
  await fill(path, []);
  t.same(checkFile(path), { ok: true, problems: [] });
  await fill(path, [...makePair({ start: CUT - 1, port: 40_000 }), makeLine('alone', { start_time: CUT })]);
  t.same(checkFile(path), { ok: true, problems: [] });
});

t.test('each inconsistency is found', async (t) => {
  const addConnection = (db: Database.Database) => {
    const [block] = prepareEachBlock(db)(0, Number.MAX_SAFE_INTEGER);
    const [shape = 0] = block?.shapes() ?? [];
    prepareChangeFlow(db)(shape, block?.hour ?? 0, { connections: 1 });
  };
  const rows: [change: string | ((db: Database.Database) => void), problem: string][] = [
    [
      "UPDATE counter SET value = value + 1 WHERE name = 'lines'",
      'lines counted and lines stored: 6 against 5',
    ],
    ["DELETE FROM counter WHERE name = 'lines'", 'lines counted and lines stored: 0 against 5'],
    ["UPDATE counter SET value = 0 WHERE name = 'pairs'", 'pairs counted and pairs stored: 0 against 2'],
    [addConnection, 'connections in flows and in rows: 6 against 5'],
    ['DELETE FROM measure', 'connections measured and in rows: 0 against 5'],
    ['INSERT INTO elsewhere VALUES (1, 2)', 'moved lines without their row: 1 against 0'],
  ];
  for (const [change, problem] of rows) {
    const path = newPath();
    const lines = [
      makePair({ start: CUT, port: 40_000 }),
      makePair({ start: CUT + 999, port: 40_002 }),
    ].flat();
    await fill(path, [...lines, makeLine('alone', { start_time: CUT })]);
    const db = new Database(path);
    if (typeof change === 'string') db.exec(change);
    else change(db);
    db.close();
    t.same(checkFile(path), { ok: false, problems: [problem] });
  }
});

t.test('a line that is gone is missed by everything that counted it', async (t) => {
  const path = newPath();
  await fill(path, makePair({ start: CUT, port: 40_000 }));
  const db = new Database(path);
  db.exec('DELETE FROM connection');
  db.close();
  t.same(checkFile(path).problems, [
    'lines counted and lines stored: 2 against 0',
    'connections in flows and in rows: 2 against 0',
    'connections measured and in rows: 2 against 0',
    'pairs counted and pairs stored: 1 against 0',
    'lines with another end in flows and in rows: 2 against 0',
  ]);
});

t.test('damaged pages are found', async (t) => {
  const path = newPath();
  const lines = Array.from({ length: 2_000 }, (_, i) =>
    makePair({ start: CUT + i * 1_000, port: 30_000 + 2 * i }),
  );
  await fill(path, lines.flat());
  const db = new Database(path, { readonly: true });
  const page = db
    .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'segment'")
    .pluck()
    .get() as number;
  const size = db.pragma('page_size', { simple: true }) as number;
  db.close();
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(64, 0xff), 0, 64, (page - 1) * size);
  closeSync(file);
  let problems: readonly string[] = [];
  try {
    problems = checkFile(path).problems;
  } catch (caught) {
    t.match(caught, { name: 'AppError', code: 'db_damaged' });
    problems = ['refused'];
  }
  t.not(problems.length, 0);
});

/** Connections about the cut: some begin on one side of it and are seen by the server on the other. */
const connection = fc.record({
  start: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: -1_500, max: 1_500 }) },
    { weight: 2, arbitrary: fc.integer({ min: -3 * HOUR, max: 3 * HOUR }) },
  ),
  duration: fc.constantFrom(0, 300, 2_000, 2 * HOUR),
  port: fc.integer({ min: 0, max: 40 }).map((n) => 40_000 + 2 * n),
  gap: fc.constantFrom(-900, 0, 2, 1_003, 1_200),
  bytes: fc.integer({ min: 0, max: 9 }),
  ends: fc.constantFrom('both', 'both', 'both', 'outbound', 'inbound'),
  rebuildable: fc.constantFrom(true, true, false),
});

const connections = fc.array(connection, { minLength: 1, maxLength: 20 }).map((all) =>
  all.flatMap(({ ends, rebuildable, ...rest }) => {
    const pair = makePair({ ...rest, start: CUT + rest.start }).map((line) => ({ ...line, rebuildable }));
    return ends === 'both' ? pair : ends === 'outbound' ? pair.slice(0, 1) : pair.slice(1);
  }),
);

t.test('drops exactly the connections with a line before the cut, and all stays consistent', async (t) => {
  let dropped = 0;
  await fc.assert(
    fc.asyncProperty(connections, fc.integer({ min: 0, max: HOUR - 1 }), async (lines, beyond) => {
      const path = newPath();
      await fill(path, lines);
      const before = await within(path, told);
      const starts = new Map(before.lines.map((line) => [line.id, line.entry.start_time]));
      const kept = before.lines.filter(
        (line) =>
          line.entry.start_time >= CUT && (line.peer === null || (starts.get(line.peer.id) ?? 0) >= CUT),
      );
      const result = await pruneFile(path, CUT + beyond);
      const after = await within(path, told);
      dropped += result.lines;
      const again = await within(path, (store) => store.append(columnsOf(lines), []));
      const whole = await within(path, told);
      return (
        result.lines === before.lines.length - kept.length &&
        isDeepStrictEqual(after.lines, kept) &&
        after.counts.lines === kept.length &&
        isDeepStrictEqual(checkFile(path), { ok: true, problems: [] }) &&
        again.accepted === result.lines &&
        isDeepStrictEqual(whole, before)
      );
    }),
    { numRuns: 40 },
  );
  t.ok(dropped > 50, `${dropped} lines were dropped`);
});

t.test('a store that is written prunes as one that is closed, whatever comes before and after', async (t) => {
  let dropped = 0;
  await fc.assert(
    fc.asyncProperty(connections, fc.integer({ min: 0, max: 40 }), async (lines, at) => {
      const [first, later] = [lines.slice(0, at), lines.slice(at)];
      const [open, closed] = [newPath(), newPath()];
      const signal = new AbortController().signal;
      const inPlace = await within(open, async (store) => {
        await store.append(columnsOf(first), []);
        dropped += (await store.prune(CUT, signal)).lines;
        await store.append(columnsOf(later), []);
        return told(store);
      });
      await fill(closed, first);
      await pruneFile(closed, CUT);
      await fill(closed, later);
      return (
        isDeepStrictEqual(inPlace, await within(closed, told)) &&
        isDeepStrictEqual(checkFile(open), { ok: true, problems: [] })
      );
    }),
    { numRuns: 60 },
  );
  t.ok(dropped > 50, `${dropped} lines were dropped`);
});

t.test('a prune that is ended before its time leaves a whole database, and goes on', async (t) => {
  const path = newPath();
  const pair = (n: number, start: number) => makePair({ start, port: 30_000 + 2 * n });
  const old = Array.from({ length: 1_500 }, (_, n) => pair(n, CUT - 60_000 + n)).flat();
  await fill(path, [...old, ...pair(9_000, CUT + 1)]);
  const stop = new AbortController();
  const { db, close } = openDatabase({ path, mode: 'write' });
  const pruned = pruneDatabase(db, CUT, { dropped: () => stop.abort(), signal: stop.signal });
  t.same(await pruned, { lines: 1_502 }, 'the first of two segments');
  close();
  await within(path, async (store) => t.equal((await store.lines(ALL)).length, 1_500));
  t.same(checkFile(path), { ok: true, problems: [] });
  t.same(await pruneFile(path, CUT), { lines: 1_498 });
  t.same(checkFile(path), { ok: true, problems: [] });
});

t.test('what somebody else drops while a prune waits for the lock is not dropped again', async (t) => {
  const path = newPath();
  await fill(path, [makeLine('a', { start_time: CUT - HOUR }), makeLine('b', { start_time: CUT + 1 })]);
  const other = new Database(path);
  other.exec('BEGIN IMMEDIATE');
  const writing = new Database(path, { timeout: 0 });
  const pruned = pruneDatabase(writing, CUT);
  await delay(30);
  other.exec(`DELETE FROM connection WHERE row = (SELECT min(row) FROM connection); DELETE FROM flow;
    UPDATE counter SET value = value - 1 WHERE name = 'lines'; COMMIT`);
  t.same(await pruned, { lines: 0 });
  t.equal(other.prepare("SELECT value FROM counter WHERE name = 'lines'").pluck().get(), 1);
  other.close();
  writing.close();
});

t.test('segments are pruned like single rows: whole, or what is old in them', async (t) => {
  const pairs = Array.from({ length: 1_600 }, (_, n) =>
    // Some are seen by the server on the other side of the cut.
    makePair({
      start: CUT - 900_000 + 1_000 * n - 2,
      gap: n % 3 === 0 ? 4 : 1,
      port: 20_000 + 2 * n,
      bytes: n,
    }),
  );
  const path = newPath();
  await fill(path, pairs.flat());
  const single = newPath();
  for (let from = 0; from < pairs.length; from += 400)
    await fill(single, pairs.slice(from, from + 400).flat());
  const rowsIn = (file: string): unknown => {
    const { db, close } = openDatabase({ path: file, mode: 'read' });
    const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    const counts = { segments: count('segment'), gone: count('segment_gone'), rows: count('connection') };
    close();
    return counts;
  };
  t.same(rowsIn(path), { segments: 2, gone: 0, rows: 0 });
  t.same(rowsIn(single), { segments: 0, gone: 0, rows: 1_600 });
  for (const [cut, segments, gone] of [
    [CUT - HOUR, 2, 0],
    [CUT, 1, 101],
    [CUT + HOUR, 0, 0],
  ] as const) {
    const { lines } = await pruneFile(single, cut);
    t.same(await pruneFile(path, cut), { lines });
    t.match(rowsIn(path), { segments, gone });
    t.strictSame(await within(path, told), await within(single, told));
    t.same(checkFile(path), { ok: true, problems: [] });
  }
});

t.test('rows of segments with one line are counted, pruned and told like others', async (t) => {
  const pairsOf = (count: number, port: number) =>
    Array.from({ length: count }, (_, n) =>
      makePair({ start: CUT - 900_000 + Math.floor((1_800_000 * n) / count), port: port + 2 * n, bytes: n }),
    );
  // The others of each pair never come.
  const singles = pairsOf(1_400, 20_000).map((lines, n) => lines[n % 2] as ParsedLine);
  const pairs = pairsOf(1_600, 30_000);
  const path = newPath();
  await fill(path, [...singles, ...pairs.flat()]);
  const single = newPath();
  const some = [...singles, ...pairs.flat()];
  for (let from = 0; from < some.length; from += 400) await fill(single, some.slice(from, from + 400));
  const counts = (file: string) => {
    const { db, close } = openDatabase({ path: file, mode: 'read' });
    const levels = db
      .prepare<[], [number, number]>('SELECT level / 4, sum(rows) FROM segment GROUP BY 1')
      .raw()
      .all();
    const rows = db.prepare<[], number>('SELECT count(*) FROM connection').pluck().get();
    close();
    return { held: Object.fromEntries(levels), rows };
  };
  t.same(counts(path), { held: { 0: 1_600, 1: 700, 2: 700 }, rows: 0 });
  t.same(counts(single), { held: {}, rows: 3_000 });
  t.strictSame(await within(path, told), await within(single, told));
  for (const cut of [CUT - HOUR, CUT, CUT + HOUR]) {
    t.same(checkFile(path), { ok: true, problems: [] });
    const { lines } = await pruneFile(single, cut);
    t.same(await pruneFile(path, cut), { lines });
    t.strictSame(await within(path, told), await within(single, told));
  }
  t.same(counts(path), { held: {}, rows: 0 });
});

t.test('rows of segments that are not as they are told are found', async (t) => {
  const pairs = Array.from({ length: 800 }, (_, n) =>
    makePair({ start: CUT + 10 * n, port: 20_000 + 2 * n }),
  );
  for (const [change, problem] of [
    ['UPDATE segment SET rows = 799', 'connections counted in segments and stored: 799 against 800'],
    ['INSERT INTO segment_gone VALUES (5, 1)', 'connections counted in segments and stored: 799 against 800'],
    ['UPDATE segment SET first = first + 1', 'connections in a segment where they are not looked for: 1'],
    ['UPDATE segment SET level = level + 4', 'connections in a segment where they are not looked for: 800'],
    ['UPDATE segment SET level = level + 12', 'connections counted in segments and stored: 800 against 0'],
    ['UPDATE segment SET columns = substr(columns, 1, 500)', 'what is stored cannot be read'],
  ] as const) {
    const path = newPath();
    await fill(path, pairs.flat());
    const db = new Database(path);
    db.exec(change);
    db.close();
    const { ok, problems } = checkFile(path);
    t.notOk(ok);
    t.match(problems[0], problem);
  }
});

t.test('sums are those of what is left', async (t) => {
  const lines = [
    makePair({ start: CUT - 1, gap: 2, port: 40_000, bytes: 100 }),
    makePair({ start: CUT + 1, gap: -2, port: 40_002, bytes: 1_000 }),
    makePair({ start: CUT, gap: 2, port: 40_004, bytes: 10 }),
    makePair({ start: CUT - HOUR, gap: 2, port: 40_006, bytes: 1 }),
  ];
  const path = newPath();
  await fill(path, lines.flat());
  t.same(await pruneFile(path, CUT), { lines: 6 });
  const left = await within(null, async (store) => {
    await store.append(columnsOf(lines[2] ?? []), []);
    return told(store);
  });
  t.strictSame(await within(path, told), left);
  t.same(checkFile(path), { ok: true, problems: [] });
});

t.test('a raw line goes with its connection, also behind the cut', async (t) => {
  const path = newPath();
  const raw = (pair: readonly ParsedLine[]) =>
    pair.map((line) => ({ ...line, raw: `${line.raw} `, rebuildable: false }));
  await fill(path, [
    ...raw(makePair({ start: CUT - 1, gap: 2, port: 40_000 })),
    ...raw(makePair({ start: CUT + 60_000, port: 40_002 })),
  ]);
  t.same(await pruneFile(path, CUT), { lines: 2 });
  const { db, close } = openDatabase({ path, mode: 'read' });
  t.equal(db.prepare('SELECT count(*) FROM raw_line').pluck().get(), 2);
  close();
});

t.test('drops many in more than one transaction', async (t) => {
  const path = newPath();
  const lines = Array.from({ length: 2_600 }, (_, i) =>
    makePair({ start: CUT - 60_000 + i * 25, gap: 40, port: 30_000 + 2 * i }),
  );
  await fill(path, lines.flat());
  const { lines: dropped } = await pruneFile(path, CUT + 1);
  t.equal(dropped, 4_800);
  t.same(await within(path, (store) => store.counts()), { lines: 400, pairs: 200 });
  t.same(checkFile(path), { ok: true, problems: [] });
});

t.test('a cut before everything drops nothing, one after everything leaves an empty database', async (t) => {
  const path = newPath();
  await fill(path, makePair({ start: CUT, port: 40_000 }));
  t.same(await pruneFile(path, CUT - HOUR), { lines: 0 });
  t.same(await pruneFile(path, CUT + HOUR), { lines: 2 });
  t.same(await within(path, told), { lines: [], flows: [], counts: { lines: 0, pairs: 0 }, measures: [] });
  t.same(checkFile(path), { ok: true, problems: [] });
});

t.test('whatever way connections take, what remains after pruning is whole', async (t) => {
  const path = newPath();
  const trips = WAYS.flatMap((way, i) =>
    [-3 * HOUR, -50, 3 * HOUR].map((offset) => ({ way, offset, port: 40_000 + 10 * i })),
  );
  const lines = trips.flatMap(({ way, offset, port }) =>
    makeTrip({ way, start: CUT + offset, duration: 100, port, gap: 60, bytes: port % 1_000 }),
  );
  await fill(path, lines);
  t.same(checkFile(path).problems, []);
  await pruneFile(path, CUT);
  t.same(checkFile(path).problems, []);
  await within(path, async (store) => {
    const pairs = await store.pairs(ALL);
    t.equal(pairs.filter((pair) => pair.outbound.entry.start_time < CUT).length, 0);
    t.same(new Set(pairs.map((pair) => pair.kind)), new Set(['full', 'dnat', 'snat', 'tunnel', 'sni']));
    t.equal((await store.counts()).pairs, pairs.length);
  });
});
