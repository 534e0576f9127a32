/** What is asked of a server that holds much. */

export interface Question {
  readonly name: string;
  readonly path: string;
  /** Ms, alone; twice that under ingest. Null: only told. */
  readonly aim: number | null;
}

/** What the questions are about, taken from what is stored. Times are RFC 3339. */
export interface Subject {
  readonly pod: string;
  /** `ip:port`. */
  readonly source: string;
  readonly destination: string;
  readonly cluster: string;
  readonly port: number;
  readonly first: string;
  readonly last: string;
}

/** A filtered first page. */
const PAGE_MS = 50;

export function questions({ pod, source, destination, cluster, port, first, last }: Subject): Question[] {
  const page = (name: string, path: string, filters: Readonly<Record<string, string>>): Question => ({
    name,
    path: withQuery(path, filters),
    aim: PAGE_MS,
  });
  const hourBefore = new Date(Date.parse(last) - 3_600_000).toISOString();
  const series = (metric: string, step: string, groups: readonly string[], since = first): string =>
    withQuery('/api/v1/timeseries', { metric, step, since, limit: '10000' }, groups);
  // One step for all, or two.
  const whole = '366d';
  return [
    page('connections, no filter', '/api/v1/connections', {}),
    page('connections of a pod', '/api/v1/connections', { pod }),
    page('connections to an address', '/api/v1/connections', { destination }),
    page('connections through a cluster', '/api/v1/connections', { upstream_cluster: cluster }),
    page('connections that failed to connect', '/api/v1/connections', { response_flag: 'UF' }),
    page('connections of an hour to a port', '/api/v1/connections', {
      since: hourBefore,
      until: last,
      port: String(port),
    }),
    page('pairs of a pod', '/api/v1/pairs', { pod }),
    page('pairs to a port', '/api/v1/pairs', { port: String(port) }),
    page('routes of a pod', '/api/v1/routes', { pod }),
    page('shifts to a port', '/api/v1/shifts', { port: String(port) }),
    page('incidents', '/api/v1/incidents', {}),
    { name: 'coverage', path: '/api/v1/coverage', aim: null },
    {
      name: 'A1: by cluster and flag, all time',
      path: series('connections', whole, ['upstream_cluster', 'response_flag']),
      aim: 36,
    },
    {
      name: 'A2: by minute, cluster and flag',
      path: series('connections', '1m', ['upstream_cluster', 'response_flag']),
      aim: 116,
    },
    {
      name: 'A2, the last hour',
      path: series('connections', '1m', ['upstream_cluster', 'response_flag'], hourBefore),
      aim: null,
    },
    { name: 'by minute and state', path: series('connections', '1m', ['state']), aim: null },
    {
      name: 'by minute, p95 of duration by source',
      path: series('duration_p95', '1m', ['source']),
      aim: null,
    },
    {
      name: 'A3: newest 50 connections of a pod',
      path: withQuery('/api/v1/connections', { pod, limit: '50' }),
      aim: 6,
    },
    {
      name: 'A4: p95 of duration by cluster',
      path: series('duration_p95', whole, ['upstream_cluster']),
      aim: 40,
    },
    { name: 'A5: workload to workload', path: withQuery('/api/v1/topology', {}), aim: 420 },
    {
      name: 'A6: all connections from an address and port',
      path: withQuery('/api/v1/connections', { source }),
      aim: PAGE_MS,
    },
  ];
}

/** A filter that is given twice is asked for twice. */
function withQuery(
  path: string,
  filters: Readonly<Record<string, string>>,
  groups: readonly string[] = [],
): string {
  const query = new URLSearchParams(filters);
  for (const group of groups) query.append('group_by', group);
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
