import t from 'tap';
import { REPORT_FORMATS, type Report } from '../../../src/domain/report.ts';
import { PLAIN_LOOKS, renderReport } from '../../../src/output/report/render-report.ts';
import { title } from '../../../src/output/report/window/build.ts';
import { makeReport } from '../../helpers/window-report.ts';

const text = (report: Report): string => renderReport(report, 'text', PLAIN_LOOKS);
const base = makeReport('web');
const none = { incidents_opened: 0, incidents_ongoing: 0, incidents_closed: 0, incidents_passed: 0 };
const quiet: Report = {
  ...base,
  headline: 'Nothing to tell: all is well.',
  severity: null,
  counts: { ...base.counts, ...none, anomalies: 0, routes_added: 0, routes_removed: 0, routes_moved: 0 },
  incidents: { opened: [], ongoing: [], closed: [] },
  anomalies: { ...base.anomalies, total: 0, items: [] },
  routing: {
    ...base.routing,
    ...{ added_total: 0, added: [], removed_total: 0, removed: [], moved_total: 0, moved: [] },
  },
};

t.test('what happened comes first, then what stands, then what was not seen', async (t) => {
  const sections = [...text(base).matchAll(/^[A-Z]+(?: [A-Z_?]+)*$/gm)].map(([line]) => line);
  t.strictSame(sections, [
    'INCIDENTS',
    'ANOMALIES',
    'ROUTING',
    'COLLISION RADAR',
    'MUTUAL TLS',
    'READY FOR REGISTRY_ONLY?',
    'WHAT COULD NOT BE SEEN',
  ]);
});

t.test('what is new is told whole, what goes on and what ended in a row', async (t) => {
  const page = text(base);
  t.match(page, /^CRITICAL {2}web$/m);
  t.match(page, /^1\. web \(web\)$/m, 'the first thing to do');
  t.match(page, /\nGoing on\nSEVERITY.*\nhigh {7}web +2024-03-04 09:20 UTC/);
  t.match(page, /\nEnded\nSEVERITY.*\nmedium/);
  t.match(page, '30 more, less severe: see meshwake get incidents.', 'what is left out is counted');
});

t.test('a call by another way has both, with what failed before and since', async (t) => {
  t.match(
    text(base),
    /web\/web and 1 more to web:5701 +passthrough +captured by web +2024-03-05 09:20 UTC +0\/4 +2\/4/,
  );
});

t.test('anomalies have how it went, what is usual, and the likeliest cause', async (t) => {
  t.match(
    text(base),
    /web\/web to web:5701 +more failures \(UF\) +█· +40 +0 to 11 +2024-03-05 09:10 UTC +connect_timeout \(incident-1\)/,
  );
  t.match(text(base), '29 more: see meshwake get anomalies.');
});

t.test('shares stand with what they are shares of', async (t) => {
  t.match(text(base), "4 of 10 (40.0 %) lines of 2 servers came with the mesh's mutual TLS");
  t.match(
    text(base),
    'would block 9 of 20 (45.0 %) outbound lines, to 1 destination. 1 line went to BlackHoleCluster',
  );
  t.match(text(base), 'Failed connections  56 (4.5 % of 1,234, 7 pods)');
});

t.test('without anything to tell there is the sentence, and what stands', async (t) => {
  const page = text(quiet);
  t.match(page, /^NOTHING TO TELL\n\nNothing to tell: all is well\.\n/);
  t.notMatch(page, /^INCIDENTS$/m);
  t.match(page, 'No call is new, gone, or takes another way');
  t.match(page, 'no anomalies found in 345 comparisons'.replace('no', 'No'));
});

t.test('of a window without lines there is one sentence', async (t) => {
  const nothing = { ...quiet, headline: 'No access-log line.', counts: { ...quiet.counts, lines: 0 } };
  t.equal(
    text(nothing),
    'NOTHING WAS READ\n\nNo access-log line.\n\nWindow  2024-03-05 09:00 UTC to 2024-03-06 09:00 UTC (1d)\nOnly    namespace web\n',
  );
});

t.test('a few words name it', async (t) => {
  t.equal(title(base), '1 incident opened');
  const counts = { ...base.counts, ...none };
  t.equal(title({ ...base, counts: { ...counts, incidents_ongoing: 2 } }), '2 incidents go on');
  t.equal(title({ ...base, counts: { ...counts, incidents_closed: 1 } }), '1 incident ended');
  t.equal(title({ ...base, counts }), '30 anomalies');
  t.equal(title({ ...base, counts: { ...counts, anomalies: 0 } }), 'Routing has changed');
  t.equal(title(quiet), 'Nothing to tell');
  const { coverage } = quiet;
  const pairing = { ...coverage.pairing, joinable: 10, unexplained: 2 };
  t.equal(title({ ...quiet, coverage: { ...coverage, pairing } }), 'Nothing found, much not seen');
});

t.test('the same report gives the same bytes in every form; JSON is the report', async (t) => {
  for (const format of REPORT_FORMATS) {
    const [a, b] = [makeReport('web'), makeReport('web')].map((one) =>
      renderReport(one, format, PLAIN_LOOKS),
    );
    t.equal(a, b, format);
    t.ok(a?.endsWith('\n'));
  }
  t.strictSame(JSON.parse(renderReport(base, 'json', PLAIN_LOOKS)), base);
});

t.test('a page has plots with words for those who do not see them', async (t) => {
  const page = renderReport(base, 'html', PLAIN_LOOKS);
  t.match(page, /<svg class="spark" role="img" aria-label="web"/);
  t.match(page, /<rect class="odd" x="0" y="3" /, 'the hour that stands out');
  t.match(page, /<svg class="share" role="img" aria-label="2 of 8 \(25\.0 %\)"/);
  t.match(page, /<rect class="critical" x="13\.97" width="986\.03"/, 'an incident in its window');
  t.notMatch(page, /NaN|undefined|Infinity/);
});
