/** What WebAssembly notes of the ends of written lines is what TypeScript looks for. */
import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { LineBatch } from '../../../../src/store/sqlite/line-batch.ts';
import { AMBIGUOUS, PLAIN, SUPERSEDED } from '../../../../src/store/sqlite/line-record.ts';
import { AS_CLIENT, AS_HOP } from '../../../../src/store/sqlite/pairing/end-records.ts';
import { halfKeyHash } from '../../../../src/store/sqlite/pairing/loose-ends.ts';
import { keyHash, NONE, PairingWindow } from '../../../../src/store/sqlite/pairing/pairing-window.ts';
import type { CodedShape, Half, Role } from '../../../../src/store/sqlite/shape-coder.ts';
import { ShapeCodes } from '../../../../src/store/sqlite/shape-codes.ts';

const HALVES: readonly Half[] = ['none', 'address', 'name'];
const SHAPES = 24;

/** Of all kinds that a plain end has; by its id. */
function shapeOf(id: number): CodedShape {
  const role: Role = id % 2 === 0 ? 'client' : 'server';
  return {
    ...{ id, role, http: false, unordered: false, blind: id % 5 === 4, hop: null, isNamed: true },
    ...{ cluster: 0, sni: 0, own: 0, server: 9, client: id % 7 === 6 ? 0 : 3, content: { a: 0, b: 0 } },
    half: HALVES[id % 3] ?? 'none',
    anchor: id % 4 === 3 ? 0 : 1_000 + id,
  };
}

const line = fc.record({
  shape: fc.nat({ max: SHAPES - 1 }),
  start: fc.oneof(fc.nat({ max: 2_000 }), fc.integer({ min: -5_000, max: 2 ** 42 })),
  duration: fc.integer({ min: -1, max: 500 }),
  received: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.nat({ max: 2 ** 52 })),
  sent: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.nat({ max: 2 ** 52 })),
  port: fc.integer({ min: -1, max: 3 }),
  row: fc.nat({ max: 2 ** 50 }),
  standing: fc.constantFrom(PLAIN, PLAIN, PLAIN, AMBIGUOUS, SUPERSEDED),
  /** Tied to the line before, if that is of the other side. */
  isTied: fc.boolean(),
  /** A gateway's line, with a second end. */
  hasHop: fc.constantFrom(false, false, false, true),
});
type Line = typeof line extends fc.Arbitrary<infer T> ? T : never;

interface Noted {
  readonly keys: unknown[];
  readonly halves: unknown[];
  readonly others: number[];
  spans: number[];
}

function place(lines: readonly Line[]): { readonly window: PairingWindow; readonly batch: LineBatch } {
  const [window, batch, codes] = [new PairingWindow(0), new LineBatch(), new ShapeCodes()];
  for (let id = 0; id < SHAPES; id++) codes.put(shapeOf(id));
  for (const one of lines) {
    const index = batch.grow();
    batch.shape[index] = one.shape;
    batch.start[index] = one.start;
    batch.duration[index] = one.duration;
    batch.received[index] = one.received;
    batch.sent[index] = one.sent;
    batch.upstreamLocalPort[index] = one.port;
    batch.downstreamRemotePort[index] = one.port;
  }
  const placing = { codes, placeOf: (id: number) => codes.find(id), placeOther: () => t.fail('is plain') };
  window.lines.place(batch, 0, batch.length, placing);
  for (const [index, { standing, isTied, hasHop, port }] of lines.entries()) {
    const slot = batch.slot[index] ?? NONE;
    if (hasHop) {
      batch.hop[index] = window.add(batch, index, {
        ...{ shape: 1, blind: false, isHttp: false, isUnordered: false, isClient: false },
        ...{ isHop: true, client: 4, clientPort: Math.max(0, port), server: 8, anchor: port + 1, own: 4 },
        ...{ request: 0, row: NONE },
      });
    }
    if (slot === NONE) continue;
    const before = index === 0 ? NONE : (batch.slot[index - 1] ?? NONE);
    const areTwo = before !== NONE && window.is(slot, AS_CLIENT) !== window.is(before, AS_CLIENT);
    if (
      isTied &&
      areTwo &&
      window.mate(before) === NONE &&
      window.isLike(slot, before) &&
      window.client(slot) !== 0
    ) {
      window.setMate(slot, before);
      window.setMate(before, slot);
    } else window.setStanding(slot, standing);
  }
  return { window, batch };
}

