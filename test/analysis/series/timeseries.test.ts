/** Time series against sums over the lines themselves, which are read without the product's own parser. */
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { lineName, type ReadLine, readBack } from '../../../bench/simulator/read-back.ts';
import { simulate } from '../../../bench/simulator/simulate.ts';
import type { Connection } from '../../../src/domain/resources.ts';
import { workloadOf } from '../../../src/domain/workload.ts';
import { createApp } from '../../helpers/app.ts';

const HOUR = 3_600_000;
const SHARES: Readonly<Record<string, number>> = {
  duration_p50: 0.5,
  duration_p95: 0.95,
  duration_p99: 0.99,
};

/** A line, and what the product alone can say of it. */
interface Known extends ReadLine {
  readonly state: string | null;
  readonly direction: string;
}

interface Answer {
  readonly since: string;
  readonly until: string;
  readonly relative_error: number;
  readonly series_total: number;
  readonly series: ReadonlyArray<{
    readonly labels: Record<string, string | null>;
    readonly points: ReadonlyArray<[string, number]>;
  }>;
}

const some = (text: string): string | null => (text === '-' ? null : text);
const LABELS: Readonly<Record<string, (line: Known) => Record<string, string | null>>> = {
  state: ({ state }) => ({ state }),
  upstream_cluster: ({ cluster }) => ({ upstream_cluster: some(cluster) }),
  response_flag: ({ flags }) => ({ response_flag: some(flags) }),
  destination: ({ downstreamLocal }) => ({ destination: some(downstreamLocal) }),
  port: ({ downstreamLocal }) => ({ port: some(downstreamLocal.split(':').at(-1) ?? '-') }),
};

async function world(t: Test): Promise<{ app: FastifyInstance; lines: readonly Known[] }> {
  const text = [
    ...simulate({ seed: 5, scenario: 'all_in_turn', lines: 6_000, linesPerSecond: 0.6 }).lines,
  ].map(({ line }) => line);
  const { app } = await createApp(t, { lines: `${text.join('\n')}\n` });
  const listed = await app.inject({
    url: '/api/v1/connections',
    headers: { accept: 'application/x-ndjson' },
  });
  const byName = new Map<string, Connection>();
  for (const row of listed.body.trimEnd().split('\n')) {
    const line = JSON.parse(row) as Connection;
    const address = (value: string | null) => value ?? '-';
    byName.set(
      lineName({
        pod: line.pod ?? '',
        start: Date.parse(line.start_time),
        downstreamRemote: address(line.downstream_remote_address),
        downstreamLocal: address(line.downstream_local_address),
        requestId: address(line.request_id),
      }),
      line,
    );
  }
  const read = new Map<string, Known>();
  for (const line of text) {
    const own = readBack(line);
    if (own === null) continue;
    const { state = null, direction = 'unknown' } = byName.get(lineName(own)) ?? {};
    // Of several reports about one connection the last one counts.
    if ((read.get(lineName(own))?.duration ?? -1) <= own.duration)
      read.set(lineName(own), { ...own, state, direction });
  }
  t.equal(read.size, byName.size, 'each line once');
  return { app, lines: [...read.values()] };
}

/** Values by labels and time, as plain sums. */
function expect(
  lines: readonly Known[],
  metric: string,
  step: number,
  groups: readonly string[],
): Map<string, Map<string, number>> {
  const cells = new Map<string, Map<string, Known[]>>();
  for (const line of lines) {
    if (metric === 'failures' && !/\b(UF|UH|NR|UO|UT|URX|LR|UR|UC|DT)\b/.test(line.flags)) continue;
    const labels = JSON.stringify(Object.assign({}, ...groups.map((group) => LABELS[group]?.(line))));
    const series = cells.get(labels) ?? new Map<string, Known[]>();
    cells.set(labels, series);
    const time = new Date(Math.floor(line.start / step) * step).toISOString();
    series.set(time, [...(series.get(time) ?? []), line]);
  }
  const sum = (of: readonly Known[]): number => {
    const share = SHARES[metric];
    if (share !== undefined) {
      const durations = of.map(({ duration }) => duration).sort((a, b) => a - b);
      return durations[Math.ceil(share * durations.length) - 1] ?? Number.NaN;
    }
    if (metric === 'bytes_received') return of.reduce((sum, { received }) => sum + received, 0);
    if (metric === 'bytes_sent') return of.reduce((sum, { sent }) => sum + sent, 0);
    return of.length;
  };
  return new Map(
    [...cells].map(([labels, series]) => [
      labels,
      new Map([...series].map(([time, of]) => [time, sum(of)] as const)),
    ]),
  );
}

