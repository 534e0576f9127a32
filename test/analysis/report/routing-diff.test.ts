import t from 'tap';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import type { Report } from '../../../src/domain/report.ts';
import { analysisOf, at, cluster, out, owned, PASSTHROUGH, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.1', 'bb2cc', 'shop');
const api = pod('api', '10.1.0.3', 'bb2cc', 'shop');
const db = pod('db', '10.1.0.2', 'dd4bb', 'shop');
const DB = '10.1.0.2:5701';
const HOUR = 60;
const DAY = 24 * HOUR;

async function routing(
  lines: readonly ParsedLine[],
  window: { readonly from: number; readonly to: number; readonly compare?: number },
): Promise<Report['routing']> {
  const { from, to, compare } = window;
  const report = await analysisOf(lines).report({
    since: at(from),
    until: at(to),
    filters: {},
    compareSince: compare === undefined ? null : at(compare),
  });
  return report.routing;
}

const names = (calls: ReadonlyArray<{ target: { destination: string; port: number } }>): string[] =>
  calls.map(({ target }) => `${target.destination}:${target.port}`);

/** Every hour from the first up to the second, in minutes. */
function hourly(from: number, to: number, line: (minute: number) => ParsedLine): ParsedLine[] {
  const lines: ParsedLine[] = [];
  for (let minute = from; minute < to; minute += HOUR) lines.push(line(minute + 1));
  return lines;
}

const known = (minute = 0) => owned(db, 5701, 'db.shop.svc.cluster.local', at(minute));
const passed =
  (from = web) =>
  (minute: number) =>
    out(from, DB, { time: at(minute), cluster: PASSTHROUGH });
const named = (minute: number) =>
  out(web, DB, { time: at(minute), cluster: cluster(5701, 'db.shop.svc.cluster.local') });

t.test('the same call by another way has both ways, and when', async (t) => {
  const { moved, moved_total, added_total, removed_total } = await routing(
    [
      known(),
      ...hourly(0, DAY, passed()),
      ...hourly(DAY, 2 * DAY, named),
      ...hourly(0, 2 * DAY, passed(api)),
    ],
    { from: DAY, to: 2 * DAY },
  );
  t.same([moved_total, added_total, removed_total], [1, 0, 0]);
  t.match(moved[0], {
    target: { destination: 'db', port: 5701 },
    callers_total: 1,
    callers: [{ workload: 'web', namespace: 'shop' }],
    before: [{ state: 'passthrough', connections: 24, last_seen: '2024-05-02T09:01:00.000Z' }],
    after: [{ state: 'direct', connections: 24, first_seen: '2024-05-02T10:01:00.000Z' }],
  });
});

t.test('a connection that was refused before it had a way tells of no other one', async (t) => {
  const refused = out(web, DB, {
    time: at(DAY + 30),
    cluster: null,
    host: null,
    response_flags: ['UO'],
  });
  const lines = [known(), ...hourly(0, 2 * DAY, passed())];
  const window = { from: DAY, to: 2 * DAY };
  t.same((await routing([...lines, refused], window)).moved, []);
  t.equal((await routing([...lines, named(DAY + 30)], window)).moved_total, 1, 'one with a way does');
});

t.test('callers that moved alike are told together', async (t) => {
  const both = (line: (from: typeof web) => (minute: number) => ParsedLine, from: number, to: number) =>
    [web, api].flatMap((one) => hourly(from, to, line(one)));
  const taken = (from: typeof web) => (minute: number) =>
    out(from, DB, {
      time: at(minute),
      cluster: cluster(5701, 'taker.far.svc.cluster.local'),
      host: '10.9.0.9:5701',
    });
  const { moved } = await routing(
    [known(), known(DAY), ...both(passed, 0, DAY), ...both(taken, DAY, 2 * DAY)],
    {
      from: DAY,
      to: 2 * DAY,
    },
  );
  t.equal(moved.length, 1);
  t.match(moved[0], { callers_total: 2, after: [{ state: 'captured', connections: 48 }] });
});

t.test('a call that was never made is new, one that was made long ago is not', async (t) => {
  const cache = (minute: number) => out(web, '10.1.0.9:6379', { time: at(minute), cluster: PASSTHROUGH });
  const lines = [known(), ...hourly(0, 4 * DAY, passed())];
  const window = { from: 3 * DAY, to: 4 * DAY };
  t.same(names((await routing([...lines, cache(3 * DAY + 5)], window)).added), ['10.1.0.9:6379']);
  t.same(names((await routing([...lines, cache(5), cache(3 * DAY + 5)], window)).added), []);
});

t.test(
  'a call is gone when it was made the day before and not since, once, while its caller is heard',
  async (t) => {
    const lines = [
      known(),
      ...hourly(0, 4 * DAY, passed()),
      ...hourly(0, DAY, (minute) => out(web, '10.1.0.9:6379', { time: at(minute), cluster: PASSTHROUGH })),
      ...hourly(0, DAY, passed(api)),
    ];
    t.same(
      names((await routing(lines, { from: DAY, to: 2 * DAY })).removed),
      ['10.1.0.9:6379'],
      'api is silent as a whole',
    );
    t.same(names((await routing(lines, { from: 2 * DAY, to: 3 * DAY })).removed), [], 'told before');
    const hours = [];
    for (let from = DAY - HOUR; from < 3 * DAY; from += HOUR) {
      const { removed } = await routing(lines, { from, to: from + HOUR });
      if (removed.length > 0) hours.push(from / HOUR);
    }
    t.same(hours, [47], 'of hourly reports the one a day later');
  },
);

t.test('a single connection that is not made again is no news', async (t) => {
  const lines = [
    known(),
    ...hourly(0, 2 * DAY, passed()),
    out(web, '10.1.0.9:6379', { time: at(5), cluster: PASSTHROUGH }),
  ];
  t.equal((await routing(lines, { from: DAY, to: 2 * DAY })).removed_total, 0);
});

t.test('many addresses without a name are one target', async (t) => {
  const outside = (minute: number) =>
    out(web, `203.0.113.${minute % 200}:443`, { time: at(minute), cluster: PASSTHROUGH });
  const lines = [
    known(),
    ...hourly(0, 2 * DAY, passed()),
    ...hourly(0, 2 * DAY, (m) => outside(Math.floor(m / HOUR) + m)),
  ];
  t.match(await routing(lines, { from: DAY, to: 2 * DAY }), {
    added_total: 0,
    removed_total: 0,
    moved_total: 0,
  });
});

t.test(
  'what is compared may begin earlier than the window; without anything before it nothing can be',
  async (t) => {
    const lines = [known(), ...hourly(0, DAY, passed()), ...hourly(DAY, 2 * DAY, named)];
    const window = { from: DAY + 12 * HOUR, to: DAY + 13 * HOUR };
    t.equal((await routing(lines, window)).moved_total, 0, 'within the day before it went both ways');
    const { moved_total, since } = await routing(lines, { ...window, compare: DAY });
    t.same([moved_total, since], [1, '2024-05-02T10:00:00.000Z']);
    t.match(await routing(lines, { from: 0, to: DAY }), { compared_with: null, added_total: 0 });
  },
);

t.test('of what was seen for too short a time before, nothing is new', async (t) => {
  const lines = [known(), passed(api)(1), ...hourly(HOUR, 4 * HOUR, passed())];
  t.match(await routing(lines, { from: HOUR, to: 4 * HOUR }), { compared_with: null, added_total: 0 });
  const longer = [known(), ...hourly(0, 2 * HOUR, passed(api)), ...hourly(2 * HOUR, 5 * HOUR, passed())];
  t.match(await routing(longer, { from: 2 * HOUR, to: 5 * HOUR }), { compared_with: String, added_total: 1 });
});
