/** Which columns each resource has in a table, and which in CSV. */
import { FIELDS } from '../domain/fields.ts';
import type { Anomaly, Connection, Incident, Pair, Route, Routing, Shift } from '../domain/resources.ts';
import { formatDuration } from '../domain/time.ts';
import {
  type Cells,
  type Columns,
  column,
  csvCells,
  csvHeading,
  type FlatRow,
  flatCells,
  list,
  tableCells,
  wide,
} from './column.ts';

/** The resources by the name that commands and paths use. */
export interface ResourceTypes {
  readonly connections: Connection;
  readonly pairs: Pair;
  readonly routes: Route;
  readonly shifts: Shift;
  readonly incidents: Incident;
  readonly anomalies: Anomaly;
}
export type ResourceName = keyof ResourceTypes;

const CONNECTION_PATHS: readonly string[] = FIELDS.flatMap((field) =>
  field.name === 'pairing'
    ? ['verdict', 'kind', 'reason', 'peer_id', 'score'].map((part) => `pairing.${part}`)
    : [field.name],
);
const SOURCE_PATHS = ['source.pod', 'source.workload', 'source.namespace'];
const DESTINATION_PATHS = ['address', 'ip', 'port', 'pod', 'workload', 'owner'].map(
  (part) => `destination.${part}`,
);

const CONNECTIONS: Columns<Connection> = {
  table: [
    column('ID', (c) => c.id),
    column('START-TIME', (c) => c.start_time),
    wide('NAMESPACE', (c) => c.namespace),
    column('POD', (c) => c.pod),
    column('DIRECTION', (c) => c.direction),
    column('STATE', (c) => c.state),
    wide('FROM', (c) => c.downstream_remote_address),
    column('TO', (c) => c.downstream_local_address),
    column('CLUSTER', (c) => c.upstream_cluster),
    column('HOST', (c) => c.upstream_host),
    column('FLAGS', (c) => list(c.response_flags)),
    column('DURATION', (c) => (c.duration === null ? null : formatDuration(c.duration))),
    wide('RECEIVED', (c) => c.bytes_received),
    wide('SENT', (c) => c.bytes_sent),
    column('PAIRING', (c) => c.pairing.verdict),
    wide('REASON', (c) => c.pairing.reason),
    wide('PEER', (c) => c.pairing.peer_id),
    wide('WAY', (c) => (c.hops === null ? null : c.hops.map((hop) => hop.pod ?? hop.id).join(' > '))),
  ],
  csv: CONNECTION_PATHS,
};

const PAIRS: Columns<Pair> = {
  table: [
    column('ID', (p) => p.id),
    column('START-TIME', (p) => p.outbound.start_time),
    column('CLIENT', (p) => p.outbound.pod),
    column('SERVER', (p) => p.inbound.pod),
    column('TO', (p) => p.outbound.downstream_local_address),
    column('CLUSTER', (p) => p.outbound.upstream_cluster),
    wide('HOST', (p) => p.outbound.upstream_host),
    column('KIND', (p) => p.kind),
    column('SCORE', (p) => p.score),
    column('SKEW', (p) => `${p.start_skew_ms}ms`),
    column('CLOSED-BY', (p) => p.closed_by),
    wide('MTLS', (p) => String(p.mtls)),
    wide('SELF', (p) => String(p.self)),
    wide('OUTBOUND', (p) => p.outbound.id),
    wide('INBOUND', (p) => p.inbound.id),
    wide('PREVIOUS', (p) => p.previous_pair_id),
    wide('NEXT', (p) => p.next_pair_id),
    wide('REMARKS', (p) => list(p.remarks)),
  ],
  csv: [
    ...['id', 'kind', 'score', 'start_skew_ms', 'end_skew_ms', 'mtls', 'self', 'closed_by'],
    ...CONNECTION_PATHS.map((path) => `outbound.${path}`),
    ...CONNECTION_PATHS.map((path) => `inbound.${path}`),
    ...['previous_pair_id', 'next_pair_id', 'remarks'],
  ],
};

const ROUTES: Columns<Route> = {
  table: [
    column('ID', (r) => r.id),
    wide('NAMESPACE', (r) => r.source.namespace),
    column('SOURCE', (r) => r.source.pod ?? r.source.workload ?? r.source.ip),
    column('DESTINATION', (r) => r.destination.address),
    wide('OWNER', (r) => r.destination.owner),
    column('STATE', (r) => r.state),
    column('CLUSTER', (r) => r.upstream_cluster),
    wide('HOSTS', (r) => list(r.upstream_hosts)),
    column('FIRST-SEEN', (r) => r.first_seen),
    column('LAST-SEEN', (r) => r.last_seen),
    column('CONNECTIONS', (r) => r.connections),
    column('FAILURES', (r) => r.failures),
    wide('BYTES', (r) => r.bytes),
  ],
  csv: [
    'id',
    ...SOURCE_PATHS,
    ...DESTINATION_PATHS,
    ...[
      'state',
      'upstream_cluster',
      'upstream_hosts',
      'first_seen',
      'last_seen',
      'connections',
      'failures',
      'bytes',
      'source.ip',
    ],
  ],
};

