/** The same lines in any order, any split, with restarts between, or sent twice, give the same store. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import type { Store } from '../../../src/domain/ports.ts';
import { checkFile } from '../../../src/store/sqlite/files.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { makeLine, makePair } from '../../helpers/lines.ts';
import { measuresOf } from '../../helpers/measures.ts';
import { makeTrip, type Trip, WAYS } from '../../helpers/ways.ts';

const START = Date.UTC(2024, 2, 5, 10, 59, 50);
const folder = mkdtempSync(join(tmpdir(), 'meshwake-order-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** Few ports and close starts, so that keys are used again, overlap, and lose one of their ends. */
const connection = fc.record({
  start: fc.integer({ min: 0, max: 20_000 }).map((n) => START + n),
  duration: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 30_000 })),
  port: fc.integer({ min: 0, max: 2 }).map((n) => 40_000 + 2 * n),
  gap: fc.integer({ min: -50, max: 1_100 }),
  bytes: fc.integer({ min: 0, max: 2 }),
  way: fc.constantFrom(...WAYS),
  /** Index of a line that was lost; most connections have no such line. */
  lost: fc.integer({ min: 0, max: 7 }),
  /** True: both proxies wrote lines while the connection was open. */
  periodic: fc.boolean(),
  /** An HTTP request without an id, or a TCP connection. */
  protocol: fc.constantFrom(null, null, null, 'HTTP/1.1', 'HTTP/2'),
});

function linesOf(
  trips: ReadonlyArray<
    Trip & { readonly lost: number; readonly periodic: boolean; readonly protocol: string | null }
  >,
): ParsedLine[] {
  const lines = trips.flatMap(({ lost, periodic, protocol, ...trip }) => {
    const written = periodic ? [trip, { ...trip, duration: trip.duration + 40 }] : [trip];
    const kept = written.flatMap((one) => makeTrip(one).filter((_, index) => index !== lost));
    if (protocol === null) return kept;
    const request = { method: 'GET', path: '/', response_code: 200, protocol };
    return kept.map(({ entry, identity }) => makeLine(identity.pod ?? '', { ...entry, ...request }));
  });
  return [...lines, makeLine('alone', { start_time: START, response_flags: ['UH'] })];
}

async function digest(store: Store): Promise<string> {
  const query = {
    since: null,
    until: null,
    shapes: null,
    order: 'oldest',
    after: null,
    limit: 10_000,
  } as const;
  const lines = (await store.lines(query)).map((line) => [
    line.id,
    line.entry,
    line.identity,
    line.peer,
    line.previous,
    line.ambiguous,
    line.superseded,
  ]);
  const pairs = (await store.pairs(query)).map((pair) => [
    pair.outbound.id,
    pair.inbound.id,
    pair.kind,
    pair.score,
  ]);
  const flows = (await store.flows({ since: null, until: null })).map(({ shape, ...sums }) => ({
    ...sums,
    ...shape,
    id: 0,
  }));
  return JSON.stringify([
    lines,
    pairs,
    flows.map((flow) => JSON.stringify(flow)).sort(),
    await store.counts(),
    await measuresOf(store),
  ]);
}

async function inOneGo(lines: readonly ParsedLine[]): Promise<string> {
  const store = openSqliteStore({ path: null, mode: 'write', rules: pairingRules });
  await store.append(columnsOf(lines), []);
  const result = await digest(store);
  await store.close();
  return result;
}

async function inParts(parts: ReadonlyArray<readonly ParsedLine[]>, restart: boolean): Promise<string> {
  const path = restart ? join(folder, `${files++}.db`) : null;
  let store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
  for (const part of parts) {
    await store.append(columnsOf(part), []);
    if (!restart) continue;
    await store.close();
    store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
  }
  const result = await digest(store);
  await store.close();
  if (path !== null) {
    const { problems } = checkFile(path);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }
  return result;
}

function cut<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size));
  return parts;
}

const scenario = fc.array(connection, { minLength: 1, maxLength: 12 }).chain((connections) => {
  const lines = linesOf(connections);
  return fc.record({
    lines: fc.constant(lines),
    mixed: fc.shuffledSubarray(lines, { minLength: lines.length, maxLength: lines.length }),
    size: fc.integer({ min: 1, max: lines.length }),
  });
});

t.test('any order and any split', async (t) => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ lines, mixed, size }) => {
      const expected = await inOneGo(lines);
      return (await inParts(cut(mixed, size), false)) === expected;
    }),
    { numRuns: 150 },
  );
  t.pass('held');
});

t.test('restarts between the parts, and everything sent again', async (t) => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ lines, mixed, size }) => {
      const expected = await inOneGo(lines);
      return (await inParts([...cut(mixed, size), [...mixed].reverse()], true)) === expected;
    }),
    { numRuns: 20 },
  );
  t.pass('held');
});

