import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { openDatabase } from '../../../../src/store/sqlite/open.ts';
import { type RawRow, ROWS_PER_SECOND, secondOfRow } from '../../../../src/store/sqlite/rows.ts';
import { createConnections } from '../../../../src/store/sqlite/segments/connections.ts';
import {
  ALL_SIDES,
  LEVEL_SPANS,
  SIDES,
  type Sides,
  spanLevelOf,
} from '../../../../src/store/sqlite/segments/levels.ts';
import { preparePruned } from '../../../../src/store/sqlite/segments/pruned-rows.ts';
import { COLUMN } from '../../../../src/store/sqlite/segments/segment.ts';
import { createSegmentTable } from '../../../../src/store/sqlite/segments/segment-table.ts';
import {
  type AnyRow,
  lineOf,
  type PairRow,
  putInSegments,
  putInTable,
  sidesHeld,
} from '../../../helpers/segments.ts';

const FIRST = 1_709_629_200;
/** Rows of a write: many near each other, at distances of any size, and few far away. */
const write = fc.record({
  begin: fc.nat({ max: 4_000 }),
  step: fc.constantFrom(0.01, 0.3, 5, 90, 2_000),
  rows: fc.integer({ min: 64, max: 1_500 }),
  far: fc.array(fc.nat({ max: 200_000 }), { maxLength: 3 }),
  /** Part of the rows that is put in one by one. */
  inTable: fc.constantFrom(0, 0, 3),
  singles: fc.constantFrom(0, 2, 3, 10),
});
const moments = fc.array(fc.nat({ max: 300_000 }), { minLength: 1, maxLength: 12 });

/** Rows with numbers that no other one has. */
function rowsOf(
  writes: readonly { begin: number; step: number; rows: number; far: readonly number[] }[],
): PairRow[][] {
  const used = new Map<number, number>();
  return writes.map(({ begin, step, rows, far }) => {
    const seconds = Array.from({ length: rows }, (_, n) => begin + Math.floor(n * step));
    return [...far, ...seconds].map((second, n): PairRow => {
      const at = FIRST + second;
      const number = used.get(at) ?? 0;
      used.set(at, number + 1);
      const line = lineOf(at * 1_000 + (n % 1_000), n);
      return {
        row: at * ROWS_PER_SECOND + number,
        client: line,
        server: { ...line, start: line.start + (n % 5) },
      };
    });
  });
}

/** Some rows with one line: of so many rows each time, one with the client's line and one with the server's; 0: of none. */
function withSingles(pairs: readonly PairRow[], every: number): AnyRow[] {
  return pairs.map((pair, n) => {
    if (every > 0 && n % every === 0) return { ...pair, server: null };
    return every > 0 && n % every === 1 ? { ...pair, client: null } : pair;
  });
}

