/** What can be asked of reports beyond those that are kept: making one now, and how schedules and deliveries are. */

import type { ReportFilters, ReportFormat, ReportRequest } from './report.ts';
import type { TargetType } from './report-plan.ts';
import type { Delivery, ReportHead, StoredReport } from './report-store.ts';

/** Times are ms since the epoch. */
export interface ScheduleStatus {
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  readonly windowMs: number | null;
  readonly filters: ReportFilters;
  readonly format: ReportFormat;
  /** The next times, soonest first; none where the expression names no further one. */
  readonly nextRuns: readonly number[];
  readonly lastReport: ReportHead | null;
  /** Why the report that is due could not be made; null: none is. */
  readonly error: string | null;
  readonly targets: readonly TargetStatus[];
}

export interface TargetStatus {
  readonly target: string;
  readonly type: TargetType;
  readonly destination: string;
  /** Of the last report; null where there is none, and where alerts are told. */
  readonly delivery: Delivery | null;
  /** Null where no alerts are told. */
  readonly alerts: AlertStatus | null;
}

export interface AlertStatus {
  readonly firing: number;
  /** Last time that the target took them; null: not since the start. */
  readonly told: number | null;
  /** Why it did not the last time; null: it did. */
  readonly error: string | null;
}

/** Counts since the start of the process. */
export interface ReportCounters {
  /** By schedule; those that were asked for under `asked`. */
  readonly made: ReadonlyMap<string, number>;
  /** Reports that could not be made, by the same. */
  readonly failed: ReadonlyMap<string, number>;
  /** By target: tries that went well, tries that did not, and deliveries that were given up. */
  readonly deliveries: ReadonlyMap<string, Readonly<Record<DeliveryOutcome, number>>>;
  /** Deliveries that wait, as far as is known. */
  readonly pending: number;
  /** By target. */
  readonly firing: ReadonlyMap<string, number>;
}

export const DELIVERY_OUTCOMES = ['delivered', 'retried', 'failed'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

export interface ReportDesk {
  /** Makes a report and keeps it. Errors: those of the analysis and of the store. */
  ask(request: ReportRequest): Promise<StoredReport>;
  schedules(): Promise<readonly ScheduleStatus[]>;
  counters(): ReportCounters;
  /** What is wrong with schedules and deliveries, a sentence each; empty when nothing is. */
  problems(): readonly string[];
}
