import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Asked, quantile } from '../../../bench/load/ask.ts';
import { startCannon } from '../../../bench/load/cannon.ts';
import { endpointsReport } from '../../../bench/load/endpoints-report.ts';
import { withEarlier } from '../../../bench/load/exports.ts';
import { aggregates, filters, pages, type Question } from '../../../bench/load/questions.ts';
import { FILTER_NAMES } from '../../../src/domain/filter.ts';

const SUBJECT = {
  connection: 'c1',
  pair: 'p1',
  incident: 'i1',
  shift: null,
  pod: 'mill-0',
  workload: 'mill',
  source: '10.40.1.2:40000',
  serverSource: '10.40.1.2:50000',
  destination: '10.112.0.4:5432',
  cluster: 'outbound|5432||mill.works.svc.cluster.local',
  port: 5_432,
  first: '2026-03-02T06:00:00.000Z',
  last: '2026-03-02T09:00:00.500Z',
};

const queryOf = ({ path }: Question): URLSearchParams => new URL(path, 'http://x').searchParams;

t.test('questions name what is stored', async (t) => {
  const list = [...pages(SUBJECT), ...aggregates(SUBJECT)];
  const of = (name: string): URLSearchParams => {
    const found = list.find((one) => one.name.startsWith(name));
    if (found === undefined) throw new Error(`there is no question ${name}`);
    return queryOf(found);
  };
  t.equal(of('A1').get('step'), '366d', 'one step holds all');
  t.strictSame(of('A1').getAll('group_by'), ['upstream_cluster', 'response_flag']);
  t.equal(of('A2, the last hour').get('since'), '2026-03-02T08:00:00.500Z');
  for (const letter of ['A1', 'A2', 'A3', 'A4', 'A5']) t.ok(list.some(({ name }) => name.startsWith(letter)));
  t.equal(new Set(list.map(({ name }) => name)).size, list.length, 'each by a name of its own');
  t.notOk(
    list.some(({ name }) => name === 'a shift'),
    'of a shift only where there is one',
  );
});

t.test('every filter is asked for, of connections and of pairs', async (t) => {
  const list = filters(SUBJECT);
  for (const resource of ['connections', 'pairs']) {
    const asked = list.filter(({ path }) => path.startsWith(`/api/v1/${resource}?`)).map(queryOf);
    for (const name of FILTER_NAMES)
      t.ok(
        asked.some((query) => query.has(name)),
        `${resource} by ${name}`,
      );
  }
  t.equal(queryOf(list[0] as Question).get('until'), '2026-03-02T08:00:00.500Z');
});

const NOWHERE = { machine: 'here' };
const asked = (times: Partial<Asked>): Asked => ({
  question: { name: 'pairs', path: '/api/v1/pairs', goal: { p50: 50, p99: 100 }, underIngest: true },
  first: 1,
  p50: 50,
  p99: 100,
  times: 3,
  cpu: 7,
  behind: null,
  failure: null,
  ...times,
});
const report = (alone: Partial<Asked>, loaded: Partial<Asked>): string =>
  endpointsReport(
    {
      alone: { ...NOWHERE, begin: 20_000, answers: [asked(alone)], rate: 1_234, connections: 10 },
      loaded: { ...NOWHERE, answers: [asked(loaded)], rate: 1_000, reached: 800, share: 0.8 },
    },
    { lines: 5_000_000, command: 'x' },
  );