t.test('what is asked of segments and single rows is told as of one table', async (t) => {
  fc.assert(
    fc.property(
      fc.array(write, { minLength: 1, maxLength: 4 }),
      moments,
      fc.nat(),
      (writes, moments, gone) => {
        const { db, close } = openDatabase({ path: null, mode: 'write' });
        const alive = new Map<number, AnyRow>();
        rowsOf(writes).forEach((all, i) => {
          const pairs = withSingles(all, writes[i]?.singles ?? 0);
          const every = writes[i]?.inTable ?? 0;
          const apart = pairs.filter((_, n) => every > 0 && n % every === 0);
          const left = new Set(
            putInSegments(
              db,
              pairs.filter((pair) => !apart.includes(pair)),
            ),
          );
          putInTable(db, [...apart, ...pairs.filter(({ row }) => left.has(row))]);
          for (const pair of pairs) alive.set(pair.row, pair);
        });
        const connections = createConnections(db);
        const segments = createSegmentTable(db);
        const everSeconds = [...new Set([...alive.keys()].map(secondOfRow))].sort((a, b) => a - b);
        const lastEver = new Map(
          [...alive.keys()].sort((a, b) => a - b).map((row) => [secondOfRow(row), row]),
        );
        for (const row of [...alive.keys()].filter((_, n) => n % 7 === gone % 7)) {
          connections.remove(row);
          alive.delete(row);
        }
        const rows = [...alive.keys()].sort((a, b) => a - b);
        const fail = (what: string) => {
          throw new Error(what);
        };
        for (const second of moments.map((moment) => FIRST + moment)) {
          const [from, to] = [second * ROWS_PER_SECOND, (second + 40) * ROWS_PER_SECOND];
          const expected = rows.filter((row) => row >= from && row < to);
          const inTable = db.prepare('SELECT row FROM connection WHERE row >= ? AND row < ?').pluck();
          const found = inTable.all(from, to) as number[];
          segments.each(from, to, (segment, place) => found.push(segment.number(COLUMN.row, place)));
          if (
            !isDeepStrictEqual(
              found.sort((a, b) => a - b),
              expected,
            )
          )
            fail(`rows from ${second}`);
          for (const sides of ALL_SIDES) {
            const some: number[] = [];
            segments.each(from, to, (segment, place) => some.push(segment.number(COLUMN.row, place)), [
              sides,
            ]);
            const tabled = new Set(inTable.all(from, to));
            const wanted = expected.filter((row) => !tabled.has(row) && sidesHeld(alive.get(row)) === sides);
            if (
              !isDeepStrictEqual(
                some.sort((a, b) => a - b),
                wanted,
              )
            )
              fail(`rows with lines ${sides} from ${second}`);
          }
          const ofSecond: number[] = [];
          connections.ofSecond(second, ({ row }) => ofSecond.push(row));
          const own = rows.filter((row) => secondOfRow(row) === second);
          if (
            !isDeepStrictEqual(
              ofSecond.sort((a, b) => a - b),
              own,
            )
          )
            fail(`rows of ${second}`);
          const at = connections.lastOf(second);
          const lastInTable = own.at(-1) ?? null;
          // One that was taken out may still count.
          if (at !== lastInTable && at !== (lastEver.get(second) ?? null))
            fail(`last row of ${second}: ${at}`);
          // Seconds of rows that were taken out of a segment may still count, and those of the table do not.
          const alives = rows.map(secondOfRow);
          const next = connections.secondFrom(second);
          const aliveNext = alives.find((one) => one >= second) ?? null;
          const nexts = everSeconds.filter(
            (one) => one >= second && (aliveNext === null || one <= aliveNext),
          );
          if (next === null ? aliveNext !== null : !nexts.includes(next))
            fail(`next second after ${second}: ${next}`);
          const before = connections.secondBefore(second);
          const aliveBefore = alives.findLast((one) => one < second) ?? null;
          const befores = everSeconds.filter(
            (one) => one < second && (aliveBefore === null || one >= aliveBefore),
          );
          if (before === null ? aliveBefore !== null : !befores.includes(before))
            fail(`second before ${second}: ${before}`);
          const starts = own.slice(0, 5).map((row) => {
            const { client, server } = alive.get(row) ?? { client: null, server: null };
            return ((server ?? client)?.start ?? 0) - second * 1_000;
          });
          for (const ms of [0, 3, 999, ...starts]) {
            const started = connections.startedAt(second, ms).map(({ row }) => row);
            const start = second * 1_000 + ms;
            const wanted = own.filter((row) => {
              const pair = alive.get(row);
              return pair?.client?.start === start || pair?.server?.start === start;
            });
            if (
              !isDeepStrictEqual(
                started.sort((a, b) => a - b),
                wanted,
              )
            )
              fail(`started at ${second} ${ms}`);
          }
        }
        for (const row of [...lastEver.values()].slice(0, 50))
          if ((connections.get(row)?.row ?? null) !== (alive.has(row) ? row : null)) fail(`row ${row}`);
        const some = [...lastEver.values()].sort((a, b) => a - b);
        const listed: number[] = [];
        segments.eachOf(some, (segment, place) => listed.push(segment.number(COLUMN.row, place)));
        const inTable = new Set(db.prepare('SELECT row FROM connection').pluck().all());
        const wanted = some.filter((row) => alive.has(row) && !inTable.has(row));
        const holding = createSegmentTable(db, 2);
        const single: number[] = [];
        for (const row of some)
          holding.eachOf([row], (segment, place) => single.push(segment.number(COLUMN.row, place)));
        if (!isDeepStrictEqual(single, wanted)) fail('rows one by one');
        if (
          !isDeepStrictEqual(
            listed.sort((a, b) => a - b),
            wanted,
          )
        )
          fail('rows by their numbers');
        const wide = db
          .prepare<[], { level: number; first: number; last: number }>('SELECT * FROM segment')
          .all();
        if (wide.some(({ level, first, last }) => spanLevelOf(last - first) !== level % LEVEL_SPANS.length))
          fail('a level');
        close();
      },
    ),
    { numRuns: 40 },
  );
  t.pass('held');
});

