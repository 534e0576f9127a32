/** A whole report, with one value of everything; `text` stands in every place that holds text from a log. */
import type { Coverage } from '../../src/domain/coverage.ts';
import type { Explanation } from '../../src/domain/queries.ts';
import type { Anomaly, Connection, Incident, Pair, Route, Shift } from '../../src/domain/resources.ts';
import type { ResourceTypes } from '../../src/output/columns.ts';
import type { LogReport } from '../../src/output/report/document.ts';

/** One item of each resource. */
export function makeResources(text: string): ResourceTypes {
  const connections = makeConnection(text);
  return {
    connections,
    pairs: makePair(connections),
    routes: makeRoute(text),
    shifts: makeShift(text, 'incident-1'),
    incidents: makeIncident(text),
    anomalies: makeAnomaly(text),
  };
}

function makeAnomaly(text: string): Anomaly {
  return {
    id: 'anomaly-1',
    metric: 'failures',
    direction: 'rise',
    series: {
      source: { workload: text, namespace: text },
      destination: text,
      port: 5701,
      state: 'service',
      response_flag: 'UF',
    },
    window: { since: '2024-03-05T09:00:00.000Z', until: '2024-03-05T11:00:00.000Z' },
    since: '2024-03-05T09:10:00.100Z',
    value: 40,
    baseline: 0.5,
    expected: { low: 0, high: 11 },
    score: 17.5,
    basis: 'hour_of_week',
    summary: text,
    incident_id: 'incident-1',
    diagnosis: 'connect_timeout',
    points: [
      ['2024-03-05T09:00:00.000Z', 3],
      ['2024-03-05T10:00:00.000Z', null],
    ],
  };
}

export function makeLogReport(text: string): LogReport {
  const { routes, shifts, incidents } = makeResources(text);
  return {
    tally: {
      received: 9,
      accepted: 6,
      duplicates: 0,
      skipped: 1,
      rejected: 2,
      rejects: [{ line: 3, reason: 'unknown_format', text }],
    },
    summary: {
      first_seen: '2024-03-05T09:10:00.100Z',
      last_seen: '2024-03-05T09:20:09.870Z',
      lines: 6,
      outbound: 4,
      inbound: 2,
      unknown_direction: 0,
      http: 0,
      pairs: 2,
      joinable: 6,
      routes: 1,
      shifts: 2,
      incidents: 1,
      pods_read: 2,
      pods_only_peers: 1,
      rejects: [{ reason: 'unknown_format', pod: text, lines: 2, sample: text }],
    },
    coverage: makeCoverage(text),
    incidents: [incidents],
    shifts: [shifts, makeShift(text, null)],
    routes: [routes],
  };
}

/** Everything that coverage can say, once. */
export function makeCoverage(text: string): Coverage {
  const seen = { first_seen: '2024-03-05T09:10:00.100Z', last_seen: '2024-03-05T09:20:09.870Z' };
  const source = { pod: text, workload: text, namespace: text };
  return {
    ...seen,
    lines: { total: 10, outbound: 6, inbound: 3, unknown_direction: 1, tcp: 9, http: 1 },
    pairing: {
      joinable: 6,
      paired: 3,
      ambiguous: 1,
      expected_unmatched: 4,
      pending: 1,
      unexplained: 1,
      paired_rate: 0.5,
      unexplained_rate: 1 / 6,
      reasons: [{ reason: text, lines: 4 }],
    },
    pods_total: 2,
    pods: [
      {
        ...source,
        ...seen,
        node: text,
        addresses: [text],
        lines: 10,
        outbound: 6,
        inbound: 3,
        unknown_direction: 1,
        paired: 3,
        ambiguous: 1,
        expected_unmatched: 4,
        pending: 1,
        unexplained: 1,
        peer_lines: 8,
        peer_lines_missing: 7,
        one_sided: 'outbound',
        silent_since: '2024-03-05T09:20:09.870Z',
        gaps: [
          { after: null, before: '2024-03-05T09:10:00.100Z', peer_lines: 2 },
          { after: '2024-03-05T09:11:00.100Z', before: '2024-03-05T12:10:00.100Z', peer_lines: 1 },
        ],
        log_filtered: true,
      },
    ],
    peers_total: 2,
    peers: [
      {
        ...seen,
        address: text,
        services: [text],
        lines: 3,
        as_server: 2,
        as_client: 1,
        seen_by: [{ ...source, ip: text }],
        seen_by_total: 2,
        command: text,
      },
    ],
    read_next: [{ command: text, addresses: 2, lines: 3 }],
    rejected: 2,
    rejects: [{ reason: 'unknown_format', pod: text, namespace: text, lines: 2, sample: text }],
    notes: [
      { about: 'unexplained', text: 'More than usual', lines: 1 },
      { about: 'open_connections', text: 'Open ones are not here', lines: null },
    ],
  };
}

