/** What is asked of a server that holds much. */

export interface Question {
  readonly name: string;
  readonly path: string;
  /** What its figures are held against. */
  readonly goal: Goal;
  /** Whether it is asked beside ingest too; a filter costs the same reading with it and without. */
  readonly underIngest: boolean;
}

/** Ms, alone, and at p99 both alone and under ingest; null: only told. */
export interface Goal {
  readonly p50: number | null;
  readonly p99: number | null;
}

/** What the questions are about, taken from what is stored. Times are RFC 3339. */
export interface Subject {
  readonly connection: string;
  readonly pair: string;
  readonly incident: string;
  readonly shift: string | null;
  readonly pod: string;
  readonly workload: string;
  /** `ip:port`, of a client's line and of a server's. */
  readonly source: string;
  readonly serverSource: string;
  readonly destination: string;
  readonly cluster: string;
  readonly port: number;
  readonly first: string;
  readonly last: string;
}

const PAGE: Goal = { p50: 50, p99: 100 };
const AGGREGATE: Goal = { p50: null, p99: 500 };
const TOLD: Goal = { p50: null, p99: null };

type Values = Readonly<Record<string, string | readonly string[]>>;

/** First pages and single items. */
export function pages(subject: Subject): Question[] {
  const { connection, pair, incident, shift, pod, port } = subject;
  const ask = (name: string, path: string, values: Values = {}, goal = PAGE): Question => ({
    name,
    path: withQuery(`/api/v1/${path}`, values),
    goal,
    underIngest: true,
  });
  return [
    ask('connections', 'connections'),
    ask('connections of a pod', 'connections', { pod }),
    ask('A3: newest 50 connections of a pod', 'connections', { pod, limit: '50' }, { p50: 6, p99: 100 }),
    ask('a connection', `connections/${connection}`),
    ask('pairs', 'pairs'),
    ask('pairs of a pod', 'pairs', { pod }),
    ask('a pair', `pairs/${pair}`),
    ask('routes', 'routes'),
    ask('routes of a pod', 'routes', { pod }),
    ask('shifts', 'shifts'),
    ask('shifts to a port', 'shifts', { port: String(port) }),
    ...(shift === null ? [] : [ask('a shift', `shifts/${shift}`)]),
    ask('incidents', 'incidents'),
    ask('an incident', `incidents/${incident}`),
    ask('anomalies', 'anomalies'),
    ask('reports', 'reports'),
    ask('schedules', 'schedules'),
  ];
}

/** What is summed up, and what is put together. */
export function aggregates({ incident, destination, pod, first, last }: Subject): Question[] {
  const ask = (name: string, path: string, values: Values = {}, p50: number | null = null): Question => ({
    name,
    path: withQuery(`/api/v1/${path}`, values),
    goal: { ...AGGREGATE, p50 },
    underIngest: true,
  });
  const hourBefore = new Date(Date.parse(last) - 3_600_000).toISOString();
  const series = (metric: string, step: string, groups: readonly string[], since = first): Values => ({
    metric,
    step,
    since,
    limit: '10000',
    group_by: groups,
  });
  const clusterAndFlag = ['upstream_cluster', 'response_flag'];
  // One step for all, or two.
  const whole = '366d';
  return [
    ask('coverage', 'coverage'),
    ask('coverage of a pod', 'coverage', { pod }),
    ask('A5: topology', 'topology', {}, 420),
    ask('graph/nodes', 'graph/nodes'),
    ask('graph/edges', 'graph/edges'),
    ask('explain', `explain/${destination}`),
    ask('A1: by cluster and flag', 'timeseries', series('connections', whole, clusterAndFlag), 36),
    ask('A2: by minute, cluster and flag', 'timeseries', series('connections', '1m', clusterAndFlag), 116),
    ask('A2, the last hour', 'timeseries', series('connections', '1m', clusterAndFlag, hourBefore)),
    ask('by minute and state', 'timeseries', series('connections', '1m', ['state'])),
    ask('p95 by minute and source', 'timeseries', series('duration_p95', '1m', ['source'])),
    ask('A4: p95 by cluster', 'timeseries', series('duration_p95', whole, ['upstream_cluster']), 40),
    { ...ask('evidence of an incident', `incidents/${incident}/evidence`), goal: TOLD },
  ];
}

/** First pages of connections and pairs by each filter, by several, and by such that match few or none. */
export function filters(subject: Subject): Question[] {
  const { pod, workload, source, serverSource, destination, cluster, port, last } = subject;
  const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':'));
  const [, host = ''] = /\|([^|]*)$/.exec(cluster) ?? [];
  const since = new Date(Date.parse(last) - 7_200_000).toISOString();
  const until = new Date(Date.parse(last) - 3_600_000).toISOString();
  const both: readonly Values[] = [
    { since, until },
    { since: '2099-01-01T00:00:00Z' },
    { pod },
    { pod: '*-0' },
    { pod: 'nobody' },
    { namespace: 'nowhere' },
    { workload },
    { node: 'none' },
    { source: hostOf(source) },
    { source },
    { source: serverSource },
    { source: `${hostOf(source)}:1` },
    { source: '192.0.2.1' },
    { destination: hostOf(destination) },
    { destination },
    { destination: '192.0.2.1:80' },
    { port: String(port) },
    { port: '9' },
    { upstream_cluster: cluster },
    { upstream_cluster: `*${host}` },
    { upstream_cluster: 'none' },
    ...STATES.map((state) => ({ state })),
    ...['UF', 'DC', 'DPE'].map((flag) => ({ response_flag: flag })),
    ...['outbound', 'inbound', 'unknown'].map((direction) => ({ direction })),
    ...['tcp', 'http'].map((kind) => ({ kind })),
    ...VERDICTS.map((verdict) => ({ verdict })),
    { diagnosis: 'no_endpoints' },
    { diagnosis: 'catch_all_capture' },
    ...['info', 'medium', 'high', 'critical'].map((severity) => ({ severity })),
    { pod, destination, response_flag: 'UF' },
    { pod, verdict: 'unexplained' },
    { state: 'service', verdict: 'unexplained' },
    { state: 'service', verdict: 'pending' },
    { direction: 'outbound', verdict: 'unexplained' },
    { state: 'service', severity: 'high' },
    { source, destination },
    { state: 'passthrough', source },
  ];
  const kinds = ['full', 'dnat', 'snat', 'tunnel', 'sni'].map((kind) => ({ kind }));
  const ask = (list: string, values: Values): Question => ({
    name: `${list}: ${[...queryOf(values)].map(([name, value]) => `${name}=${value}`).join('&')}`,
    path: withQuery(`/api/v1/${list}`, values),
    goal: { p50: 50, p99: null },
    underIngest: false,
  });
  return [
    ...both.map((values) => ask('connections', values)),
    ...[...both, ...kinds].map((values) => ask('pairs', values)),
  ];
}

const STATES = [
  'service',
  'direct',
  'passthrough',
  'blackhole',
  'captured',
  'captured_nominal',
  'gateway',
  'no_filter_chain',
  'unknown',
];
const VERDICTS = ['matched', 'expected_unmatched', 'unexplained', 'ambiguous', 'pending'];

function queryOf(values: Values): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of [value].flat()) query.append(name, one);
  }
  return query;
}

/** A filter with several values is asked for several times. */
function withQuery(path: string, values: Values): string {
  const query = queryOf(values);
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
