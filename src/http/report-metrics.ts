/** What Prometheus is told of reports and their deliveries. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ReportCounters, ReportDesk } from '../domain/report-desk.ts';

/** `prefix`: of all names. */
export function addReports(registry: Registry, prefix: string, office: Pick<ReportDesk, 'counters'>): void {
  const counter = (
    name: string,
    help: string,
    labels: readonly [string, ...string[]],
    read: (counters: ReportCounters) => Iterable<readonly [values: readonly string[], count: number]>,
  ): void => {
    new Counter({
      name: prefix + name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        this.reset();
        for (const [values, count] of read(office.counters())) this.labels(...values).inc(count);
      },
    });
  };
  const bySchedule = (counts: ReadonlyMap<string, number>) =>
    [...counts].map(([name, count]) => [[name], count] as const);
  counter(
    'reports_made_total',
    'Reports that were made; asked: not on a schedule',
    ['schedule'],
    ({ made }) => bySchedule(made),
  );
  counter('reports_failed_total', 'Times that a report could not be made', ['schedule'], ({ failed }) =>
    bySchedule(failed),
  );
  counter(
    'deliveries_total',
    'Tries to deliver a report that went well (delivered), that did not and are repeated (retried), and deliveries given up (failed)',
    ['target', 'outcome'],
    ({ deliveries }) =>
      [...deliveries].flatMap(([target, counts]) =>
        Object.entries(counts).map(([outcome, count]) => [[target, outcome], count] as const),
      ),
  );
  new Gauge({
    name: `${prefix}deliveries_pending`,
    help: 'Deliveries of reports that are still to be made',
    registers: [registry],
    collect() {
      this.set(office.counters().pending);
    },
  });
  new Gauge({
    name: `${prefix}alerts_firing`,
    help: 'Open incidents that a target was told of as alerts',
    labelNames: ['target'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [target, firing] of office.counters().firing) this.set({ target }, firing);
    },
  });
}
