import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { LineBatch } from '../../../../src/store/sqlite/line-batch.ts';
import { CAPACITY, NONE, PairingWindow } from '../../../../src/store/sqlite/pairing/pairing-window.ts';
import type { CodedShape } from '../../../../src/store/sqlite/shape-coder.ts';
import { ShapeCodes } from '../../../../src/store/sqlite/shape-codes.ts';

const END = {
  ...{ shape: 1, blind: false, isHttp: false, isUnordered: false, isClient: true },
  ...{ isHop: false, server: 9, anchor: 0, own: 0, request: 0 },
} as const;

/** Adds an end; its row is its time. */
function adder(window: PairingWindow) {
  const batch = new LineBatch();
  const index = batch.grow();
  return (client: number, clientPort: number, start: number): number => {
    batch.start[index] = start;
    batch.duration[index] = 5;
    const slot = window.add(batch, index, { ...END, client, clientPort, row: start });
    window.chain(slot);
    return slot;
  };
}

/** Rows of all ends of a key, in their order. */
function rowsOf(window: PairingWindow, client: number, clientPort: number): number[] {
  const rows: number[] = [];
  const first = window.first({ client, clientPort, request: 0 });
  for (let at = first; at !== NONE; at = window.following(at)) rows.push(window.row(at));
  return rows;
}

t.test('all ends of a key are found, the latest first, until they make room', async (t) => {
  const window = new PairingWindow(0);
  const add = adder(window);
  let time = 1_000;
  const known: Array<{ readonly client: number; readonly port: number; readonly row: number }> = [];
  // So many keys that some chains hold several; each key several times.
  for (let i = 0; i < CAPACITY + 30_000; i++) {
    const [client, port] = [1 + (i % 7), Math.imul(i % 50_021, 0x9e3779b1) & 0xffff];
    add(client, port, ++time);
    known.push({ client, port, row: time });
  }
  const held = known.slice(-CAPACITY);
  for (const { client, port } of held.filter((_, i) => i % 997 === 0)) {
    const expected = held.filter((one) => one.client === client && one.port === port).map(({ row }) => row);
    deepStrictEqual(rowsOf(window, client, port), expected.reverse());
  }
  t.equal(window.completeAfter, (known[30_000 - 1]?.row ?? 0) + 5, 'the end of the last one that made room');
});

t.test('an end that waits to be written stays, however many come after it', async (t) => {
  const window = new PairingWindow(0);
  const add = adder(window);
  const waiting = add(3, 80, 1_000);
  window.setPending(waiting, 0);
  add(3, 80, 1_001);
  for (let i = 0; i < 2 * CAPACITY + 10; i++) add(1, i & 0xffff, 2_000 + i);
  t.same(rowsOf(window, 3, 80), [1_000]);
  window.setPending(waiting, NONE);
  for (let i = 0; i < CAPACITY; i++) add(1, i & 0xffff, 900_000 + i);
  t.same(rowsOf(window, 3, 80), []);
});

t.test('ends of rows that are gone are not found; those behind them are', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 2 }), fc.boolean()), { maxLength: 30 }),
      (ends) => {
        const window = new PairingWindow(0);
        const add = adder(window);
        const made = ends.map(([port, isGone], i) => {
          add(4, port, 1_000 + i);
          return { port, isGone, row: 1_000 + i };
        });
        window.forgetRows(new Set(made.filter(({ isGone }) => isGone).map(({ row }) => row)));
        for (const port of [1, 2]) {
          const left = made.filter((one) => one.port === port && !one.isGone).map(({ row }) => row);
          deepStrictEqual(rowsOf(window, 4, port), left.reverse());
        }
      },
    ),
    { numRuns: 100 },
  );
  t.pass('held');
});

t.test('a line has what its own shape says, also where others share the place of that', async (t) => {
  const [window, batch, codes] = [new PairingWindow(0), new LineBatch(), new ShapeCodes()];
  const shapeOf = (id: number): CodedShape => ({
    ...{ id, role: 'server', half: 'name', http: false, unordered: false, blind: false, hop: null },
    ...{ cluster: 0, sni: 0, own: 0, isNamed: true, content: { a: 0, b: 0 } },
    ...{ server: id % 1_000, client: 1 + (id % 999), anchor: 1 + (id % 998) },
  });
  const shapes = [0, 7, 2 ** 18 + 7, 7, 2 ** 19 + 7, 2 ** 18, 0, 2 ** 30 + 7, 2 ** 30];
  for (const shape of shapes) {
    const index = batch.grow();
    batch.shape[index] = shape;
    batch.downstreamRemotePort[index] = 1;
  }
  const placeOf = (id: number) => codes.put(shapeOf(id));
  window.lines.place(batch, 0, batch.length, { codes, placeOf, placeOther: () => t.fail('is plain') });
  for (const [index, id] of shapes.entries()) {
    const slot = batch.slot[index] as number;
    const { server, client, anchor } = shapeOf(id);
    const own = [window.server(slot), window.client(slot), window.anchor(slot), window.own(slot)];
    deepStrictEqual(own, [server, client, anchor, client]);
    deepStrictEqual([window.shape(slot), window.pending(slot)], [id, index]);
  }
});
