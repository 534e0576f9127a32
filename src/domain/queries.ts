/** The questions that the service answers. The command line and the API ask them through this interface alone. */
import type { Coverage } from './coverage.ts';
import type { Evidence } from './evidence.ts';
import type { AddressFilter, Filter } from './filter.ts';
import type { Judged } from './judged.ts';
import type { Report, ReportRequest } from './report.ts';
import type {
  Anomaly,
  Connection,
  Incident,
  Page,
  Pair,
  Route,
  Severity,
  Shift,
  Source,
} from './resources.ts';
import type { Timeseries, TimeseriesQuestion } from './timeseries.ts';
import type { Topology } from './topology.ts';

export interface PageRequest {
  /** 1 to 10 000. */
  readonly limit: number;
  /** Opaque, from the page before; null for the first. Errors: `bad_cursor`. */
  readonly cursor: string | null;
}

/** Who answers at an address, and where its traffic goes. */
export interface Explanation {
  /** `ip:port`, or the ip alone when no port was asked for. */
  readonly address: string;
  readonly ip: string;
  readonly port: number | null;
  /** What the address is, as far as the lines tell. */
  readonly class: 'pod' | 'service_vip' | 'external' | 'unknown';
  readonly pods: ReadonlyArray<{
    readonly pod: string;
    readonly workload: string;
    readonly namespace: string | null;
    readonly first_seen: string;
    readonly last_seen: string;
  }>;
  readonly owners: ReadonlyArray<{
    readonly service: string;
    readonly port: number;
    readonly evidence: string;
    readonly first_seen: string;
    readonly last_seen: string;
  }>;
  /** Runs of routing towards the address, newest last. */
  readonly routes: readonly Route[];
  readonly clients: readonly Source[];
  /** Traffic of others that arrived here although it was meant for another address. */
  readonly diverted_here: readonly Route[];
  readonly shifts: readonly Shift[];
  readonly incidents: readonly Incident[];
}

/** The denominators of every finding. */
export interface Summary {
  readonly first_seen: string | null;
  readonly last_seen: string | null;
  readonly lines: number;
  readonly outbound: number;
  readonly inbound: number;
  readonly unknown_direction: number;
  readonly http: number;
  readonly pairs: number;
  /** Lines that have a partner or should have one, of both ends: as in `Coverage`. */
  readonly joinable: number;
  readonly routes: number;
  readonly shifts: number;
  readonly incidents: number;
  /** Pods whose logs were read, and pods known only as peers: as in `Coverage`. */
  readonly pods_read: number;
  readonly pods_only_peers: number;
  readonly rejects: ReadonlyArray<{
    readonly reason: string;
    readonly pod: string | null;
    readonly lines: number;
    readonly sample: string;
  }>;
}

/** Anomalies, and what they rest on: without any, that is all there is to say. */
export interface AnomalyPage extends Page<Anomaly> {
  readonly judged: Judged;
}

/** What of an incident changes while lines come in. */
export interface IncidentHead {
  readonly id: string;
  readonly severity: Severity;
  readonly connections: number;
  /** First connection in another routing, RFC 3339; null while it goes on. */
  readonly ended: string | null;
}

/** Lists are in a fixed order: connections, pairs, routes and shifts by time, newest first; incidents by severity, then onset. */
export interface Analysis {
  /** Another number after everything that may change an answer. */
  version(): number;
  connections(filter: Filter, page: PageRequest): Promise<Page<Connection>>;
  connection(id: string): Promise<Connection | null>;
  pairs(filter: Filter, page: PageRequest): Promise<Page<Pair>>;
  pair(id: string): Promise<Pair | null>;
  routes(filter: Filter, page: PageRequest): Promise<Page<Route>>;
  shifts(filter: Filter, page: PageRequest): Promise<Page<Shift>>;
  shift(id: string): Promise<Shift | null>;
  incidents(filter: Filter, page: PageRequest): Promise<Page<Incident>>;
  incident(id: string): Promise<Incident | null>;
  /** All that proves an incident, within bounds, as of now. */
  evidence(id: string): Promise<Evidence | null>;
  /** Incidents that match, in the order of the list, in brief: cheaper, for whoever looks for what is new. */
  incidentHeads(filter: Filter): Promise<readonly IncidentHead[]>;
  /** Ids of the shifts that match, in no order: for the same. */
  shiftIds(filter: Filter): Promise<readonly string[]>;
  /** What was unusual in the window of the filter, or in the last day: the most unusual first. */
  anomalies(filter: Filter, page: PageRequest): Promise<AnomalyPage>;
  /** One of the last day. */
  anomaly(id: string): Promise<Anomaly | null>;
  explain(address: AddressFilter, filter: Filter): Promise<Explanation>;
  /** What could not be seen. Errors: `bad_parameter` for filters that it cannot be narrowed by. */
  coverage(filter: Filter): Promise<Coverage>;
  /** Counts, bytes or durations over time. Errors: `bad_parameter`, for a port in `source` and for too many points. */
  timeseries(question: TimeseriesQuestion, filter: Filter): Promise<Timeseries>;
  /** Who calls whom, `edges` of them at most. Errors: `bad_parameter`, for a port in `source`. */
  topology(filter: Filter, edges: number): Promise<Topology>;
  /** What changed in a window, what is unusual, what to do. */
  report(request: ReportRequest): Promise<Report>;
  summary(): Promise<Summary>;
}
