import t from 'tap';
import { NO_PAINT } from '../../../src/output/paint.ts';
import { buildReport } from '../../../src/output/report/build.ts';
import type { LogReport } from '../../../src/output/report/document.ts';
import { renderText } from '../../../src/output/report/text.ts';
import { makeLogReport, makeResources } from '../../helpers/report.ts';

const show = (report: LogReport, next: string[] = []): string =>
  renderText(buildReport(report, next), NO_PAINT, 100);

t.test('an incident begins with who, whom, since when and by whose cluster', async (t) => {
  const base = makeLogReport('web');
  const open = {
    ...makeResources('web').incidents,
    title: 'Port 6379 is captured',
    upstream_cluster: 'outbound|6379||redis-ext.billing.svc.cluster.local',
    ended: null,
  };
  const text = show({ ...base, incidents: [open] }).replaceAll('\n', ' ');
  t.match(text, 'CRITICAL  Port 6379 is captured');
  t.match(
    text,
    'Since 2024-03-05 09:20:07.350 UTC, connections from web to 10.40.2.8:6379 are captured by ' +
      'outbound|6379||redis-ext.billing.svc.cluster.local, which belongs to namespace billing. They were meant for web.',
  );
  t.match(text, 'after 2024-03-05 09:12:01.120 UTC, at or before 2024-03-05 09:20:07.350 UTC');
});

t.test('an incident goes on with proof, remedies, verification and lines, in this order', async (t) => {
  const text = show(makeLogReport('web'));
  const titles = [
    'Before and after',
    'Proof',
    'Cause',
    'What mends it',
    'How to verify',
    'Lines',
    'WHAT WAS READ',
    'WHAT COULD NOT BE SEEN',
  ];
  const places = titles.map((title) => text.indexOf(`\n${title}\n`));
  t.notOk(places.includes(-1), 'all are there');
  t.strictSame(
    places,
    [...places].sort((a, b) => a - b),
  );
});

t.test('shifts outside incidents are told after them, and none twice', async (t) => {
  const text = show(makeLogReport('web'));
  t.match(text, /OTHER ROUTING CHANGES\n\nTraffic {3}web to 10\.40\.2\.8:6379/);
  t.equal(text.match(/^Traffic/gm)?.length, 2);
});

t.test('says what was read, with what it is a part of', async (t) => {
  const text = show(makeLogReport('web'));
  t.match(text, '9 lines read: 6 accepted, 0 duplicates, 1 skipped (no access log), 2 rejected');
  t.match(text, '3 of 6 (50.0 %) lines that should have a partner');
  t.match(text, '; 2 pairs');
  t.match(text, '2 read, 1 known only as peers');
  t.match(text, /unknown_format +web +2 +web/);
});

t.test('finding nothing is one sentence with what it rests on', async (t) => {
  const base = makeLogReport('web');
  const summary = { ...base.summary, incidents: 0, shifts: 0 };
  const text = show({ ...base, summary, incidents: [], shifts: [] }).replaceAll('\n', ' ');
  t.match(text, /^NO INCIDENT FOUND /);
  t.match(
    text,
    'No known fault in 6 access-log lines (4 outbound) of 2 pods between 2024-03-05 09:10:00.100 UTC and ' +
      '2024-03-05 09:20:09.870 UTC; no routing changed. What other pods did is not in these lines. ' +
      '2 lines could not be read and may tell otherwise. 1 log is not whole. ' +
      'The logs of 2 other pods that they talk to were not read.',
  );
});

t.test('no line, and no line that could be used, are said to be so', async (t) => {
  const base = makeLogReport('web');
  const summary = { ...base.summary, lines: 0, first_seen: null, last_seen: null, rejects: [] };
  const empty = { received: 0, accepted: 0, duplicates: 0, skipped: 0, rejected: 0, rejects: [] };
  const nothing = { ...base, summary, incidents: [], shifts: [], routes: [] };
  t.match(show({ ...nothing, tally: empty }), 'NO LINES\n\nThe input was empty');
  t.match(show({ ...nothing, tally: { ...empty, received: 5, rejected: 5 } }), 'None of the 5 lines read is');
});

t.test('kinds of lines add up to all of them', async (t) => {
  const { summary, ...rest } = makeLogReport('web');
  const counts = { ...summary, lines: 6, inbound: 2, unknown_direction: 0 };
  const linesOf = (outbound: number): string => show({ ...rest, summary: { ...counts, outbound } });
  t.match(linesOf(4), '6 access-log lines: 4 outbound, 2 inbound, 0 of unknown direction; ');
  t.match(
    linesOf(1).replace(/\s+/g, ' '),
    '1 outbound, 2 inbound, 0 of unknown direction, 3 written while their connections were open; ',
  );
});

t.test('ends with what to run next', async (t) => {
  t.match(show(makeLogReport('web'), ['npx meshwake get pairs']), /NEXT\n\n {4}npx meshwake get pairs\n$/);
  t.notMatch(show(makeLogReport('web')), 'NEXT');
});

t.test('prose is broken at the width, names are not', async (t) => {
  const text = renderText(buildReport(makeLogReport('x'.repeat(120)), []), NO_PAINT, 60);
  const long = text.split('\n').filter((line) => line.length > 60);
  t.ok(
    long.every((line) => line.includes('x'.repeat(60)) || /UTC|POD/.test(line)),
    long.join('\n'),
  );
});
