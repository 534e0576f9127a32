import t from 'tap';
import { formatLineId } from '../../../src/domain/line-hash.ts';
import { cutSpans, hourSpans, joinSpans, widened, windowOf } from '../../../src/store/sqlite/spans.ts';

const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER };

t.test('hours become spans, longer where they reach beyond, and no second comes twice', async (t) => {
  t.same(
    [...hourSpans([3, 2, 0], 'newest', 10, EVER)],
    [
      { from: 10_790, to: 14_410 },
      { from: 7_190, to: 10_790 },
      { from: 0, to: 3_610 },
    ],
  );
  t.same(
    [...hourSpans([0, 2, 3], 'oldest', 10, { from: 5, to: 10_900 })],
    [
      { from: 5, to: 3_610 },
      { from: 7_190, to: 10_810 },
      { from: 10_810, to: 10_900 },
    ],
  );
  t.same([...hourSpans([1, 2], 'oldest', 0, { from: 7_300, to: 7_300 })], []);
});

t.test('spans are cut to a window, joined and widened', async (t) => {
  const spans = [
    { from: 1, to: 5 },
    { from: 8, to: 9 },
    { from: 20, to: 30 },
  ];
  t.same(cutSpans(spans, { from: 3, to: 25 }, 'oldest'), [
    { from: 3, to: 5 },
    { from: 8, to: 9 },
    { from: 20, to: 25 },
  ]);
  t.same(cutSpans(spans, { from: 5, to: 9 }, 'newest'), [{ from: 8, to: 9 }]);
  t.same(cutSpans(spans, EVER, 'newest'), [...spans].reverse());
  t.same(
    joinSpans([
      { from: 8, to: 9 },
      { from: 2, to: 4 },
      { from: 4, to: 6 },
      { from: 3, to: 4 },
    ]),
    [
      { from: 2, to: 6 },
      { from: 8, to: 9 },
    ],
  );
  t.same(widened({ from: 5, to: 6 }, 10), { from: -5, to: 16 });
});

t.test('a window begins or ends where the page before ended', async (t) => {
  // Ids are of times that logs have.
  const at = 1_700_000_005_500;
  const after = { start_time: at, id: formatLineId(at, 1) };
  const query = { since: at - 4_000, until: at + 4_000 };
  const second = 1_700_000_005;
  t.same(windowOf({ ...query, after: null, order: 'newest' }), { from: second - 4, to: second + 5 });
  t.same(windowOf({ ...query, after, order: 'newest' }), { from: second - 4, to: second + 1 });
  t.same(windowOf({ ...query, after, order: 'oldest' }), { from: second, to: second + 5 });
  t.same(windowOf({ since: null, until: null, after: null, order: 'newest' }), EVER);
});