t.test('the page is to be there in time alone, and nearly always under ingest', async (t) => {
  const goal = 'p50 ≤ 50, p99 ≤ 100';
  t.match(
    report({}, { p50: 99 }),
    `| pairs | 1.0 | 50.0 | 100.0 | 3 | 7.0 | 99.0 | 100.0 | 3 | - | ${goal} | yes |`,
  );
  t.match(report({ p50: 50.1 }, {}), `| ${goal} | no |`);
  t.match(report({ p99: 100.1 }, {}), `| ${goal} | no |`);
  t.match(report({}, { p99: 100.1 }), `| ${goal} | no |`);
  t.match(report({}, { failure: 'no answer in 5 s' }), `| no answer in 5 s | - | - | - | ${goal} | no |`);
  t.match(report({}, {}), '**1,234** lists of incidents a second');
  t.match(report({}, {}), '80 % of the rate');
  t.match(report({}, { behind: { lines: 51_234, seconds: 2.44 } }), `| 2.4 | ${goal} | yes |`);
  t.match(report({}, { behind: { lines: 51_234, seconds: 2.44 } }), 'at most 51,234 lines were missing');
});

t.test('parts that were not measured are left out, those that were say where', async (t) => {
  const exported = { what: '`x`', lines: 100, size: 2, wall: 4, before: 50, peak: 60.4 };
  const text = endpointsReport({ exports: { ...NOWHERE, exports: [exported] } }, { lines: 5, command: 'x' });
  t.match(text, '- exports: here');
  t.match(text, '| `x` | 100 | 2 | 4.0 | 25 | 50 | 60 |');
  t.notMatch(text, 'Every endpoint');
  const answers = [asked({ p50: 50 }), asked({ p50: 51 }), asked({ failure: 'status 503' })];
  t.match(
    endpointsReport({ filters: { ...NOWHERE, answers } }, { lines: 5, command: 'x' }),
    '1 of 3 meet their goal',
  );
});

t.test('a quantile is one of the values', async (t) => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  t.equal(quantile(values, 0.5), 100);
  t.equal(quantile(values, 0.99), 198);
  t.equal(quantile([7], 0.99), 7);
  t.ok(Number.isNaN(quantile([], 0.5)));
});

/** As much of autocannon as is used: answers every 5 ms, but for `/silent`. */
const AUTOCANNON = `
const { EventEmitter } = require('node:events');
module.exports = ({ url, duration }) => {
  if (url.endsWith('/broken')) throw new Error('no such host');
  const shots = new EventEmitter();
  const beat = setInterval(() => {
    if (!url.endsWith('/silent')) shots.emit('response', null, 200, 1, 5);
  }, 5);
  shots.then = (done) => { shots.done = done; };
  shots.stop = () => { clearInterval(beat); clearTimeout(end); shots.done(); };
  const end = setTimeout(shots.stop, duration * 1000);
  return shots;
};`;

t.test('a cannon asks for as long as it is told, and waits for a first answer no longer', async (t) => {
  const folder = t.testdir();
  const place = join(folder, 'node_modules', 'autocannon');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ version: '9.0.0', main: 'index.js' }));
  writeFileSync(join(place, 'index.js'), AUTOCANNON);
  const cannon = startCannon(folder, () => {});
  t.teardown(() => cannon.stop());
  const job = { connections: 1, seconds: 0.1, patience: 0.4 };
  const answered = await cannon.fire({ ...job, url: 'http://x/' });
  t.ok(answered.seconds >= 0.09, `${answered.seconds} s`);
  t.ok(answered.times.length > 0 && answered.statuses[200] === answered.times.length);
  const silent = await cannon.fire({ ...job, url: 'http://x/silent' });
  t.strictSame([silent.times, silent.statuses], [[], { 0: 1 }]);
  t.ok(silent.seconds >= 0.39, `${silent.seconds} s`);
  await t.rejects(cannon.fire({ ...job, url: 'http://x/broken' }), /no such host/);
});

t.test('an export that is made again takes the place of the earlier one', async (t) => {
  const one = { what: 'b', lines: 1, size: 2, wall: 4, before: 50, peak: 60 };
  const [other, again] = [
    { ...one, what: 'a' },
    { ...one, wall: 5 },
  ];
  t.same(withEarlier([one, other], [again]), [other, again]);
  t.same(withEarlier([], [one]), [one]);
});