const SHIFTS: Columns<Shift> = {
  table: [
    column('ID', (s) => s.id),
    wide('NAMESPACE', (s) => s.source.namespace),
    column('SOURCE', (s) => s.source.pod ?? s.source.workload ?? s.source.ip),
    column('DESTINATION', (s) => s.destination.address),
    column('BEFORE', (s) => routing(s.from)),
    column('AFTER', (s) => routing(s.to)),
    wide('LAST-BEFORE', (s) => s.last_before),
    column('FIRST-AFTER', (s) => s.first_after),
    column('FAILED-BEFORE', (s) => `${s.before.failures}/${s.before.connections}`),
    column('FAILED-AFTER', (s) => `${s.after.failures}/${s.after.connections}`),
    column('EVIDENCE', (s) => s.evidence),
    wide('CONFIDENCE', (s) => s.confidence),
    wide('CONFIRMED', (s) => String(s.confirmed)),
    wide('MISDELIVERED', (s) => String(s.misdelivered)),
    wide('INCIDENT', (s) => s.incident_id),
  ],
  csv: [
    ...['id', 'kind'],
    ...SOURCE_PATHS,
    ...DESTINATION_PATHS,
    ...['from', 'to'].flatMap((side) =>
      ['state', 'upstream_cluster', 'upstream_hosts'].map((part) => `${side}.${part}`),
    ),
    ...['last_before', 'first_after', 'before.connections', 'before.failures'],
    ...['after.connections', 'after.failures', 'after.bytes'],
    ...['evidence', 'confidence', 'misdelivered', 'incident_id', 'confirmed', 'source.ip'],
  ],
};

const INCIDENTS: Columns<Incident> = {
  table: [
    column('ID', (i) => i.id),
    column('SEVERITY', (i) => i.severity),
    column('DIAGNOSIS', (i) => i.diagnosis),
    column('PORT', (i) => i.port),
    column('CLUSTER', (i) => i.upstream_cluster),
    wide('AFTER', (i) => i.onset.after),
    column('ONSET', (i) => i.onset.before),
    column('ENDED', (i) => i.ended?.before ?? null),
    column('VICTIMS', (i) => list(i.victims)),
    column('CONNECTIONS', (i) => i.connections),
    column('FAILURES', (i) => i.failures),
    wide('CONFIRMED', (i) => String(i.confirmed)),
    wide('MISDELIVERED', (i) => String(i.misdelivered)),
    wide('TITLE', (i) => i.title),
  ],
  csv: [
    ...['id', 'diagnosis', 'title', 'severity', 'port', 'upstream_cluster'],
    ...['onset.after', 'onset.before', 'ended.after', 'ended.before'],
    ...['sources', 'destinations', 'victims', 'shifts', 'connections', 'failures', 'misdelivered'],
    ...['evidence', 'cause', 'remedies', 'verify', 'sample_lines', 'confirmed'],
  ],
};

const ANOMALIES: Columns<Anomaly> = {
  table: [
    column('ID', (a) => a.id),
    column('METRIC', (a) => a.metric),
    column('WAY', (a) => a.direction),
    wide('NAMESPACE', (a) => a.series.source.namespace),
    column('SOURCE', (a) => a.series.source.workload),
    column('DESTINATION', (a) => `${a.series.destination}:${a.series.port}`),
    column('STATE', (a) => a.series.state),
    wide('FLAG', (a) => a.series.response_flag),
    column('SINCE', (a) => a.since),
    wide('UNTIL', (a) => a.window.until),
    column('VALUE', (a) => a.value),
    column('BASELINE', (a) => a.baseline),
    wide('EXPECTED', (a) => `${a.expected.low}..${a.expected.high}`),
    column('SCORE', (a) => a.score),
    column('DIAGNOSIS', (a) => a.diagnosis),
    wide('SUMMARY', (a) => a.summary),
  ],
  csv: [
    ...['id', 'metric', 'direction', 'series.source.workload', 'series.source.namespace'],
    ...['series.destination', 'series.port', 'series.state', 'series.response_flag'],
    ...[
      'window.since',
      'window.until',
      'since',
      'value',
      'baseline',
      'expected.low',
      'expected.high',
      'score',
    ],
    ...['basis', 'summary', 'incident_id', 'diagnosis', 'points'],
  ],
};

const COLUMNS: { readonly [K in ResourceName]: Columns<ResourceTypes[K]> } = {
  connections: CONNECTIONS,
  pairs: PAIRS,
  routes: ROUTES,
  shifts: SHIFTS,
  incidents: INCIDENTS,
  anomalies: ANOMALIES,
};

export const RESOURCE_NAMES: readonly ResourceName[] = [
  'connections',
  'pairs',
  'routes',
  'shifts',
  'incidents',
  'anomalies',
];

/** Headings and rows of a table; what is missing is `<none>`. Not escaped: `formatTable` does. */
export function tableOf<K extends ResourceName>(
  resource: K,
  items: readonly ResourceTypes[K][],
  form: 'table' | 'wide',
): Cells {
  return tableCells(COLUMNS[resource], items, form);
}

/** The heading row. */
export function csvHeader(resource: ResourceName): string {
  return csvHeading(COLUMNS[resource]);
}

/** One item. A list of texts is one cell with spaces between; lists of objects and objects are JSON. */
export function csvRow<K extends ResourceName>(resource: K, item: ResourceTypes[K]): string {
  return csvCells(COLUMNS[resource], item);
}

/** One item without objects in it; lists as in CSV. */
export function flatRow<K extends ResourceName>(resource: K, item: ResourceTypes[K]): FlatRow {
  return flatCells(COLUMNS[resource], item);
}

function routing({ state, upstream_cluster }: Routing): string {
  return upstream_cluster === null ? state : `${state}:${upstream_cluster}`;
}
