/** What is kept of reports: those that were made, what is to be sent of them, how far schedules are, which alerts fire. */
import type { Report, ReportFilters, ReportFormat } from './report.ts';
import type { Severity } from './resources.ts';

/** Times are ms since the epoch. */
export interface ReportHead {
  readonly id: string;
  /** Null: it was asked for. */
  readonly schedule: string | null;
  /** The time that the schedule names; of one that was asked for, when. */
  readonly period: number;
  /** Earlier times of the schedule that passed without a report: nobody was there to make it. */
  readonly missed: number;
  readonly made: number;
  readonly since: number;
  readonly until: number;
  readonly filters: ReportFilters;
  /** That it is delivered in. */
  readonly format: ReportFormat;
  readonly headline: string;
  readonly severity: Severity | null;
}

export interface StoredReport extends ReportHead {
  readonly report: Report;
}

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface Delivery {
  /** The same over all tries: whoever receives it twice can tell. */
  readonly id: string;
  readonly report: string;
  readonly target: string;
  readonly state: DeliveryState;
  readonly tries: number;
  /** Null: there will be none. */
  readonly next_try: number | null;
  /** Null: there was none yet. */
  readonly last_try: number | null;
  readonly delivered: number | null;
  /** Of the last try; null when it went well, or is under way. */
  readonly error: string | null;
}

/** How a try ended. */
export type Outcome =
  | { readonly state: 'delivered'; readonly at: number }
  | { readonly state: 'failed'; readonly error: string }
  | { readonly state: 'pending'; readonly error: string; readonly nextTry: number };

export interface ReportQuery {
  /** Null: of all, and those that were asked for. */
  readonly schedule: string | null;
  /** Only those that were made before this one; null from the newest. */
  readonly before: { readonly made: number; readonly id: string } | null;
  readonly limit: number;
}

/** An alert that fires: what its target knows it by. */
export interface FiringAlert {
  readonly incident: string;
  readonly document: string;
}

/** Which alerts: those of one schedule at one target. */
export interface AlertKey {
  readonly schedule: string;
  readonly target: string;
}

/** Every method that changes something is one durable transaction. Errors: as those of `LineWriter.append`. */
export interface ReportStore {
  /**
   * Time until which a schedule has been looked after. One that is new, or has another pattern than before, begins at `now`:
   * what it would have reported earlier is not made up for.
   */
  beginSchedule(name: string, pattern: string, now: number): Promise<number>;
  /** Keeps a report with a delivery for each target, due now. False, and nothing changes: its period has a report already. */
  saveReport(report: StoredReport, targets: readonly string[]): Promise<boolean>;
  /** Newest first. */
  reports(query: ReportQuery): Promise<readonly ReportHead[]>;
  report(id: string): Promise<StoredReport | null>;
  /** Of these reports, by target. */
  deliveriesOf(reports: readonly string[]): Promise<readonly Delivery[]>;
  /** All that is still to be sent, what is due first in front. */
  pendingDeliveries(): Promise<readonly Delivery[]>;
  /** Counts a try before it is made, and says when the next one is due should nobody live to tell how it ended. */
  beginTry(id: string, now: number, nextTry: number): Promise<void>;
  endTry(id: string, outcome: Outcome): Promise<void>;
  /**
   * Forgets reports of a schedule (null: those asked for) that were made before `before` or are older than the newest `keep` of
   * them. One that is still to be delivered stays. Shape of the result: how many went.
   */
  dropReports(schedule: string | null, before: number, keep: number): Promise<number>;
  firingAlerts(key: AlertKey): Promise<readonly FiringAlert[]>;
  /** Those that fire from now on, instead of all before. */
  replaceAlerts(key: AlertKey, alerts: readonly FiringAlert[]): Promise<void>;
}
