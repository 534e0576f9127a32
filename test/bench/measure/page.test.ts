import t from 'tap';
import { replaceSection, SECTIONS } from '../../../bench/measure/page.ts';

const [first, second, third] = SECTIONS;

t.test('a part is replaced, and the others stay as they were', async (t) => {
  const one = replaceSection('', second, 'Old.\n\n### With a part of its own\n\n| a |\n');
  const two = replaceSection(one, third, 'Third.');
  const three = replaceSection(two, second, 'New.\n');
  t.match(two, `## ${second}\n\nOld.\n\n### With a part of its own\n\n| a |\n\n## ${third}\n\nThird.\n`);
  t.match(three, `## ${second}\n\nNew.\n\n## ${third}\n\nThird.\n`);
  t.notMatch(three, 'Old.');
});

t.test('parts stand in one order, however they were written', async (t) => {
  const forth = replaceSection(replaceSection('', first, 'A.'), second, 'B.');
  const back = replaceSection(replaceSection('', second, 'B.'), first, 'A.');
  t.equal(forth, back);
});

t.test('what is no part of the page goes', async (t) => {
  t.notMatch(replaceSection('# Benchmarks\n\nA table of old.\n', first, 'A.'), 'A table of old.');
});

t.test('the same again changes nothing', async (t) => {
  const page = replaceSection(replaceSection('', first, 'A.'), third, 'C.');
  t.equal(replaceSection(page, first, 'A.'), page);
});