export function makeExplanation(text: string): Explanation {
  const { routes, shifts, incidents } = makeResources(text);
  const seen = { first_seen: '2024-03-05T09:10:00.100Z', last_seen: '2024-03-05T09:20:09.870Z' };
  return {
    address: '10.40.2.8:6379',
    ip: '10.40.2.8',
    port: 6379,
    class: 'pod',
    pods: [{ pod: text, workload: text, namespace: text, ...seen }],
    owners: [{ service: text, port: 6379, evidence: text, ...seen }],
    routes: [routes],
    clients: [{ pod: text, workload: text, namespace: text, ip: null }],
    diverted_here: [routes],
    shifts: [shifts],
    incidents: [incidents],
  };
}

function makeConnection(text: string): Connection {
  return {
    id: text,
    pod: text,
    namespace: text,
    container: text,
    node: text,
    workload: text,
    direction: 'outbound',
    kind: 'tcp',
    format: text,
    envelope: 'stern',
    start_time: '2024-03-05T09:20:07.350Z',
    end_time: '2024-03-05T09:20:08.351Z',
    method: text,
    path: text,
    protocol: text,
    response_code: 0,
    response_flags: [text, 'URX'],
    response_code_details: text,
    connection_termination_details: text,
    upstream_transport_failure_reason: text,
    bytes_received: 1,
    bytes_sent: 2,
    duration: 1_001,
    upstream_service_time: 3,
    x_forwarded_for: text,
    user_agent: text,
    request_id: text,
    authority: text,
    upstream_host: text,
    upstream_cluster: text,
    upstream_local_address: text,
    downstream_local_address: text,
    downstream_remote_address: text,
    requested_server_name: text,
    route_name: text,
    attributes: { trailing: text },
    state: 'captured',
    pairing: { verdict: 'unexplained', kind: 'full', reason: text, peer_id: text, score: 1 },
    hops: null,
  };
}

function makePair(connection: Connection): Pair {
  return {
    id: connection.id,
    outbound: connection,
    inbound: connection,
    kind: 'full',
    score: 8.5,
    start_skew_ms: 2,
    end_skew_ms: null,
    mtls: true,
    self: false,
    closed_by: 'unknown',
    previous_pair_id: null,
    next_pair_id: null,
    remarks: [],
  };
}

const source = (text: string) => ({ pod: text, workload: text, namespace: text, ip: null });
const destination = (text: string) => ({
  address: '10.40.2.8:6379',
  ip: '10.40.2.8',
  port: 6379,
  pod: text,
  workload: text,
  owner: text,
});

function makeRoute(text: string): Route {
  return {
    id: text,
    source: source(text),
    destination: destination(text),
    state: 'captured',
    upstream_cluster: text,
    upstream_hosts: [text],
    first_seen: '2024-03-05T09:20:07.350Z',
    last_seen: '2024-03-05T09:20:09.870Z',
    connections: 2,
    failures: 2,
    bytes: 0,
  };
}

function makeShift(text: string, incident: string | null): Shift {
  return {
    id: incident === null ? 'shift-2' : 'shift-1',
    kind: 'passthrough_to_captured',
    source: source(text),
    destination: destination(text),
    from: { state: 'passthrough', upstream_cluster: 'PassthroughCluster', upstream_hosts: [text] },
    to: { state: 'captured', upstream_cluster: text, upstream_hosts: [text] },
    last_before: '2024-03-05T09:12:01.120Z',
    first_after: '2024-03-05T09:20:07.350Z',
    before: { connections: 1, failures: 0 },
    after: { connections: 2, failures: 2, bytes: 0 },
    evidence: 'g4',
    confidence: 0.99,
    confirmed: true,
    misdelivered: false,
    incident_id: incident,
  };
}

function makeIncident(text: string): Incident {
  return {
    id: 'incident-1',
    diagnosis: 'catch_all_capture',
    title: text,
    severity: 'critical',
    confirmed: true,
    port: 6379,
    upstream_cluster: text,
    onset: { after: '2024-03-05T09:12:01.120Z', before: '2024-03-05T09:20:07.350Z' },
    ended: { after: null, before: null },
    sources: [source(text)],
    destinations: [{ address: '10.40.2.8:6379', pod: text, workload: text }],
    victims: [text],
    shifts: ['shift-1'],
    connections: 2,
    failures: 2,
    misdelivered: true,
    evidence: [text],
    cause: text,
    remedies: [{ title: text, resource: text, yaml: `kind: ${text}`, caveat: text }],
    verify: [text],
    sample_lines: [text],
  };
}
