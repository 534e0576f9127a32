/** Hours are read once as long as they stay the same, and again when something is asked that was not added up. */
import t from 'tap';
import { KeptHours, Shelf } from '../../../src/analysis/series/kept-hours.ts';

const WIDTH = 2;
const HOUR = 480_000;

/** Asks for some series of `total`; tells the cells of each, null for none, and how often an hour was read. */
function shelf() {
  const shapes = new Map();
  const changes = new Map<number, number>();
  const model = { shapes, changesIn: (hour: number) => changes.get(hour) ?? 0 };
  let reads = 0;
  const ask = async (question: string, names: readonly string[], total: number, hour = HOUR) => {
    const selection = { labels: names.map((port) => ({ port })), total };
    const make = (cells: number): Float64Array => new Float64Array(cells);
    const kept = new KeptHours(question, { width: WIDTH, make }, selection, model);
    const { cells, places } = await kept.cellsOf(hour, async (into) => {
      reads++;
      for (const [i, name] of names.entries()) into.set([Number(name), reads], i * WIDTH);
    });
    return [...places].map((from) => (from < 0 ? null : [...cells.subarray(from, from + WIDTH)]));
  };
  return { ask, change: (hour: number) => changes.set(hour, (changes.get(hour) ?? 0) + 1) };
}

t.test('an hour is read again when its flows changed, and no other', async (t) => {
  const { ask, change } = shelf();
  t.same(await ask('q', ['5', '6'], 2), [
    [5, 1],
    [6, 1],
  ]);
  t.same(await ask('q', ['5'], 1, HOUR + 1), [[5, 2]]);
  change(HOUR);
  t.same(await ask('q', ['5', '6'], 2), [
    [5, 3],
    [6, 3],
  ]);
  t.same(await ask('q', ['5'], 1, HOUR + 1), [[5, 2]]);
});

t.test('series are told apart by their labels, whatever their order', async (t) => {
  const { ask } = shelf();
  await ask('q', ['5', '6'], 2);
  t.same(await ask('q', ['6', '5'], 2), [
    [6, 1],
    [5, 1],
  ]);
  t.same(await ask('other', ['6'], 1), [[6, 2]], 'another question has cells of its own');
});

t.test(
  'a series that is not there has no lines where all were told, and is read where some were not',
  async (t) => {
    const { ask } = shelf();
    await ask('all', ['5'], 1);
    t.same(await ask('all', ['7', '5'], 2), [null, [5, 1]]);
    await ask('some', ['5'], 2);
    t.same(await ask('some', ['7'], 2), [[7, 3]]);
  },
);

t.test('what does not fit is read each time', async (t) => {
  const { ask } = shelf();
  const many = Array.from({ length: 3_000_000 }, () => '1');
  t.same((await ask('large', many, many.length))[0], [1, 1]);
  t.same((await ask('large', many, many.length))[0], [1, 2]);
  await ask('q', ['5'], 1);
  t.same(await ask('q', ['5'], 1), [[5, 3]]);
});

t.test(
  'what is kept has bounds, however many questions there are and however little they add up',
  async (t) => {
    const held = new Shelf(100_000);
    const nothing = {
      changes: 0,
      cells: new Float64Array(0),
      places: new Int32Array(0),
      labels: [],
      isAll: true,
    };
    for (let n = 0; n < 1_000; n++) held.put(`${n} ${'x'.repeat(1_000)}`, HOUR, nothing);
    t.ok(held.size > 10 && held.size < 50, `${held.size} questions`);
    t.ok(held.get(`999 ${'x'.repeat(1_000)}`, HOUR), 'the last one is kept');
    const many = new Shelf(100_000);
    for (let n = 0; n < 1_000; n++) many.put(`${n}`, HOUR, nothing);
    t.ok(many.size < 250, 'objects count as well');
    held.put('large', HOUR, { ...nothing, cells: new Float64Array(20_000) });
    t.equal(held.get('large', HOUR), undefined);
    const before = held.size;
    held.put('large', HOUR + 1, { ...nothing, cells: new Float64Array(20_000) });
    t.equal(held.size, before, 'what does not fit leaves nothing behind');
    held.put('wide', HOUR, { ...nothing, cells: new Float64Array(11_000) });
    t.ok(held.get('wide', HOUR));
    t.ok(held.size < 10, 'others made room');
    for (let hour = 0; hour < 3; hour++)
      held.put('wide', hour, { ...nothing, cells: new Float64Array(5_000) });
    t.ok(held.get('wide', 2));
  },
);
