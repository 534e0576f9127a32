/** A report on a window of time: what changed, what is unusual, what to do. As JSON it is this document. */
import type { Coverage } from './coverage.ts';
import type { Judged } from './judged.ts';
import type { Anomaly, Incident, Severity, State } from './resources.ts';

export const REPORT_FORMATS = ['text', 'markdown', 'json', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Names of filters, each with its values. */
export type ReportFilters = Readonly<Record<string, readonly string[]>>;

/** What a report is asked for. Times are ms since the epoch. */
export interface ReportRequest {
  readonly since: number;
  /** Exclusive, and not in the future: the report is as of then. */
  readonly until: number;
  /** Of what, under the names of the API: those of `parseFilterOf('reports')` but its window. */
  readonly filters: ReportFilters;
  /** The `until` of the report before, as of which routing is compared; null: `since`. */
  readonly compareSince: number | null;
}

/**
 * The same lines and the same request give the same document. Times are RFC 3339 UTC. Counts of connections are of whole
 * hours, to which the window is widened. A list is cut to its largest items; its total stands beside it.
 */
export interface Report {
  readonly window: ReportWindow;
  /** What it is narrowed to; empty: all that is stored. */
  readonly filters: ReportFilters;
  /** One sentence or two: the worst, and how much of everything; without anything to tell, what that rests on. */
  readonly headline: string;
  /** The worst of the incidents; null without any. */
  readonly severity: Severity | null;
  readonly counts: ReportCounts;
  readonly incidents: ReportIncidents;
  readonly anomalies: ReportAnomalies;
  readonly routing: RoutingDiff;
  readonly collision_radar: CollisionRadar;
  readonly mtls: MtlsCoverage;
  readonly registry_only: RegistryReadiness;
  /** Of the window, each of its lists cut. */
  readonly coverage: Coverage;
}

export interface ReportWindow {
  readonly since: string;
  readonly until: string;
  /** The same by whole hours: what was counted. */
  readonly counted_since: string;
  readonly counted_until: string;
  /** Newest line of all, and oldest; null without lines. A window after the newest has nothing to tell. */
  readonly oldest_line: string | null;
  readonly newest_line: string | null;
}

export interface ReportCounts {
  /** Outbound TCP connections, those of them that failed, and the pods that logged them. */
  readonly connections: number;
  readonly failures: number;
  readonly pods: number;
  /** Lines of every kind. */
  readonly lines: number;
  /** Began in the window; began before it and go on; ended in it; and of those that began in it, those that ended in it, too. */
  readonly incidents_opened: number;
  readonly incidents_ongoing: number;
  readonly incidents_closed: number;
  readonly incidents_passed: number;
  readonly anomalies: number;
  readonly routes_added: number;
  readonly routes_removed: number;
  readonly routes_moved: number;
}

/** Each incident stands in one list, the worst first: closed when it ended in the window, whenever it began. */
export interface ReportIncidents {
  readonly opened: readonly Incident[];
  readonly ongoing: readonly Incident[];
  readonly closed: readonly Incident[];
}

/** The most unusual first. */
export interface ReportAnomalies {
  readonly judged: Judged;
  readonly total: number;
  readonly items: readonly Anomaly[];
}

/** A workload that opens connections; its address where no envelope names its pod. */
export interface Caller {
  readonly workload: string | null;
  readonly namespace: string | null;
}

/** Workload of the pods, host of the service, or ip: the first that is known. */
export interface Target {
  readonly destination: string;
  readonly port: number;
}

/** Where calls went, in a stretch of time. */
export interface RouteShare {
  readonly state: State;
  readonly upstream_cluster: string | null;
  readonly connections: number;
  readonly failures: number;
  readonly first_seen: string;
  readonly last_seen: string;
}

/** Calls of one destination, with all ways that they took, the one seen last first. */
export interface RoutedCalls {
  /** Many addresses without a name are one target, `addresses outside`. */
  readonly target: Target;
  readonly callers_total: number;
  /** Those with the most connections first. */
  readonly callers: readonly Caller[];
  readonly routes: readonly RouteShare[];
}

/** The same calls by other ways: at least one of those after was not taken before. */
export interface MovedCalls extends Omit<RoutedCalls, 'routes'> {
  readonly before: readonly RouteShare[];
  readonly after: readonly RouteShare[];
}

/**
 * What calls are made, and by which ways, against the time before: what an upgrade changed, or should not have. Callers of one
 * destination for which the same is true are told together; totals count what is told so.
 */
export interface RoutingDiff {
  /** End of the report before, or begin of the window: what is compared is before and after it. */
  readonly since: string;
  /** Begin of what it is compared with; null: there are no lines before, so that nothing can be compared. */
  readonly compared_with: string | null;
  readonly added_total: number;
  /** Calls that were never made before. */
  readonly added: readonly RoutedCalls[];
  readonly removed_total: number;
  /** Calls that are not made any more for as long as was compared, by workloads whose lines still come. */
  readonly removed: readonly RoutedCalls[];
  readonly moved_total: number;
  readonly moved: readonly MovedCalls[];
}

/** Ports that one catch-all listener would take: what passes through unnamed today, and who depends on that. */
export interface CollisionRadar {
  readonly connections: number;
  readonly ports_total: number;
  /** Those that pods of the mesh are reached at first, then those with the most callers. */
  readonly ports: readonly RadarPort[];
}

export interface RadarPort {
  readonly port: number;
  readonly connections: number;
  readonly failures: number;
  readonly bytes: number;
  /** Destinations by name, those that are pods or services of the mesh first. */
  readonly destinations_total: number;
  readonly destinations: ReadonlyArray<{
    readonly destination: string;
    readonly in_mesh: boolean;
    readonly connections: number;
  }>;
  readonly callers_total: number;
  readonly callers: ReadonlyArray<Caller & { readonly connections: number }>;
  /** Services that are called by name on the same port: an object of theirs could open the listener. */
  readonly services: readonly string[];
  /** Clusters that take connections of this port from their destinations already. */
  readonly captured_by: readonly string[];
}

/** How connections arrive at servers, by their own lines: failed ones and those of unknown direction do not count. */
export interface MtlsCoverage {
  readonly lines: number;
  /** Those that came under a mutual-TLS name of the mesh. */
  readonly with_mtls: number;
  /** 0 to 1; null without lines. */
  readonly rate: number | null;
  readonly servers_total: number;
  readonly uncovered_total: number;
  /** Servers with lines that came without it, and would be refused by STRICT: those with the most first. */
  readonly uncovered: readonly UncoveredServer[];
}

export interface UncoveredServer {
  readonly workload: string | null;
  readonly namespace: string | null;
  readonly port: number;
  readonly lines: number;
  readonly with_mtls: number;
  /** Who comes without it: workloads of the mesh, or addresses that are no known pod's. */
  readonly clients_total: number;
  readonly clients: ReadonlyArray<{
    readonly client: string;
    readonly in_mesh: boolean;
    readonly lines: number;
  }>;
}

export const DESTINATION_KINDS = ['pod', 'service', 'outside', 'unknown'] as const;
export type DestinationKind = (typeof DESTINATION_KINDS)[number];

/** What `outboundTrafficPolicy: REGISTRY_ONLY` would block: all that goes by PassthroughCluster. */
export interface RegistryReadiness {
  /** Outbound lines of clients, and those of them that would be blocked. HTTP requests count too. */
  readonly lines: number;
  readonly blocked_lines: number;
  /** Lines that BlackHoleCluster blocks already. */
  readonly blackholed_lines: number;
  readonly destinations_total: number;
  readonly destinations: readonly BlockedDestination[];
}

export interface BlockedDestination extends Target {
  readonly kind: DestinationKind;
  /** Name that clients asked for in TLS; null when none did, or several. */
  readonly server_name: string | null;
  readonly addresses_total: number;
  readonly addresses: readonly string[];
  readonly lines: number;
  readonly callers_total: number;
  readonly callers: readonly Caller[];
  /** What lets it through, in one sentence. */
  readonly remedy: string;
  /** The object that does so, as far as the lines tell; capitals stand for what they do not. Null: it takes more than one. */
  readonly yaml: string | null;
}

/** Share of lines without their other end, for no known reason, from which on a quiet window was hardly seen. */
const UNSEEN_SHARE = 0.2;

/** True where so many lines lack their other end that what was found says little. */
export function isHardlySeen({ coverage }: Pick<Report, 'coverage'>): boolean {
  const { joinable, unexplained } = coverage.pairing;
  return joinable > 0 && unexplained >= UNSEEN_SHARE * joinable;
}

/** True for a report that has nothing to tell of its window: no incident, no anomaly, no change of routing. */
export function isQuiet({ counts }: Pick<Report, 'counts'>): boolean {
  return (
    counts.incidents_opened + counts.incidents_ongoing + counts.incidents_closed === 0 &&
    counts.anomalies + counts.routes_added + counts.routes_removed + counts.routes_moved === 0
  );
}
