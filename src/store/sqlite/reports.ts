/** Reports, their deliveries, schedules and alerts in SQLite. */
import type Database from 'better-sqlite3';
import type { Report, ReportFilters, ReportFormat } from '../../domain/report.ts';
import type {
  Delivery,
  FiringAlert,
  ReportHead,
  ReportStore,
  StoredReport,
} from '../../domain/report-store.ts';
import type { Severity } from '../../domain/resources.ts';

/** The port, whose calls end at once: SQLite has no waiting. */
export type ReportTables = {
  readonly [K in keyof ReportStore]: (
    ...args: Parameters<ReportStore[K]>
  ) => Awaited<ReturnType<ReportStore[K]>>;
};

interface HeadRow extends Omit<ReportHead, 'filters' | 'format' | 'severity'> {
  readonly filters: string;
  readonly format: string;
  readonly severity: string | null;
}
interface ReportRow extends HeadRow {
  readonly document: string;
}

const HEAD = 'id, schedule, period, missed, made, since, until, filters, format, headline, severity';

/** Statements are prepared when they are first needed: most openings of a database have nothing to do with reports. */
export function createReportTables(db: Database.Database): ReportTables {
  let made: ReturnType<typeof prepare> | null = null;
  const sql = (): ReturnType<typeof prepare> => {
    made ??= prepare(db);
    return made;
  };
  return {
    beginSchedule(name, pattern, now) {
      const { schedule, startSchedule } = sql();
      const begin = db.transaction(() => {
        const known = schedule.get(name);
        if (known?.pattern === pattern) return known.period;
        startSchedule.run({ name, pattern, now });
        return now;
      });
      return begin.immediate();
    },
    saveReport: (report, targets) => db.transaction(() => insertReport(sql(), report, targets)).immediate(),
    reports: ({ schedule, before, limit }) =>
      sql()
        .heads.all({ schedule, made: before?.made ?? Number.MAX_SAFE_INTEGER, id: before?.id ?? '', limit })
        .map(toHead),
    report(id) {
      const row = sql().report.get(id);
      if (row === undefined) return null;
      const { document, ...head } = row;
      // What was written as this document.
      return { ...toHead(head), report: JSON.parse(document) as Report };
    },
    deliveriesOf: (reports) => sql().deliveriesOf.all(JSON.stringify(reports)),
    pendingDeliveries: () => sql().pending.all(),
    beginTry: (id, now, nextTry) => void sql().beginTry.run({ id, now, nextTry }),
    endTry(id, outcome) {
      const delivered = outcome.state === 'delivered' ? outcome.at : null;
      const error = outcome.state === 'delivered' ? null : outcome.error;
      const nextTry = outcome.state === 'pending' ? outcome.nextTry : null;
      sql().endTry.run({ id, state: outcome.state, delivered, error, nextTry });
    },
    dropReports: (schedule, before, keep) =>
      db.transaction(() => dropReports(sql(), schedule, before, keep)).immediate(),
    firingAlerts: ({ schedule, target }) => sql().alerts.all(schedule, target),
    replaceAlerts: ({ schedule, target }, alerts) =>
      db
        .transaction(() => {
          sql().dropAlerts.run(schedule, target);
          for (const { incident, document } of alerts)
            sql().insertAlert.run(schedule, target, incident, document);
        })
        .immediate(),
  };
}

