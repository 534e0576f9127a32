import t from 'tap';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import type { Report } from '../../../src/domain/report.ts';
import { isQuiet } from '../../../src/domain/report.ts';
import { parseReportRequest } from '../../../src/domain/report-request.ts';
import { analysisOf, at, cluster, into, out, owned, PASSTHROUGH, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.1', 'bb2cc', 'shop');
const db = pod('db', '10.1.0.2', 'dd4bb', 'shop');
const DB = '10.1.0.2:5701';
const TAKER = 'taker.billing.svc.cluster.local';

/** By the hour: web calls db past the mesh, and from the hour of `taken` on it is taken by another cluster. */
function scene(hours: number, taken: { readonly from: number; readonly to: number } | null): ParsedLine[] {
  const lines = [owned(db, 5701, 'db.shop.svc.cluster.local', at(0))];
  for (let minute = 1; minute < 60 * hours; minute += 10) {
    const isTaken = taken !== null && minute >= 60 * taken.from && minute < 60 * taken.to;
    lines.push(
      isTaken
        ? out(web, DB, {
            time: at(minute),
            cluster: cluster(5701, TAKER),
            host: '10.9.0.9:5701',
            response_flags: ['UF', 'URX'],
          })
        : out(web, DB, { time: at(minute), cluster: PASSTHROUGH }),
    );
  }
  return lines;
}

function report(lines: readonly ParsedLine[], from: number, to: number): Promise<Report> {
  return analysisOf(lines).report({
    since: at(60 * from),
    until: at(60 * to),
    filters: {},
    compareSince: null,
  });
}

t.test(
  'an incident is opened in the window it begins in, goes on in the next ones, and is closed in that of its end',
  async (t) => {
    const lines = scene(9, { from: 3, to: 6 });
    const counts = async (from: number, to: number) => {
      const { incidents_opened, incidents_ongoing, incidents_closed } = (await report(lines, from, to))
        .counts;
      return [incidents_opened, incidents_ongoing, incidents_closed];
    };
    t.same(await counts(0, 3), [0, 0, 0], 'before');
    t.same(await counts(3, 4), [1, 0, 0], 'begins');
    t.same(await counts(4, 5), [0, 1, 0], 'goes on');
    t.same(await counts(5, 7), [0, 0, 1], 'ends');
    t.same(await counts(2, 8), [1, 0, 1], 'begins and ends');
    t.match((await report(lines, 2, 8)).headline, /\. 1 incident opened and ended/);
    t.same(await counts(7, 9), [0, 0, 0], 'after');
  },
);

t.test('what begins is in the headline, with the worst severity', async (t) => {
  const { headline, severity, incidents } = await report(scene(9, { from: 3, to: 9 }), 3, 9);
  t.match(
    headline,
    /^Port 5701: traffic from web to db is captured by taker in namespace billing\. 1 incident opened/,
  );
  t.equal(severity, incidents.opened[0]?.severity);
});

t.test('the same lines in another order give the same bytes', async (t) => {
  const lines = scene(9, { from: 3, to: 6 });
  const [a, b] = [await report(lines, 2, 8), await report([...lines].reverse(), 2, 8)];
  t.equal(JSON.stringify(b), JSON.stringify(a));
});

t.test('nothing to tell is one sentence with its denominators', async (t) => {
  const quiet = await report(scene(9, null), 6, 9);
  t.ok(isQuiet(quiet));
  t.equal(
    quiet.headline,
    'Nothing to tell: no incident, rates could not be compared for want of history, no call by another way than before, ' +
      'in 18 connections (0 failed) of 1 pod from 2024-05-01 16:00 UTC to 2024-05-01 19:00 UTC.',
  );
  t.equal(quiet.severity, null);
});

t.test('nothing found in lines that lack their other end is no good news', async (t) => {
  const server = pod('db', '10.1.0.9', 'bb2cc', 'shop');
  const lines = Array.from({ length: 9 }, (_, i) => [
    out(web, '10.1.0.9:5701', { time: at(i), cluster: PASSTHROUGH }),
    into(server, 5701, `10.1.0.8:${41_000 + i}`, { time: at(i) }),
  ]).flat();
  const { headline } = await report(lines, 0, 1);
  t.match(headline, /^Nothing found: .*; \d+ of \d+ lines lack their other end for no known reason\.$/);
});

t.test('a window without lines says so, and where lines are', async (t) => {
  const { headline } = await report(scene(9, null), 12, 13);
  t.equal(
    headline,
    'No access-log line from 2024-05-01 22:00 UTC to 2024-05-01 23:00 UTC, so nothing can be said of that time; the newest ' +
      'line that is stored is of 2024-05-01 18:51 UTC.',
  );
  const nothing = await report([], 0, 1);
  t.match(nothing.headline, /nothing is stored at all\.$/);
});

t.test('a filter narrows every part', async (t) => {
  const other = pod('api', '10.1.0.7', 'ff6gh', 'other');
  const lines = [
    ...scene(9, { from: 3, to: 9 }),
    out(other, '10.1.0.9:80', { time: at(400), cluster: PASSTHROUGH }),
    into(other, 80, '10.1.0.1:4000', { time: at(401) }),
  ];
  const request = { ...parseReportRequest({ namespace: 'other' }, at(540)), since: at(180), until: at(540) };
  const { counts, collision_radar, mtls, registry_only, coverage, filters } =
    await analysisOf(lines).report(request);
  t.same(filters, { namespace: ['other'] });
  t.match(counts, { connections: 1, lines: 2, pods: 1, incidents_opened: 0 });
  t.same(
    collision_radar.ports.map(({ port }) => port),
    [80],
  );
  t.equal(mtls.lines, 1);
  t.equal(registry_only.lines, 1);
  t.equal(coverage.lines.total, 2);
});
