/** The port of reports over their tables: each call by the rules of the store that it is part of. */
import type { ReportStore } from '../../domain/report-store.ts';
import type { ReportTables } from './reports.ts';

export interface ReportStoreDeps {
  readonly read: <T>(work: () => T) => Promise<T>;
  /** Waits for others who write. */
  readonly change: <T>(work: () => T) => Promise<T>;
  /** Errors: `disk_full`. */
  readonly refuseLittleSpace: () => void;
}

export function createReportStore(
  tables: ReportTables,
  { read, change, refuseLittleSpace }: ReportStoreDeps,
): ReportStore {
  return {
    beginSchedule: (name, pattern, now) => change(() => tables.beginSchedule(name, pattern, now)),
    saveReport: (report, targets) =>
      change(() => {
        refuseLittleSpace();
        return tables.saveReport(report, targets);
      }),
    reports: (query) => read(() => tables.reports(query)),
    report: (id) => read(() => tables.report(id)),
    deliveriesOf: (ids) => read(() => tables.deliveriesOf(ids)),
    pendingDeliveries: () => read(() => tables.pendingDeliveries()),
    beginTry: (id, now, nextTry) => change(() => tables.beginTry(id, now, nextTry)),
    endTry: (id, outcome) => change(() => tables.endTry(id, outcome)),
    dropReports: (schedule, before, keep) => change(() => tables.dropReports(schedule, before, keep)),
    firingAlerts: (key) => read(() => tables.firingAlerts(key)),
    replaceAlerts: (key, alerts) => change(() => tables.replaceAlerts(key, alerts)),
  };
}
