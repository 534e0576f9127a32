import t from 'tap';
import { ratio, scorePairs, surePrecision, sureRecall } from '../../../bench/accuracy/pairs.ts';

const full = (outbound: string, inbound: string) => ({ kind: 'full' as const, outbound, inbound });
const trueFull = (outbound: string, inbound: string) => ({ ...full(outbound, inbound), part: 'service' });

t.test('counts what was found, missed and made up', async (t) => {
  const truth = [
    trueFull('a', 'b'),
    trueFull('c', 'd'),
    trueFull('e', 'f'),
    { ...trueFull('g', 'h'), kind: 'dnat' as const, part: 'alias' },
  ];
  const score = scorePairs(
    truth,
    [full('a', 'b'), full('c', 'f'), { ...full('g', 'h'), kind: 'dnat' }],
    new Set(),
  );
  t.match(score.joinable, { full: { all: 3, right: 1 }, dnat: { all: 1, right: 1 }, snat: { all: 0 } });
  t.strictSame([...score.parts], [['service', { all: 3, right: 1 }]], 'half keys are not demanded');
  t.match(score.wrong, [{ outbound: 'c', inbound: 'f', label: 'full' }]);
  t.strictSame(
    score.missed.map((pair) => pair.outbound),
    ['c', 'e'],
  );
  t.equal(surePrecision(score), 1 / 2);
  t.equal(sureRecall(score), 1 / 3);
});

t.test('a pair is wrong under the kind it is told as', async (t) => {
  const score = scorePairs(
    [trueFull('a', 'b')],
    [{ ...full('a', 'x'), kind: 'snat' }, full('a', 'b')],
    new Set(),
  );
  t.strictSame(score.told.get('snat'), { all: 1, right: 0 });
  t.equal(surePrecision(score), 1, 'which leaves the sure ones alone');
});

t.test('does not mind which side is called outbound', async (t) => {
  const score = scorePairs([{ ...trueFull('a', 'b'), kind: 'gateway' }], [full('b', 'a')], new Set());
  t.strictSame(score.wrong, []);
  t.match(score.joinable.gateway, { all: 1, right: 1 });
});

t.test('a pair told twice is found once, and wrong the second time', async (t) => {
  const score = scorePairs([trueFull('a', 'b')], [full('a', 'b'), full('b', 'a')], new Set());
  t.match(score.joinable.full, { all: 1, right: 1 });
  t.match(score.wrong, [{ label: 'full, told twice' }]);
});

t.test('nothing to find and nothing found is perfect', async (t) => {
  const score = scorePairs([], [], new Set());
  t.strictSame([surePrecision(score), sureRecall(score)], [1, 1]);
  t.equal(ratio(0, 0), 1);
  t.equal(ratio(1, 4), 0.25);
});

t.test('lines without a partner are counted, and those that were told one', async (t) => {
  const lines = new Set(['a', 'b', 'c', 'd', 'e']);
  const score = scorePairs([trueFull('a', 'b')], [full('a', 'b'), full('c', 'b')], lines);
  t.strictSame(score.lone, { all: 3, right: 2 });
});
