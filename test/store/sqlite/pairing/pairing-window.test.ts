import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { LineBatch } from '../../../../src/store/sqlite/line-batch.ts';
import { CAPACITY, NONE, PairingWindow } from '../../../../src/store/sqlite/pairing/pairing-window.ts';

const END = {
  ...{ shape: 1, cluster: 0, sni: 0, blind: false, isHttp: false, isUnordered: false, isClient: true },
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
  // More keys than buckets, so that chains hold several; each key several times.
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
