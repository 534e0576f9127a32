/** What every store must do with reports. Part of the contract of stores. */
import type { Test } from 'tap';
import type { Store } from '../../src/domain/ports.ts';
import type { ReportQuery, StoredReport } from '../../src/domain/report-store.ts';
import { makeStoredReport } from '../helpers/stored-report.ts';

const NINE = Date.UTC(2024, 2, 5, 9);
const DAY = 86_400_000;
const ALL: ReportQuery = { schedule: null, before: null, limit: 100 };

type WithStore = (title: string, run: (t: Test, store: Store) => Promise<void>) => void;

export function testReportStore(withStore: WithStore): void {
  const daily = (period: number, more: Partial<StoredReport> = {}): StoredReport =>
    makeStoredReport({ id: `daily-${period}`, schedule: 'daily', period, made: period + 5, ...more });
  const asked = (made: number): StoredReport =>
    makeStoredReport({ id: `asked-${made}`, schedule: null, period: made, made });

  withStore(
    'a schedule goes on where it was, and begins anew with another pattern',
    async (t, { reports }) => {
      t.equal(await reports.beginSchedule('daily', '0 9 * * * UTC', NINE), NINE);
      t.equal(await reports.beginSchedule('daily', '0 9 * * * UTC', NINE + DAY), NINE);
      await reports.saveReport(daily(NINE + DAY), []);
      t.equal(await reports.beginSchedule('daily', '0 9 * * * UTC', NINE + 3 * DAY), NINE + DAY);
      t.equal(await reports.beginSchedule('daily', '0 8 * * * UTC', NINE + 4 * DAY), NINE + 4 * DAY);
      t.equal(await reports.beginSchedule('other', '0 8 * * * UTC', 1), 1);
    },
  );

  withStore('a report comes with its deliveries, once for each period', async (t, { reports }) => {
    await reports.beginSchedule('daily', 'p', NINE);
    const report = daily(NINE, { filters: { port: ['5701', '80'] }, severity: 'high', missed: 3 });
    t.equal(await reports.saveReport(report, ['mail', 'hook']), true);
    t.equal(await reports.saveReport({ ...report, id: 'daily-again' }, ['third']), false);
    t.equal(
      await reports.saveReport(daily(NINE + DAY, { id: report.id }), ['third']),
      false,
      'nor with one id',
    );
    t.strictSame(await reports.report(report.id), report);
    t.equal(await reports.report('daily-again'), null);
    const { report: _document, ...head } = report;
    t.strictSame(await reports.reports(ALL), [head]);
    t.strictSame(await reports.deliveriesOf([report.id, 'daily-again']), [
      pending(report, 'hook'),
      pending(report, 'mail'),
    ]);
    t.strictSame(await reports.deliveriesOf([]), []);
  });

  withStore('lists the newest reports first, page by page', async (t, { reports }) => {
    for (const report of [asked(NINE + 10), daily(NINE), daily(NINE + DAY), asked(NINE + DAY + 5)])
      t.ok(await reports.saveReport(report, []));
    const ids = async (query: Partial<ReportQuery>) =>
      (await reports.reports({ ...ALL, ...query })).map(({ id }) => id);
    const all = [`daily-${NINE + DAY}`, `asked-${NINE + DAY + 5}`, `asked-${NINE + 10}`, `daily-${NINE}`];
    t.strictSame(await ids({}), all);
    t.strictSame(await ids({ limit: 2 }), all.slice(0, 2));
    t.strictSame(await ids({ before: { made: NINE + DAY + 5, id: all[0] ?? '' } }), all.slice(1));
    t.strictSame(await ids({ before: { made: NINE + DAY + 5, id: all[1] ?? '' } }), all.slice(2));
    t.strictSame(await ids({ schedule: 'daily' }), [all[0], all[3]]);
  });

  withStore('a delivery is tried until it is told how it ended', async (t, { reports }) => {
    const report = daily(NINE);
    await reports.saveReport(report, ['a', 'b', 'c']);
    const id = (target: string): string => `${report.id}/${target}`;
    await reports.beginTry(id('a'), NINE + 10, NINE + 100);
    const [b, c, a] = await reports.pendingDeliveries();
    t.match([b, c], [{ target: 'b' }, { target: 'c' }], 'what is due first');
    t.match(a, { target: 'a', tries: 1, last_try: NINE + 10, next_try: NINE + 100, error: null });
    await reports.endTry(id('a'), { state: 'pending', error: 'status 500', nextTry: NINE + 50 });
    await reports.endTry(id('b'), { state: 'failed', error: 'no such target' });
    t.match(await reports.pendingDeliveries(), [
      { target: 'c' },
      { target: 'a', tries: 1, next_try: NINE + 50, error: 'status 500' },
    ]);
    await reports.beginTry(id('a'), NINE + 50, NINE + 500);
    await reports.endTry(id('a'), { state: 'delivered', at: NINE + 51 });
    // Whoever comes late changes nothing.
    await reports.endTry(id('a'), { state: 'failed', error: 'late' });
    await reports.beginTry(id('a'), NINE + 60, NINE + 600);
    t.match(await reports.deliveriesOf([report.id]), [
      { target: 'a', state: 'delivered', tries: 2, delivered: NINE + 51, next_try: null, error: null },
      { target: 'b', state: 'failed', tries: 0, delivered: null, next_try: null, error: 'no such target' },
      { target: 'c', state: 'pending' },
    ]);
  });

  withStore('forgets old reports, and none that is still to be delivered', async (t, { reports }) => {
    for (const day of [0, 1, 2, 3])
      await reports.saveReport(daily(NINE + day * DAY), day === 1 ? ['hook'] : []);
    await reports.saveReport(asked(NINE), []);
    const periods = async (): Promise<number[]> =>
      (await reports.reports({ ...ALL, schedule: 'daily' })).map(({ period }) => (period - NINE) / DAY);
    t.equal(await reports.dropReports('daily', NINE + 2 * DAY, 100), 1);
    t.strictSame(await periods(), [3, 2, 1], 'by age, but for what is pending');
    t.equal(await reports.dropReports('daily', 0, 1), 1);
    t.strictSame(await periods(), [3, 1], 'by number');
    await reports.endTry(`daily-${NINE + DAY}/hook`, { state: 'delivered', at: NINE });
    t.equal(await reports.dropReports('daily', 0, 1), 1);
    t.strictSame(await reports.deliveriesOf([`daily-${NINE + DAY}`]), [], 'with its deliveries');
    t.equal((await reports.reports(ALL)).length, 2, 'those of others stay');
    t.equal(await reports.dropReports(null, NINE + DAY, 100), 1);
  });

  withStore('knows the alerts that fire, by schedule and target', async (t, { reports }) => {
    const key = { schedule: 'ops', target: 'am' };
    await reports.replaceAlerts(key, [
      { incident: 'i2', document: '{"b":2}' },
      { incident: 'i1', document: '{}' },
    ]);
    await reports.replaceAlerts({ ...key, target: 'other' }, [{ incident: 'i9', document: '{}' }]);
    t.strictSame(await reports.firingAlerts(key), [
      { incident: 'i1', document: '{}' },
      { incident: 'i2', document: '{"b":2}' },
    ]);
    await reports.replaceAlerts(key, []);
    t.strictSame(await reports.firingAlerts(key), []);
    t.equal((await reports.firingAlerts({ ...key, target: 'other' })).length, 1);
  });
}

function pending({ id, made }: StoredReport, target: string) {
  return {
    id: `${id}/${target}`,
    report: id,
    target,
    state: 'pending' as const,
    tries: 0,
    next_try: made,
    last_try: null,
    delivered: null,
    error: null,
  };
}
