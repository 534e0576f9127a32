import t from 'tap';
import { condensed, shareBar, sparkline, stretchBar } from '../../src/output/blocks.ts';

t.test('the largest value is as high as can be, what is not known is a point', async (t) => {
  t.equal(sparkline([0, 1, 7, null, 3]), '▁▂█·▄');
  t.equal(sparkline([0, 0]), '▁▁', 'nothing of nothing');
  t.equal(sparkline([]), '');
  t.equal(sparkline([1, 1_000_000]), '▂█', 'what is there is seen');
});

t.test('many values share places, the largest of them is shown', async (t) => {
  t.strictSame(condensed([1, 2, 3], 3), [1, 2, 3]);
  t.strictSame(condensed([1, 9, null, 3, null, null], 3), [9, 3, null]);
});

t.test('a share is neither all nor nothing unless it is', async (t) => {
  t.equal(shareBar({ part: 0, whole: 10 }), '░░░░░░░░░░');
  t.equal(shareBar({ part: 1, whole: 1_000 }), '█░░░░░░░░░');
  t.equal(shareBar({ part: 999, whole: 1_000 }), '█████████░');
  t.equal(shareBar({ part: 10, whole: 10 }), '██████████');
  t.equal(shareBar({ part: 0, whole: 0 }), '░░░░░░░░░░');
});

t.test('a stretch has a character at least, and stays within', async (t) => {
  t.equal(stretchBar(0.25, 0.5, 8), '··██····');
  t.equal(stretchBar(0.999, 1, 8), '·······█');
  t.equal(stretchBar(0, 1, 4), '████');
});
