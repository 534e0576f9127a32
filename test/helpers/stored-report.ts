/** Reports for tests of what keeps and delivers them; what they say is the least that a report says. */
import type { Report } from '../../src/domain/report.ts';
import type { StoredReport } from '../../src/domain/report-store.ts';
import { formatTime } from '../../src/domain/time.ts';

const UNTIL = Date.UTC(2024, 2, 5, 9);
const DAY_MS = 86_400_000;

/** A stored report of a day; `more` overrides. */
export function makeStoredReport(more: Partial<StoredReport> = {}): StoredReport {
  const { until = UNTIL, since = until - DAY_MS } = more;
  const report = more.report ?? makeReport(since, until);
  return {
    id: 'daily-20240305T090000Z',
    schedule: 'daily',
    period: until,
    missed: 0,
    made: until + 1_000,
    since,
    until,
    filters: {},
    format: 'html',
    headline: report.headline,
    severity: report.severity,
    ...more,
    report,
  };
}

/** A report of no lines at all. */
function makeReport(since: number, until: number): Report {
  const window = { since: formatTime(since), until: formatTime(until) };
  return {
    window: {
      ...window,
      counted_since: window.since,
      counted_until: window.until,
      oldest_line: null,
      newest_line: null,
    },
    filters: {},
    headline: 'There are no lines in this window.',
    severity: null,
    counts: {
      connections: 0,
      failures: 0,
      pods: 0,
      lines: 0,
      incidents_opened: 0,
      incidents_ongoing: 0,
      incidents_closed: 0,
      incidents_passed: 0,
      anomalies: 0,
      routes_added: 0,
      routes_removed: 0,
      routes_moved: 0,
    },
    incidents: { opened: [], ongoing: [], closed: [] },
    anomalies: {
      judged: {
        since: window.since,
        until: window.until,
        basis: null,
        days: 0,
        series: 0,
        trials: 0,
        holes: 0,
      },
      total: 0,
      items: [],
    },
    routing: {
      since: window.since,
      compared_with: null,
      added_total: 0,
      added: [],
      removed_total: 0,
      removed: [],
      moved_total: 0,
      moved: [],
    },
    collision_radar: { connections: 0, ports_total: 0, ports: [] },
    mtls: { lines: 0, with_mtls: 0, rate: null, servers_total: 0, uncovered_total: 0, uncovered: [] },
    registry_only: {
      lines: 0,
      blocked_lines: 0,
      blackholed_lines: 0,
      destinations_total: 0,
      destinations: [],
    },
    coverage: {
      first_seen: null,
      last_seen: null,
      lines: { total: 0, outbound: 0, inbound: 0, unknown_direction: 0, tcp: 0, http: 0 },
      pairing: {
        joinable: 0,
        paired_rate: null,
        unexplained_rate: null,
        reasons: [],
        paired: 0,
        ambiguous: 0,
        expected_unmatched: 0,
        pending: 0,
        unexplained: 0,
      },
      pods_total: 0,
      pods: [],
      peers_total: 0,
      peers: [],
      read_next: [],
      rejected: 0,
      rejects: [],
      notes: [],
    },
  };
}
