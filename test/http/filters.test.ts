/**
 * Lists in every form, and sums over time, against a reference of the test's own: the simulator's lines as JSON, filtered by
 * a few lines of code that know nothing of ours.
 */
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { simulate } from '../../bench/simulator/simulate.ts';
import { createApp } from '../helpers/app.ts';
import { parseCsv } from '../helpers/csv.ts';

interface Line {
  readonly pod: string;
  readonly namespace: string;
  readonly node: string;
  readonly start_time: string;
  readonly response_flags: string;
  readonly duration: number;
  readonly bytes_received: number;
  readonly bytes_sent: number;
  readonly upstream_cluster: string | null;
  readonly downstream_local_address: string;
  readonly downstream_remote_address: string;
}

const SIMULATED = [
  ...simulate({
    scenario: 'failing_capture',
    seed: 7,
    lines: 1_500,
    linesPerSecond: 1,
    format: 'istio-json',
    envelope: 'stern-json',
    duplicateRate: 0,
    messageRate: 0,
  }).lines,
]
  .map(({ line }) => line)
  // ztunnels write no JSON; and whose side a line without a cluster is of, is not for a test of filters to say.
  .filter((text) => /"upstream_cluster":"(?:inbound|outbound\||Passthrough)/.test(text.replaceAll('\\', '')));

const LINES: readonly Line[] = SIMULATED.map((text) => {
  const { podName: pod, namespace, nodeName: node, message } = JSON.parse(text);
  return { ...JSON.parse(message), pod, namespace, node };
});

type Filter = Readonly<Record<string, readonly string[]>>;

const hostOf = (address: string): string => address.replace(/:\d+$/, '');

/** Whether a value of a filter fits a line; the values of one filter are alternatives. */
const FITS: Readonly<Record<string, (line: Line, value: string) => boolean>> = {
  pod: (line, value) => new RegExp(`^${value.replaceAll('*', '.*')}$`).test(line.pod),
  namespace: (line, value) => line.namespace === value,
  node: (line, value) => line.node === value,
  direction: (line, value) =>
    (line.upstream_cluster?.startsWith('inbound') === true ? 'inbound' : 'outbound') === value,
  upstream_cluster: (line, value) => line.upstream_cluster === value,
  response_flag: (line, value) => String(line.response_flags).split(',').includes(value),
  source: (line, value) =>
    [line.downstream_remote_address, hostOf(line.downstream_remote_address)].includes(value),
  since: (line, value) => line.start_time >= value,
  until: (line, value) => line.start_time < value,
};

function expected(filter: Filter): readonly Line[] {
  return LINES.filter((line) =>
    Object.entries(filter).every(([name, values]) => values.some((value) => FITS[name]?.(line, value))),
  );
}

/** Of the lines that a proxy wrote of one connection while it was open, the last: sums count it once. */
function connectionsOf(lines: readonly Line[]): readonly Line[] {
  const last = new Map<string, Line>();
  for (const line of lines) {
    const key = ['pod', 'start_time', 'downstream_remote_address', 'downstream_local_address']
      .map((name) => line[name as keyof Line])
      .join(' ');
    const known = last.get(key);
    if (known === undefined || line.duration > known.duration) last.set(key, line);
  }
  return [...last.values()];
}

/** What tells lines apart, whatever the form. */
const keyOf = (line: Readonly<Record<string, unknown>>): string =>
  ['pod', 'start_time', 'downstream_remote_address', 'bytes_received', 'bytes_sent']
    .map((name) => line[name])
    .join(' ');
const keysOf = (lines: readonly object[]): string[] => lines.map((line) => keyOf({ ...line })).sort();

function queryOf(filter: Filter): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(filter)) for (const value of values) query.append(name, value);
  return query;
}

