/** Makes reports and keeps them: those that are due, and those that are asked for. */
import { ASKED_REPORTS_MAX, REPORT_KEEP_MS_DEFAULT, REPORTS_KEPT_MAX } from '../domain/limits.ts';
import type { Report, ReportRequest } from '../domain/report.ts';
import { ASKED, type SchedulePlan } from '../domain/report-plan.ts';
import type { ReportStore, StoredReport } from '../domain/report-store.ts';
import type { Times } from './cron.ts';
import { beginOf, type Due } from './due.ts';

export interface MakerDeps {
  readonly store: ReportStore;
  readonly make: (request: ReportRequest) => Promise<Report>;
  readonly now: () => number;
}

/** Makes the report that is due, with a delivery for each target. Null: its period has one already. */
export async function makeScheduled(
  plan: SchedulePlan,
  due: Due,
  { times, targets }: { readonly times: Times; readonly targets: readonly string[] },
  deps: MakerDeps,
): Promise<StoredReport | null> {
  const { store, now } = deps;
  const [before] = await store.reports({ schedule: plan.name, before: null, limit: 1 });
  const until = due.period;
  const since = beginOf(until, plan.windowMs, times, before?.until ?? null);
  const compareSince = before === undefined || before.until >= until ? null : before.until;
  const report = await deps.make({ since, until, filters: plan.filters, compareSince });
  const made = now();
  const stored: StoredReport = {
    id: `${plan.name}-${compactTime(due.period)}`,
    schedule: plan.name,
    ...due,
    ...{ made, since, until, report },
    filters: plan.filters,
    format: plan.format,
    headline: report.headline,
    severity: report.severity,
  };
  const isNew = await store.saveReport(stored, targets);
  await store.dropReports(plan.name, made - plan.keepMs, REPORTS_KEPT_MAX);
  return isNew ? stored : null;
}

/** Makes a report that was asked for; it is delivered to nobody. */
export async function makeAsked(request: ReportRequest, deps: MakerDeps): Promise<StoredReport> {
  const { store, now } = deps;
  const { since, until, filters } = request;
  const report = await deps.make(request);
  const { headline, severity } = report;
  for (;;) {
    const made = now();
    const stored: StoredReport = {
      // Two within one millisecond have one id: the second waits for the next.
      id: `${ASKED}-${compactTime(made)}`,
      schedule: null,
      period: made,
      missed: 0,
      ...{ made, since, until, filters, headline, severity, report },
      format: 'html',
    };
    if (await store.saveReport(stored, [])) {
      await store.dropReports(null, made - REPORT_KEEP_MS_DEFAULT, ASKED_REPORTS_MAX);
      return stored;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** `20260105T090000Z`, with milliseconds where there are any: sorts by time, and is a part of file names. */
export function compactTime(time: number): string {
  return new Date(time).toISOString().replace(/[-:]/g, '').replace('.000Z', 'Z').replace('.', '');
}