/** By what is said in `loose-ends.ts` and `pairing-window.ts`, end by end. */
function expected(lines: readonly Line[], { window, batch }: ReturnType<typeof place>): Noted {
  const noted: Noted = { keys: [], halves: [], others: [], spans: [] };
  const spans = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [index, { row, shape }] of lines.entries()) {
    const slot = batch.slot[index] ?? NONE;
    const mate = slot === NONE ? NONE : window.mate(slot);
    for (const end of [slot, batch.hop[index] ?? NONE]) {
      if (end === NONE) continue;
      const isHop = window.is(end, AS_HOP);
      // Both ends of a pair have one key, and lie in one row.
      const isSecond = mate !== NONE && !isHop && !window.is(end, AS_CLIENT);
      const own = window.end(end);
      if (window.client(end) !== 0) {
        spans[0] = Math.min(spans[0] ?? 0, window.start(end));
        spans[1] = Math.max(spans[1] ?? 0, own);
        if (!isSecond) noted.keys.push([keyHash(window.keyOf(end)), row]);
      }
      if (window.anchor(end) === 0 || window.standing(end) !== PLAIN || (mate !== NONE && !isHop)) continue;
      if (isHop) {
        noted.others.push(end);
        continue;
      }
      const bytes = shapeOf(shape).half === 'name' ? [NONE, NONE] : [window.received(end), window.sent(end)];
      const [received = 0, sent = 0] = bytes;
      const key = { isRequest: false, anchor: window.anchor(end), request: 0, received, sent };
      noted.halves.push([halfKeyHash(key, own), row]);
      spans[2] = Math.min(spans[2] ?? 0, own);
      spans[3] = Math.max(spans[3] ?? 0, own);
    }
  }
  noted.spans = [
    ...(noted.keys.length > 0 ? spans.slice(0, 2) : []),
    ...(noted.halves.length > 0 ? spans.slice(2) : []),
  ];
  return noted;
}

t.test('keys, half keys and lives of the ends are noted with their rows', async (t) => {
  const seen = { keys: 0, halves: 0, others: 0, tied: 0 };
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60, size: 'max' }), (lines) => {
      const placed = place(lines);
      const { window, batch } = placed;
      const wanted = expected(lines, placed);
      const noted: Noted = { keys: [], halves: [], others: [], spans: [] };
      const into = (list: unknown[]) => ({
        addAll(hashes: Uint32Array, rows: Float64Array, start: number, end: number) {
          list.push(...Array.from(hashes, (hash, i) => [hash, rows[i]]));
          noted.spans.push(start, end);
        },
      });
      window.lines.noteRows(
        batch,
        Float64Array.from(lines, ({ row }) => row),
        { keys: into(noted.keys), halves: into(noted.halves), addOther: (slot) => noted.others.push(slot) },
      );
      deepStrictEqual(noted, wanted);
      for (const [index, { row }] of lines.entries()) {
        const slot = batch.slot[index] ?? NONE;
        if (slot === NONE) continue;
        deepStrictEqual([window.row(slot), window.pending(slot)], [row, NONE]);
        if (window.mate(slot) !== NONE) seen.tied++;
      }
      seen.keys += noted.keys.length;
      seen.halves += noted.halves.length;
      seen.others += noted.others.length;
    }),
    { numRuns: 120 },
  );
  t.ok(Math.min(...Object.values(seen)) > 40, JSON.stringify(seen));
});