t.test('few rows far from the others are left, and no segment is wide because of them', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const near = { begin: 90_000, step: 0.02, rows: 3_000, far: [] };
  const sparse = { begin: 0, step: 40, rows: 1_000, far: [] };
  const [rows] = [rowsOf([near, sparse]).flat()];
  const left = putInSegments(db, rows);
  t.equal(left.length, 1_000);
  const levels = db.prepare('SELECT DISTINCT level FROM segment').pluck().all();
  t.same(levels, [1]);
  t.equal(db.prepare('SELECT sum(rows) FROM segment').pluck().get(), 3_000);
  close();
});

t.test('a segment that is dropped goes with what was taken out of it', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const [rows = []] = rowsOf([{ begin: 0, step: 0.1, rows: 2_000, far: [] }]);
  putInSegments(db, rows);
  const segments = createSegmentTable(db);
  for (const { row } of rows.filter((_, n) => n % 2 === 0)) t.ok(segments.remove(row));
  t.notOk(segments.remove(rows[0]?.row ?? 0), 'once');
  const [first, second] = segments.find(0, Number.MAX_SAFE_INTEGER);
  segments.drop(first?.id ?? 0);
  const gone = db.prepare<[], number>('SELECT DISTINCT segment FROM segment_gone').pluck().all();
  t.same(gone, [second?.id]);
  close();
});

t.test('no more than three segments lie across each other', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const write = { begin: 0, step: 0.1, rows: 2_000, far: [] };
  const left = rowsOf([write, write, write, write, { ...write, begin: 5_000 }]).map((rows) =>
    putInSegments(db, rows),
  );
  t.same(
    left.map(({ length }) => length),
    [0, 0, 0, 2_000, 0],
  );
  close();
});

t.test('what is held of segments is forgotten when it is said to be', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  db.pragma('journal_mode = MEMORY');
  const [rows = [], others = []] = rowsOf([
    { begin: 0, step: 0.1, rows: 500, far: [] },
    { begin: 10, step: 0.1, rows: 500, far: [] },
  ]);
  putInSegments(db, others);
  const holding = createSegmentTable(db, 4);
  const has = (row: number): boolean => {
    let isFound = false;
    holding.eachOf([row], () => {
      isFound = true;
    });
    return isFound;
  };
  const row = rows[7]?.row ?? 0;
  db.exec('BEGIN');
  t.notOk(has(row));
  putInSegments(db, rows);
  holding.reset();
  t.ok(has(row));
  db.exec('ROLLBACK');
  holding.reset();
  t.notOk(has(row));
  t.ok(has(others[7]?.row ?? 0));
  holding.drop(1);
  t.notOk(has(others[7]?.row ?? 0));
  close();
});

t.test('an old segment goes also when all its rows were taken out before', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const pairs = Array.from({ length: 100 }, (_, n): PairRow => {
    const line = lineOf(FIRST * 1_000 + n, n);
    return { row: FIRST * ROWS_PER_SECOND + n, client: line, server: line };
  });
  t.same(putInSegments(db, pairs), []);
  const connections = createConnections(db);
  for (const { row } of pairs) connections.remove(row);
  for (const read of preparePruned(db, (FIRST + 60) * 1_000))
    for (let some = read(); some !== null; some = read()) some.remove();
  for (const table of ['segment', 'segment_gone'])
    t.equal(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), 0, table);
  close();
});