function prepare(db: Database.Database) {
  return {
    schedule: db.prepare<[string], { pattern: string; period: number }>(
      'SELECT pattern, period FROM schedule WHERE name = ?',
    ),
    startSchedule: db.prepare(
      `INSERT INTO schedule (name, pattern, period) VALUES (@name, @pattern, @now)
       ON CONFLICT (name) DO UPDATE SET pattern = @pattern, period = @now`,
    ),
    advance: db.prepare('UPDATE schedule SET period = max(period, ?) WHERE name = ?'),
    insertReport: db.prepare(
      `INSERT INTO report (${HEAD}, document) VALUES
       (@id, @schedule, @period, @missed, @made, @since, @until, @filters, @format, @headline, @severity, @document)
       ON CONFLICT DO NOTHING`,
    ),
    insertDelivery: db.prepare(
      `INSERT INTO delivery (id, report, target, state, tries, next_try) VALUES (?, ?, ?, 'pending', 0, ?)`,
    ),
    heads: db.prepare<[object], HeadRow>(
      `SELECT ${HEAD} FROM report WHERE (made < @made OR (made = @made AND id < @id))
       AND (@schedule IS NULL OR schedule = @schedule) ORDER BY made DESC, id DESC LIMIT @limit`,
    ),
    report: db.prepare<[string], ReportRow>(`SELECT ${HEAD}, document FROM report WHERE id = ?`),
    deliveriesOf: db.prepare<[string], Delivery>(
      'SELECT * FROM delivery WHERE report IN (SELECT value FROM json_each(?)) ORDER BY report, target',
    ),
    pending: db.prepare<[], Delivery>("SELECT * FROM delivery WHERE state = 'pending' ORDER BY next_try, id"),
    beginTry: db.prepare(
      `UPDATE delivery SET tries = tries + 1, last_try = @now, next_try = @nextTry, error = NULL
       WHERE id = @id AND state = 'pending'`,
    ),
    endTry: db.prepare(
      `UPDATE delivery SET state = @state, delivered = @delivered, error = @error, next_try = @nextTry
       WHERE id = @id AND state = 'pending'`,
    ),
    outdated: db.prepare<[object], { id: string }>(
      `SELECT id FROM report WHERE schedule IS @schedule
       AND (made < @before OR id NOT IN
         (SELECT id FROM report WHERE schedule IS @schedule ORDER BY made DESC, id DESC LIMIT @keep))
       AND NOT EXISTS (SELECT 1 FROM delivery WHERE report = report.id AND state = 'pending')`,
    ),
    dropDeliveries: db.prepare('DELETE FROM delivery WHERE report = ?'),
    dropReport: db.prepare('DELETE FROM report WHERE id = ?'),
    alerts: db.prepare<[string, string], FiringAlert>(
      'SELECT incident, document FROM alert WHERE schedule = ? AND target = ? ORDER BY incident',
    ),
    dropAlerts: db.prepare('DELETE FROM alert WHERE schedule = ? AND target = ?'),
    insertAlert: db.prepare('INSERT INTO alert (schedule, target, incident, document) VALUES (?, ?, ?, ?)'),
  };
}

type Statements = ReturnType<typeof prepare>;

function insertReport(sql: Statements, stored: StoredReport, targets: readonly string[]): boolean {
  const { report, filters, schedule, ...head } = stored;
  const row = { ...head, schedule, filters: JSON.stringify(filters), document: JSON.stringify(report) };
  if (sql.insertReport.run(row).changes === 0) return false;
  for (const target of targets) {
    sql.insertDelivery.run(deliveryId(head.id, target), head.id, target, head.made);
  }
  if (schedule !== null) sql.advance.run(head.period, schedule);
  return true;
}

/** Names of targets have no slash: no two deliveries have one id. */
function deliveryId(report: string, target: string): string {
  return `${report}/${target}`;
}

function dropReports(sql: Statements, schedule: string | null, before: number, keep: number): number {
  const outdated = sql.outdated.all({ schedule, before, keep });
  for (const { id } of outdated) {
    sql.dropDeliveries.run(id);
    sql.dropReport.run(id);
  }
  return outdated.length;
}

function toHead({ filters, format, severity, ...head }: HeadRow): ReportHead {
  return {
    ...head,
    // What was written under these types.
    filters: JSON.parse(filters) as ReportFilters,
    format: format as ReportFormat,
    severity: severity as Severity | null,
  };
}
