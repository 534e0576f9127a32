/** Reports, deliveries and schedules as they are shown: times as RFC 3339, and one object each. */
import type { Report, ReportFilters, ReportFormat } from './report.ts';
import type { ScheduleStatus, TargetStatus } from './report-desk.ts';
import type { TargetType } from './report-plan.ts';
import type { Delivery, DeliveryState, ReportHead, StoredReport } from './report-store.ts';
import type { Severity } from './resources.ts';
import { formatTime } from './time.ts';

export interface DeliveryItem {
  readonly id: string;
  readonly target: string;
  readonly state: DeliveryState;
  readonly tries: number;
  /** Null: there will be none. */
  readonly next_try: string | null;
  /** Null: there was none yet. */
  readonly last_try: string | null;
  readonly delivered_at: string | null;
  /** Of the last try; null when it went well. */
  readonly error: string | null;
}

/** A report without its document. */
export interface ReportItem {
  readonly id: string;
  /** Null: it was asked for. */
  readonly schedule: string | null;
  readonly period: string;
  readonly missed: number;
  readonly made_at: string;
  readonly since: string;
  readonly until: string;
  readonly filters: ReportFilters;
  readonly format: ReportFormat;
  readonly headline: string;
  readonly severity: Severity | null;
  readonly deliveries: readonly DeliveryItem[];
}

export interface WholeReport extends ReportItem {
  readonly report: Report;
}

export interface ScheduleItem {
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  /** Seconds before the scheduled time; null: since the report before. */
  readonly window_seconds: number | null;
  readonly filters: ReportFilters;
  readonly format: ReportFormat;
  /** Soonest first. */
  readonly next_runs: readonly string[];
  readonly last_report: Pick<ReportItem, 'id' | 'period' | 'made_at' | 'headline' | 'missed'> | null;
  /** Why the report that is due could not be made; null: none is. */
  readonly error: string | null;
  readonly targets: ReadonlyArray<{
    readonly target: string;
    readonly type: TargetType;
    readonly destination: string;
    /** Of the last report; null where there is none, and where alerts are told. */
    readonly delivery: DeliveryItem | null;
    /** Null where no alerts are told. */
    readonly alerts: {
      readonly firing: number;
      readonly told_at: string | null;
      readonly error: string | null;
    } | null;
  }>;
}

export function toReportItem(head: ReportHead, deliveries: readonly Delivery[]): ReportItem {
  const { id, schedule, missed, filters, format, headline, severity } = head;
  return {
    id,
    schedule,
    period: formatTime(head.period),
    missed,
    made_at: formatTime(head.made),
    since: formatTime(head.since),
    until: formatTime(head.until),
    filters,
    format,
    headline,
    severity,
    deliveries: deliveries.filter(({ report }) => report === id).map(toDeliveryItem),
  };
}

export function toWholeReport(stored: StoredReport, deliveries: readonly Delivery[]): WholeReport {
  return { ...toReportItem(stored, deliveries), report: stored.report };
}

function toDeliveryItem(delivery: Delivery): DeliveryItem {
  const { id, target, state, tries, error } = delivery;
  return {
    ...{ id, target, state, tries },
    next_try: formatOrNull(delivery.next_try),
    last_try: formatOrNull(delivery.last_try),
    delivered_at: formatOrNull(delivery.delivered),
    error,
  };
}

export function toScheduleItem(status: ScheduleStatus): ScheduleItem {
  const { name, cron, timezone, windowMs, filters, format, lastReport, error } = status;
  return {
    ...{ name, cron, timezone },
    window_seconds: windowMs === null ? null : windowMs / 1_000,
    ...{ filters, format },
    next_runs: status.nextRuns.map(formatTime),
    last_report: lastReport === null ? null : briefly(lastReport),
    error,
    targets: status.targets.map(toTargetItem),
  };
}

function briefly({
  id,
  period,
  made,
  headline,
  missed,
}: ReportHead): NonNullable<ScheduleItem['last_report']> {
  return { id, period: formatTime(period), made_at: formatTime(made), headline, missed };
}

function toTargetItem({ delivery, alerts, ...target }: TargetStatus): ScheduleItem['targets'][number] {
  return {
    ...target,
    delivery: delivery === null ? null : toDeliveryItem(delivery),
    alerts:
      alerts === null
        ? null
        : { firing: alerts.firing, told_at: formatOrNull(alerts.told), error: alerts.error },
  };
}

function formatOrNull(time: number | null): string | null {
  return time === null ? null : formatTime(time);
}