async function ask(app: FastifyInstance, query: string): Promise<Answer> {
  const response = await app.inject(`/api/v1/timeseries?limit=10000&${query}`);
  if (response.statusCode !== 200) throw new Error(response.body);
  return response.json() as Answer;
}

/** Holds an answer against the lines that it should be made of. */
function compare(
  t: Test,
  answer: Answer,
  expected: Map<string, Map<string, number>>,
  { step, metric }: { readonly step: number; readonly metric: string },
): void {
  const isExact = SHARES[metric] === undefined;
  const found = new Map(answer.series.map(({ labels, points }) => [JSON.stringify(labels), points]));
  t.same([...found.keys()].sort(), [...expected.keys()].sort());
  t.equal(answer.series_total, expected.size);
  const steps = (Date.parse(answer.until) - Date.parse(answer.since)) / step;
  for (const [labels, points] of found) {
    const values = expected.get(labels) ?? new Map<string, number>();
    if (isExact) {
      t.equal(points.length, steps, 'a step without lines is 0');
      t.strictSame(
        points.filter(([, value]) => value !== 0),
        [...values].filter(([, value]) => value !== 0).sort(([a], [b]) => (a < b ? -1 : 1)),
        labels,
      );
      continue;
    }
    t.same(
      points.map(([time]) => time),
      [...values.keys()].sort(),
      'no quantile of nothing',
    );
    const isNear = ([time, value]: readonly [string, number]): boolean => {
      const exact = values.get(time) ?? Number.NaN;
      return Math.abs(value - exact) <= answer.relative_error * exact;
    };
    t.same(
      points.filter((point) => !isNear(point)),
      [],
      labels,
    );
  }
}

const QUESTIONS: ReadonlyArray<
  readonly [metric: string, step: string, ms: number, groups: readonly string[]]
> = [
  ['connections', '1m', 60_000, []],
  ['connections', '5m', 300_000, ['state']],
  ['connections', '1h', HOUR, ['state', 'port']],
  ['connections', '7m', 420_000, ['upstream_cluster', 'response_flag']],
  ['connections', '1d', 24 * HOUR, ['destination']],
  ['failures', '30m', 1_800_000, ['response_flag', 'upstream_cluster']],
  ['failures', '1h', HOUR, ['port']],
  ['bytes_received', '1h', HOUR, ['port']],
  ['bytes_received', '10m', 600_000, ['state']],
  ['bytes_sent', '90m', 5_400_000, []],
  ['duration_p50', '1h', HOUR, ['state']],
  ['duration_p95', '15m', 900_000, ['port', 'upstream_cluster']],
  ['duration_p99', '1d', 24 * HOUR, ['response_flag']],
];

t.test('series are sums over the lines, whatever is asked', async (t) => {
  const { app, lines } = await world(t);
  t.ok(new Set(lines.map(({ state }) => state)).size > 4, 'many states');
  const starts = lines.map(({ start }) => start);
  const [first, last] = [Math.min(...starts), Math.max(...starts)];
  t.ok(last - first > 2 * HOUR, 'several hours');
  const middle = Math.floor((first + last) / 2 / 60_000) * 60_000;
  const windows = [
    { query: '', has: () => true },
    {
      query: `since=${new Date(middle - 70 * 60_000).toISOString()}&until=${new Date(middle + 1).toISOString()}`,
      has: ({ start }: Known) => start >= middle - 70 * 60_000 && start < middle + 60_000,
    },
  ];
  for (const [metric, step, ms, groups] of QUESTIONS) {
    for (const { query, has } of windows) {
      await t.test(`${metric} ${step} by ${groups.join()} ${query === '' ? 'all' : 'some'}`, async (t) => {
        const asked = `metric=${metric}&step=${step}&${query}${groups.map((group) => `&group_by=${group}`).join('')}`;
        const answer = await ask(app, asked);
        compare(t, answer, expect(lines.filter(has), metric, ms, groups), { step: ms, metric });
      });
    }
  }
});