t.test('a line that its late partner took out of its row is known when it comes again', async (t) => {
  const [outbound, inbound] = makePair({ start: START, gap: 3_000, duration: 5_000, port: 40_000 });
  for (const [first, late] of [
    [outbound, inbound],
    [inbound, outbound],
  ] as const) {
    const path = join(folder, `${files++}.db`);
    const before = openSqliteStore({ path, mode: 'write', rules: pairingRules });
    await before.append(columnsOf([first]), []);
    await before.close();
    // The new process has read nothing of the second in which the first line started.
    const store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
    t.strictSame(await store.append(columnsOf([late]), []), { accepted: 1, duplicates: 0 });
    t.strictSame(await store.append(columnsOf([first, late]), []), { accepted: 0, duplicates: 2 });
    t.strictSame(await store.counts(), { lines: 2, pairs: 1 });
    await store.close();
  }
});

t.test(
  'many lines at once, whose rows SQLite copies from an image, are the same as few at a time',
  async (t) => {
    const lines: ParsedLine[] = [];
    for (let i = 0; i < 1_500; i++) {
      const way = WAYS[i % WAYS.length] ?? 'direct';
      const trip = {
        start: START + 17 * i,
        duration: (i * 37) % 900,
        port: 20_000 + i,
        gap: i % 40,
        bytes: i % 3,
      };
      const of = makeTrip({ ...trip, way }).filter((_, index) => (i + index) % 5 !== 0);
      lines.push(...of);
      const [line] = of;
      // Bytes that are kept, because no format renders them; texts that vary from line to line; no numbers.
      if (line !== undefined && i % 10 === 0)
        lines.push({
          ...line,
          raw: `raw ${i}`,
          rebuildable: false,
          identity: { ...line.identity, pod: 'other' },
        });
      if (i % 10 === 3)
        lines.push(makeLine('web', { start_time: START + i, method: 'GET', path: `/${i}`, duration: null }));
      // As many again that are of one line each, far from the others.
      lines.push(
        makeLine(`alone-${i % 7}`, { start_time: START - 3_000_000 - 900 * i, response_flags: ['UH'] }),
      );
      lines.push(makeLine(`alone-${i % 7}`, { start_time: START + 3_000_000 + 900 * i, bytes_sent: i ** 4 }));
    }
    const path = join(folder, `${files++}.db`);
    const store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
    await store.append(columnsOf(lines), []);
    // Read back, none is new.
    t.strictSame(await store.append(columnsOf([...lines].reverse()), []), {
      accepted: 0,
      duplicates: lines.length,
    });
    const result = await digest(store);
    await store.close();
    t.same(checkFile(path).problems, []);
    t.ok(lines.length > 6_000);
    const few = [...lines].sort((a, b) => a.raw.localeCompare(b.raw));
    t.ok((await inParts(cut(few, 700), false)) === result, 'the same lines, pairs and flows');
  },
);

t.test(
  'lines whose partners come late are taken out of segments, and known when they come again',
  async (t) => {
    const pairOf = (n: number, port: number) =>
      makePair({ start: START + 30 * n, duration: 50 + (n % 40), port, bytes: n % 9 });
    const pairs = Array.from({ length: 2_400 }, (_, n) => pairOf(n, 20_000 + 2 * n));
    const parted = Array.from({ length: 1_600 }, (_, n) => pairOf(n, 40_000 + 2 * n));
    const first = parted.map((lines, n) => lines[n % 2] as ParsedLine);
    // Some never come.
    const partners = parted.flatMap((lines, n) => (n % 3 === 0 ? [] : [lines[1 - (n % 2)] as ParsedLine]));
    const path = join(folder, `${files++}.db`);
    let store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
    await store.append(columnsOf([...first, ...pairs.flat()]), []);
    const held = () => {
      const { db, close } = openDatabase({ path, mode: 'read' });
      const one = (sql: string) => db.prepare<[], number>(sql).pluck().get() ?? 0;
      const counts = {
        clients: one('SELECT sum(rows) FROM segment WHERE level BETWEEN 4 AND 7'),
        servers: one('SELECT sum(rows) FROM segment WHERE level BETWEEN 8 AND 11'),
        gone: one('SELECT count(*) FROM segment_gone'),
      };
      close();
      return counts;
    };
    await store.close();
    t.same(held(), { clients: 800, servers: 800, gone: 0 });
    store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
    for (const part of cut(partners, 300)) await store.append(columnsOf(part), []);
    await store.close();
    t.equal(held().gone, partners.length);
    store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
    const all = [...first, ...pairs.flat(), ...partners];
    const again = { accepted: 0, duplicates: all.length };
    t.strictSame(await store.append(columnsOf(all.toReversed()), []), again);
    const result = await digest(store);
    await store.close();
    t.same(checkFile(path).problems, []);
    t.ok(
      (await inParts(cut(all, 400), false)) === result,
      'the same lines, pairs and flows as of small writes',
    );
  },
);
