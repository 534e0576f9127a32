/** A report on a window with one of everything; `text` stands in every place that holds text from a log. */
import type { Report } from '../../src/domain/report.ts';
import { makeCoverage, makeResources } from './report.ts';

export function makeReport(text: string): Report {
  const { incidents: incident, anomalies: anomaly } = makeResources(text);
  const source = { workload: text, namespace: text };
  const target = { destination: text, port: 5701 };
  const route = {
    state: 'captured' as const,
    upstream_cluster: text,
    connections: 4,
    failures: 2,
    first_seen: '2024-03-05T09:20:07.350Z',
    last_seen: '2024-03-05T09:25:07.350Z',
  };
  const calls = { target, callers_total: 2, callers: [source] };
  return {
    window: {
      since: '2024-03-05T09:00:00.000Z',
      until: '2024-03-06T09:00:00.000Z',
      counted_since: '2024-03-05T09:00:00.000Z',
      counted_until: '2024-03-06T09:00:00.000Z',
      oldest_line: '2024-03-01T09:00:00.000Z',
      newest_line: '2024-03-06T08:59:00.000Z',
    },
    filters: { namespace: [text] },
    headline: text,
    severity: 'critical',
    counts: {
      connections: 1_234,
      failures: 56,
      pods: 7,
      lines: 2_000,
      incidents_opened: 1,
      incidents_ongoing: 1,
      incidents_closed: 31,
      incidents_passed: 0,
      anomalies: 30,
      routes_added: 1,
      routes_removed: 1,
      routes_moved: 1,
    },
    incidents: {
      opened: [{ ...incident, ended: null }],
      ongoing: [
        {
          ...incident,
          severity: 'high',
          ended: null,
          onset: { after: null, before: '2024-03-04T09:20:07.350Z' },
        },
      ],
      closed: [
        { ...incident, severity: 'medium', onset: { after: null, before: '2024-03-04T09:20:07.350Z' } },
      ],
    },
    anomalies: {
      judged: {
        since: '2024-03-05T09:00:00.000Z',
        until: '2024-03-06T09:00:00.000Z',
        basis: 'hour_of_week',
        days: 20,
        series: 12,
        trials: 345,
        holes: 1,
      },
      total: 30,
      items: [anomaly],
    },
    routing: {
      since: '2024-03-05T09:00:00.000Z',
      compared_with: '2024-03-04T09:00:00.000Z',
      added_total: 1,
      added: [{ ...calls, routes: [route] }],
      removed_total: 1,
      removed: [{ ...calls, routes: [route] }],
      moved_total: 1,
      moved: [
        {
          ...calls,
          before: [{ ...route, state: 'passthrough', upstream_cluster: 'PassthroughCluster', failures: 0 }],
          after: [route],
        },
      ],
    },
    collision_radar: {
      connections: 9,
      ports_total: 1,
      ports: [
        {
          port: 5701,
          connections: 9,
          failures: 1,
          bytes: 100,
          destinations_total: 2,
          destinations: [{ destination: text, in_mesh: false, connections: 9 }],
          callers_total: 2,
          callers: [{ ...source, connections: 9 }],
          services: [text],
          captured_by: [text],
        },
      ],
    },
    mtls: {
      lines: 10,
      with_mtls: 4,
      rate: 0.4,
      servers_total: 2,
      uncovered_total: 1,
      uncovered: [
        {
          workload: text,
          namespace: text,
          port: 5701,
          lines: 8,
          with_mtls: 2,
          clients_total: 2,
          clients: [{ client: text, in_mesh: false, lines: 6 }],
        },
      ],
    },
    registry_only: {
      lines: 20,
      blocked_lines: 9,
      blackholed_lines: 1,
      destinations_total: 1,
      destinations: [
        {
          ...target,
          kind: 'outside',
          server_name: text,
          addresses_total: 1,
          addresses: [text],
          lines: 9,
          callers_total: 1,
          callers: [source],
          remedy: text,
          yaml: `kind: ${text}`,
        },
      ],
    },
    coverage: makeCoverage(text),
  };
}
