import t from 'tap';
import type { Coverage } from '../../../src/domain/coverage.ts';
import { NO_PAINT } from '../../../src/output/paint.ts';
import { buildCoverage, coverageSection } from '../../../src/output/report/coverage.ts';
import { renderText } from '../../../src/output/report/text.ts';
import { makeCoverage } from '../../helpers/report.ts';

const section = (coverage: Coverage): string => renderText(coverageSection(coverage), NO_PAINT, 1_000);
const answer = (coverage: Coverage): string => renderText(buildCoverage(coverage, 'table'), NO_PAINT, 1_000);

t.test('every share stands with what it is a share of', async (t) => {
  const text = section(makeCoverage('web'));
  t.match(text, '3 of 6 (50.0 %) lines that should have a partner');
  t.match(text, '1 of 6 (16.7 %), without a partner and without a reason');
  t.match(text, '4 lines that can have no partner here (4: web)');
});

t.test('reasons beyond the first few are counted', async (t) => {
  const { pairing, ...rest } = makeCoverage('web');
  const reasons = [3, 2, 2, 2, 1].map((lines, index) => ({ reason: `reason ${index}`, lines }));
  const text = section({ ...rest, pairing: { ...pairing, expected_unmatched: 10, reasons } });
  t.match(text, '(3: reason 0; 2: reason 1; 2: reason 2; 3 for other reasons)');
});

t.test('a log that is not whole is told with what shows it', async (t) => {
  const text = section(makeCoverage('web'));
  for (const part of [
    'web: nothing after 2024-03-05 09:20:09.870 UTC, although others show connections with it; ',
    'nothing before 2024-03-05 09:10:00.100 UTC, although others show 2 connections with it; ',
    'nothing between 2024-03-05 09:11:00.100 UTC and 2024-03-05 12:10:00.100 UTC, although others show 1 connection with it; ',
    "7 of 8 (87.5 %) partners of others' lines are missing: it looks filtered; ",
    'only outbound lines, although others show connections the other way',
  ]) {
    t.match(text, part);
  }
});

t.test('commands to read more come with what they bring', async (t) => {
  const text = section(makeCoverage('web'));
  t.match(text, '3 lines point at 2 pods whose own log was not read: web.');
  t.match(text, '    web  # 2 addresses, 3 lines\n');
});

t.test('of nothing, nothing is told', async (t) => {
  const { lines, ...rest } = makeCoverage('web');
  t.strictSame(coverageSection({ ...rest, lines: { ...lines, total: 0 } }), []);
});

t.test('a whole mesh has figures and notes alone', async (t) => {
  const base = makeCoverage('web');
  const whole = { ...base, pods: [], peers: [], peers_total: 0, read_next: [], rejects: [], rejected: 0 };
  t.notMatch(section(whole), /not whole|read too/);
  t.match(section(whole), '- More than usual (1 line).\n- Open ones are not here.');
});

t.test('the whole answer has pods, peers, rejects and notes, and says how many are not shown', async (t) => {
  const text = answer(makeCoverage('web'));
  const titles = ['PODS', 'KNOWN ONLY FROM THE LINES OF OTHERS', 'What to read too', 'REJECTED', 'NOTES'];
  const places = titles.map((title) => text.indexOf(`\n${title}\n`));
  t.notOk(places.includes(-1), text);
  t.strictSame(
    places,
    [...places].sort((a, b) => a - b),
  );
  t.equal(text.match(/1 more: ask with a higher --limit\./g)?.length, 2);
  t.match(text, '10: 6 outbound, 3 inbound, 1 of unknown direction; 1 HTTP');
});