/** The list in each of its forms; JSON page by page. */
async function answers(app: FastifyInstance, filter: Filter): Promise<Record<string, readonly object[]>> {
  const query = queryOf(filter);
  const get = (more: string) => app.inject(`/api/v1/connections?${query}&${more}`);
  const json: object[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: object[]; next_cursor: string | null } = (
      await get(`limit=400${cursor === '' ? '' : `&cursor=${cursor}`}`)
    ).json();
    json.push(...page.items);
    cursor = page.next_cursor;
  }
  const ndjson = (await get('format=ndjson')).body.split('\n').filter((line) => line !== '');
  const [header = [], ...rows] = parseCsv((await get('format=csv')).body);
  return {
    json,
    ndjson: ndjson.map((line) => JSON.parse(line)),
    csv: rows.map((row) => Object.fromEntries(row.map((cell, index) => [header[index], cell]))),
    flat: (await get('format=flat&limit=10000')).json(),
  };
}

async function sumOf(app: FastifyInstance, metric: string, filter: Filter): Promise<number> {
  const query = queryOf(filter);
  const { series } = (
    await app.inject(
      `/api/v1/timeseries?${query}&metric=${metric}&step=1h&group_by=upstream_cluster&limit=10000`,
    )
  ).json();
  const points: [string, number][] = series.flatMap(({ points: own }: { points: [string, number][] }) => own);
  return points.reduce((sum, [, value]) => sum + value, 0);
}

const some = <T>(read: (line: Line) => T) => fc.constantFrom(...new Set(LINES.map(read)));
const several = (read: (line: Line) => string) => fc.uniqueArray(some(read), { minLength: 1, maxLength: 3 });
/** Time series count by whole minutes. */
const minute = some((line) => `${line.start_time.slice(0, 16)}:00.000Z`).map((time) => [time]);

const VALUES: Readonly<Record<string, fc.Arbitrary<readonly string[]>>> = {
  pod: fc.oneof(
    several(({ pod }) => pod),
    several(({ pod }) => `${pod.slice(0, 4)}*`),
  ),
  namespace: several(({ namespace }) => namespace),
  node: several(({ node }) => node),
  direction: fc.subarray(['outbound', 'inbound'], { minLength: 1 }),
  upstream_cluster: several(({ upstream_cluster }) => upstream_cluster ?? 'PassthroughCluster'),
  response_flag: fc.constantFrom(['UF'], ['UF', 'DC'], ['NR']),
  source: several(({ downstream_remote_address: address }) => hostOf(address)),
  since: minute,
  until: minute,
};

/** One to three filters: with more, hardly a line is left. */
const filters: fc.Arbitrary<Filter> = fc
  .subarray(Object.keys(VALUES), { minLength: 1, maxLength: 3 })
  .chain((names) =>
    fc.record(Object.fromEntries(names.map((name) => [name, VALUES[name] ?? fc.constant([])]))),
  )
  .filter(({ since, until }) => since === undefined || until === undefined || `${since}` < `${until}`);

t.test('lists in every form, and sums, are those of the lines that fit', async (t) => {
  const { app } = await createApp(t, { lines: SIMULATED.map((line) => `${line}\n`).join('') });
  t.ok(LINES.length > 1_000 && LINES.some(({ response_flags: flags }) => String(flags).includes('UF')));
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(filters, async (filter) => {
      const lines = expected(filter);
      const connections = connectionsOf(lines);
      answered += Math.sign(lines.length);
      const told = JSON.stringify(filter);
      for (const [form, items] of Object.entries(await answers(app, filter)))
        t.strictSame(keysOf(items), keysOf(lines), `${form} ${told}`);
      t.equal(await sumOf(app, 'connections', filter), connections.length, `connections ${told}`);
      for (const metric of ['bytes_received', 'bytes_sent'] as const)
        t.equal(
          await sumOf(app, metric, filter),
          connections.reduce((sum, line) => sum + line[metric], 0),
          `${metric} ${told}`,
        );
    }),
    { numRuns: 60, seed: 11, endOnFailure: true },
  );
  t.ok(answered > 20, `${answered} of the questions have lines`);
});