t.test(
  'rows that hold the same lines are found without those of the others, and lie across these',
  async (t) => {
    const { db, close } = openDatabase({ path: null, mode: 'write' });
    const write = { begin: 0, step: 0.1, rows: 900, far: [] };
    const left = rowsOf([write, write, write, write]).map((pairs) => {
      const left = new Set(putInSegments(db, withSingles(pairs, 3)));
      return ALL_SIDES.map(
        (sides) =>
          withSingles(pairs, 3).filter((row) => left.has(row.row) && sidesHeld(row) === sides).length,
      );
    });
    t.same(
      left,
      [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
        [300, 300, 300],
      ],
      'of each three',
    );
    const segments = createSegmentTable(db);
    const count = (sides: readonly Sides[]) => segments.find(0, Number.MAX_SAFE_INTEGER, sides).length;
    t.same(
      [[SIDES.both], [SIDES.client], [SIDES.server], [SIDES.client, SIDES.server], ALL_SIDES].map(count),
      [3, 3, 3, 6, 9],
    );
    const [first] = db.prepare<[], number>('SELECT first FROM segment WHERE level >= 4').pluck().all();
    const found: number[] = [];
    segments.eachOf([first ?? 0], (_segment, _place, id) => found.push(id), [SIDES.both]);
    t.same(found, [], 'a row that holds other lines');
    segments.eachOf([first ?? 0], (_segment, _place, id) => found.push(id), [SIDES.client]);
    t.equal(found.length, 1);
    close();
  },
);

t.test('what a writer added is found in what it holds', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const holding = createSegmentTable(db, 4);
  const [rows = [], later = []] = rowsOf([
    { begin: 0, step: 0.1, rows: 500, far: [] },
    { begin: 2, step: 0.1, rows: 500, far: [] },
  ]);
  const has = ({ row }: AnyRow): boolean => {
    let isFound = false;
    holding.eachOf([row], () => {
      isFound = true;
    });
    return isFound;
  };
  putInSegments(db, rows, holding);
  t.ok(rows.every(has));
  t.notOk(later.some(has));
  putInSegments(db, withSingles(later, 2), holding);
  t.ok(later.every(has), 'places that are held are added to');
  t.ok(holding.remove(later[3]?.row ?? 0));
  t.notOk(holding.remove(later[3]?.row ?? 0), 'once');
  t.equal(later.filter(has).length, 499);
  close();
});

t.test('what is held tells the same as the table', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const holding = createSegmentTable(db, 8);
  const writes = rowsOf([
    { begin: 0, step: 0.1, rows: 900, far: [] },
    { begin: 40, step: 0.1, rows: 900, far: [] },
  ]);
  for (const rows of writes) t.same(putInSegments(db, withSingles(rows, 3), holding), []);
  for (const { row } of writes.flat().filter((_, n) => n % 10 === 0)) t.ok(holding.remove(row));
  const plain = createSegmentTable(db);
  const inSecond = (segments: typeof plain, second: number) => {
    const from = (FIRST + second) * ROWS_PER_SECOND;
    const rows: RawRow[] = [];
    segments.each(from, from + ROWS_PER_SECOND, (segment, place) => rows.push(segment.raw(place)));
    const some: RawRow[] = [];
    segments.eachOf([from, from + 1, from + 2], (segment, place) => some.push(segment.raw(place)));
    const byRow = (a: RawRow, b: RawRow) => a.row - b.row;
    return [rows.sort(byRow), some.sort(byRow), segments.lastIn(from, from + ROWS_PER_SECOND)];
  };
  let found = 0;
  for (let second = 0; second < 140; second++) {
    const told = inSecond(holding, second);
    t.same(told, inSecond(plain, second), `second ${second}`);
    found += (told[0] as RawRow[]).length;
  }
  t.equal(found, 1_620);
  close();
});
