import t from 'tap';
import { ratio, scorePairs } from '../../../bench/accuracy/pairs.ts';

const full = (outbound: string, inbound: string) => ({ kind: 'full' as const, outbound, inbound });

t.test('counts what was found, missed and made up', async (t) => {
  const truth = [
    full('a', 'b'),
    full('c', 'd'),
    full('e', 'f'),
    { ...full('g', 'h'), kind: 'dnat' as const },
  ];
  const score = scorePairs(truth, [
    { outbound: 'a', inbound: 'b' },
    { outbound: 'c', inbound: 'f' },
    { outbound: 'g', inbound: 'h' },
  ]);
  t.match(score.kinds, { full: { joinable: 3, found: 1 }, dnat: { joinable: 1, found: 1 } });
  t.strictSame(score.wrong, [{ outbound: 'c', inbound: 'f' }]);
  t.strictSame(
    score.missed.map((pair) => pair.outbound),
    ['c', 'e'],
  );
  t.equal(score.precision, 2 / 3);
  t.equal(score.recall, 1 / 3);
});

t.test('does not mind which side is called outbound', async (t) => {
  const score = scorePairs([{ ...full('a', 'b'), kind: 'gateway' }], [{ outbound: 'b', inbound: 'a' }]);
  t.strictSame(score.wrong, []);
  t.match(score.kinds.gateway, { joinable: 1, found: 1 });
});

t.test('a pair told twice is found once', async (t) => {
  const pair = { outbound: 'a', inbound: 'b' };
  t.match(scorePairs([full('a', 'b')], [pair, pair]).kinds.full, { joinable: 1, found: 1 });
});

t.test('nothing to find and nothing found is perfect', async (t) => {
  t.match(scorePairs([], []), { precision: 1, recall: 1 });
  t.equal(ratio(0, 0), 1);
  t.equal(ratio(1, 4), 0.25);
});