t.test('series are narrowed by every filter that lines have', async (t) => {
  const { app, lines } = await world(t);
  const [one] = lines.filter(({ state, flags }) => state === 'captured' && flags !== '-');
  const { pod = '', cluster = '', downstreamLocal = '', downstreamRemote = '' } = one ?? {};
  const remoteIp = downstreamRemote.split(':')[0] ?? '';
  const port = downstreamLocal.split(':')[1] ?? '';
  const filters: ReadonlyArray<readonly [string, (line: Known) => boolean]> = [
    [`pod=${pod}`, (line) => line.pod === pod],
    [`pod=${pod.slice(0, 3)}*`, (line) => line.pod.startsWith(pod.slice(0, 3))],
    [`workload=${workloadOf(pod)}`, (line) => workloadOf(line.pod) === workloadOf(pod)],
    [`upstream_cluster=${encodeURIComponent(cluster)}`, (line) => line.cluster === cluster],
    [`destination=${downstreamLocal}`, (line) => line.downstreamLocal === downstreamLocal],
    [`source=${remoteIp}`, (line) => line.downstreamRemote.split(':')[0] === remoteIp],
    [`port=${port}&port=1`, (line) => line.downstreamLocal.endsWith(`:${port}`)],
    ['response_flag=UF', (line) => line.flags.split(',').includes('UF')],
    ['state=captured&state=direct', (line) => ['captured', 'direct'].includes(line.state ?? '')],
    ['direction=outbound', (line) => line.direction === 'outbound'],
    ['kind=http', (line) => line.http],
    ['pod=nobody', () => false],
  ];
  for (const [query, has] of filters) {
    await t.test(query, async (t) => {
      const own = lines.filter(has);
      t.equal(own.length > 0, query !== 'pod=nobody');
      for (const metric of ['connections', 'bytes_sent', 'duration_p50']) {
        const answer = await ask(app, `step=3m&metric=${metric}&group_by=port&${query}`);
        compare(t, answer, expect(own, metric, 180_000, ['port']), { step: 180_000, metric });
      }
    });
  }
});

t.test('the source is the workload that opened the connection, of both lines of it', async (t) => {
  const { app, lines } = await world(t);
  const answer = await ask(app, 'step=1d&group_by=source&direction=inbound');
  const byPod = new Map<string, number>();
  const ipOf = (address: string) => address.slice(0, address.lastIndexOf(':'));
  // An address is the pod's whose own outbound lines come from it, as long as no other pod's do.
  const owners = new Map<string, Set<string>>();
  for (const line of lines) {
    if (line.direction !== 'outbound' || line.http) continue;
    const ip = ipOf(line.downstreamRemote);
    owners.set(ip, (owners.get(ip) ?? new Set()).add(workloadOf(line.pod)));
  }
  for (const line of lines) {
    if (line.direction !== 'inbound') continue;
    const [owner, ...others] = owners.get(ipOf(line.downstreamRemote)) ?? [];
    if (owner === undefined || others.length > 0) continue;
    byPod.set(owner, (byPod.get(owner) ?? 0) + 1);
  }
  const told = new Map<string | null, number>();
  for (const { labels, points } of answer.series) {
    const sum = points.reduce((all, [, value]) => all + value, 0);
    told.set(labels.source ?? null, (told.get(labels.source ?? null) ?? 0) + sum);
  }
  t.ok(byPod.size > 5);
  for (const [workload, count] of byPod) t.ok((told.get(workload) ?? 0) >= count, workload);
  const outbound = await ask(app, 'step=1d&group_by=source&direction=outbound');
  const own = new Map<string, number>();
  for (const { pod, direction } of lines) {
    if (direction === 'outbound') own.set(workloadOf(pod), (own.get(workloadOf(pod)) ?? 0) + 1);
  }
  t.same(
    new Map(
      outbound.series.map(({ labels, points }) => [
        labels.source,
        points.reduce((all, [, value]) => all + value, 0),
      ]),
    ),
    own,
  );
});
