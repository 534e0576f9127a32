/** The public resources: the shapes that the command line, the API and the page all show. Times are RFC 3339 UTC. */
import type { Direction } from './direction.ts';

/** Routing of an outbound TCP connection (semantics C2: V D P B C K G N X). */
export const STATES = [
  'service',
  'direct',
  'passthrough',
  'blackhole',
  'captured',
  'captured_nominal',
  'gateway',
  'no_filter_chain',
  'unknown',
] as const;
export type State = (typeof STATES)[number];

export const VERDICTS = ['matched', 'expected_unmatched', 'unexplained', 'ambiguous', 'pending'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const PAIR_KINDS = ['full', 'dnat', 'snat', 'tunnel', 'sni'] as const;
export type PairKind = (typeof PAIR_KINDS)[number];

export const SEVERITIES = ['info', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Pairing {
  readonly verdict: Verdict;
  readonly kind: PairKind | null;
  readonly reason: string | null;
  readonly peer_id: string | null;
  readonly score: number | null;
}

/** One access-log line. Null fields are those that the log prints as `-` or does not print. */
export interface Connection {
  readonly id: string;
  readonly pod: string | null;
  readonly namespace: string | null;
  readonly container: string | null;
  readonly node: string | null;
  readonly workload: string | null;
  readonly direction: Direction;
  readonly kind: 'tcp' | 'http';
  readonly format: string;
  readonly envelope: string;
  readonly start_time: string;
  readonly end_time: string | null;
  readonly method: string | null;
  readonly path: string | null;
  readonly protocol: string | null;
  readonly response_code: number | null;
  readonly response_flags: readonly string[];
  readonly response_code_details: string | null;
  readonly connection_termination_details: string | null;
  readonly upstream_transport_failure_reason: string | null;
  readonly bytes_received: number | null;
  readonly bytes_sent: number | null;
  readonly duration: number | null;
  readonly upstream_service_time: number | null;
  readonly x_forwarded_for: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  readonly authority: string | null;
  readonly upstream_host: string | null;
  readonly upstream_cluster: string | null;
  readonly upstream_local_address: string | null;
  readonly downstream_local_address: string | null;
  readonly downstream_remote_address: string | null;
  readonly requested_server_name: string | null;
  readonly route_name: string | null;
  readonly attributes: Readonly<Record<string, string>> | null;
  /** Null on lines that are not outbound TCP. */
  readonly state: State | null;
  readonly pairing: Pairing;
  /** Every line of this connection, from the first client to the last server; null in lists, where none is followed. */
  readonly hops: readonly Hop[] | null;
}

/** One line on the way of a connection through gateways. */
export interface Hop {
  readonly id: string;
  readonly pod: string | null;
  readonly workload: string | null;
  readonly namespace: string | null;
  readonly direction: Direction;
  readonly upstream_cluster: string | null;
  readonly downstream_local_address: string | null;
  /** How the line is tied to the hop before it; null on the first. */
  readonly kind: PairKind | null;
}

/** What is odd about a pair that nevertheless is one. */
export const PAIR_REMARKS = ['end_mismatch', 'sni_conflict', 'clocks_apart'] as const;
export type PairRemark = (typeof PAIR_REMARKS)[number];

export type ClosedBy = 'client_app' | 'client_proxy' | 'network' | 'server_proxy' | 'server_app' | 'unknown';

/** Both ends of one connection. Skews are inbound minus outbound, ms; null when a line has no duration. */
export interface Pair {
  readonly id: string;
  readonly outbound: Connection;
  readonly inbound: Connection;
  readonly kind: PairKind;
  readonly score: number;
  readonly start_skew_ms: number;
  readonly end_skew_ms: number | null;
  readonly mtls: boolean;
  readonly self: boolean;
  readonly closed_by: ClosedBy;
  /** The pairs of the hops before and after it, through gateways; null at the ends. */
  readonly previous_pair_id: string | null;
  readonly next_pair_id: string | null;
  readonly remarks: readonly PairRemark[];
}

export interface Source {
  readonly pod: string | null;
  readonly workload: string | null;
  readonly namespace: string | null;
  /** Address that it called from, where no envelope names its pod; null where one does. */
  readonly ip: string | null;
}

/** `owner` is the service that answers at the address, where the lines tell. */
export interface Destination {
  readonly address: string;
  readonly ip: string;
  readonly port: number;
  readonly pod: string | null;
  readonly workload: string | null;
  readonly owner: string | null;
}

/** One run of unchanged routing for one source and destination. */
export interface Route {
  readonly id: string;
  readonly source: Source;
  readonly destination: Destination;
  readonly state: State;
  readonly upstream_cluster: string | null;
  readonly upstream_hosts: readonly string[];
  readonly first_seen: string;
  readonly last_seen: string;
  readonly connections: number;
  readonly failures: number;
  readonly bytes: number;
}

export interface Routing {
  readonly state: State;
  readonly upstream_cluster: string | null;
  readonly upstream_hosts: readonly string[];
}

export type EvidenceGrade = 'g1' | 'g2' | 'g3' | 'g4' | 'g5';

/**
 * Two runs, one after the other. `kind` is `<state>_to_<state>`. `source.pod` is null where the runs are of two pods of the
 * workload, so that the change is known of neither.
 */
export interface Shift {
  readonly id: string;
  readonly kind: string;
  readonly source: Source;
  readonly destination: Destination;
  readonly from: Routing;
  readonly to: Routing;
  readonly last_before: string;
  readonly first_after: string;
  readonly before: { readonly connections: number; readonly failures: number };
  readonly after: { readonly connections: number; readonly failures: number; readonly bytes: number };
  readonly evidence: EvidenceGrade;
  readonly confidence: number;
  /** True when a second connection, of this source or of another, shows the same; until then the shift is provisional. */
  readonly confirmed: boolean;
  readonly misdelivered: boolean;
  readonly incident_id: string | null;
}

/** `after`: last line in the old state, null when none was seen. `before`: first line in the new one. */
export interface Interval {
  readonly after: string | null;
  readonly before: string | null;
}

export interface Remedy {
  readonly title: string;
  readonly resource: string;
  readonly yaml: string | null;
  readonly caveat: string | null;
}

/** Shifts, or findings without one, that have one cause. */
export interface Incident {
  readonly id: string;
  /** A snake_case identifier of `docs/diagnoses.md`, for example `catch_all_capture`. */
  readonly diagnosis: string;
  readonly title: string;
  readonly severity: Severity;
  /** True when two connections or more show it; until then it is provisional. */
  readonly confirmed: boolean;
  readonly port: number | null;
  readonly upstream_cluster: string | null;
  readonly onset: Interval;
  readonly ended: Interval | null;
  readonly sources: readonly Source[];
  readonly destinations: ReadonlyArray<{
    readonly address: string;
    readonly pod: string | null;
    readonly workload: string | null;
  }>;
  /** Workloads whose traffic was taken: the destinations that did not get it. */
  /** Workloads; where no line names a pod, the service that owns the address, else the address. */
  readonly victims: readonly string[];
  readonly shifts: readonly string[];
  readonly connections: number;
  readonly failures: number;
  readonly misdelivered: boolean;
  readonly evidence: readonly string[];
  readonly cause: string;
  readonly remedies: readonly Remedy[];
  readonly verify: readonly string[];
  readonly sample_lines: readonly string[];
}

/** What was done with the lines of one ingest. accepted + duplicates + skipped + rejected = received. */
export interface IngestTally {
  readonly received: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly rejected: number;
  readonly rejects: ReadonlyArray<{ readonly line: number; readonly reason: string; readonly text: string }>;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export const ANOMALY_METRICS = [
  'connections',
  'failures',
  'bytes_per_connection',
  'duration_p50',
  'new_destination',
] as const;
export type AnomalyMetric = (typeof ANOMALY_METRICS)[number];
export const ANOMALY_DIRECTIONS = ['rise', 'drop', 'new'] as const;
export type AnomalyDirection = (typeof ANOMALY_DIRECTIONS)[number];
export const ANOMALY_BASES = ['hour_of_week', 'previous_day'] as const;
export type AnomalyBasis = (typeof ANOMALY_BASES)[number];

/** Calls of one workload to one destination that were more, fewer, or other than usual for some hours. */
export interface Anomaly {
  readonly id: string;
  /** Counts of connections, bytes in both directions of one, ms that half of them take less than. */
  readonly metric: AnomalyMetric;
  readonly direction: AnomalyDirection;
  readonly series: {
    readonly source: { readonly workload: string | null; readonly namespace: string | null };
    /** Workload of the pod, host of the service, or ip: the first that is known. */
    readonly destination: string;
    readonly port: number;
    readonly state: State;
    /** Of failures; null otherwise. */
    readonly response_flag: string | null;
  };
  /** The whole hours that were unusual. */
  readonly window: { readonly since: string; readonly until: string };
  /** First connection that shows it; of a drop, the beginning of its first hour. */
  readonly since: string;
  /** Counts over the window; of bytes and durations, those of the most unusual hour. */
  readonly value: number;
  readonly baseline: number;
  /** What would not have been told. */
  readonly expected: { readonly low: number; readonly high: number };
  /** Standard deviations of the most unusual hour; of a failure rate that rose slowly, its cumulative sum. */
  readonly score: number;
  /** What the hours were compared with: the same hours of earlier weeks, or of the day before. */
  readonly basis: AnomalyBasis;
  readonly summary: string;
  /** The incident about the same calls at the same time, and its diagnosis; null when none is known. */
  readonly incident_id: string | null;
  readonly diagnosis: string | null;
  /** Begin of each of 48 hours, at most 12 of them after the anomaly, with the value in it, null where nothing was collected; empty for durations. */
  readonly points: ReadonlyArray<readonly [time: string, value: number | null]>;
}
