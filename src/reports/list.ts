/** Reports that are kept, as lists and one by one. */
import { AppError, quoted } from '../domain/errors.ts';
import type { PageRequest } from '../domain/queries.ts';
import { type ReportItem, toReportItem, toWholeReport, type WholeReport } from '../domain/report-items.ts';
import type { ReportQuery, ReportStore } from '../domain/report-store.ts';
import type { Page } from '../domain/resources.ts';

export type KeptReports = Pick<ReportStore, 'reports' | 'report' | 'deliveriesOf'>;

/** Newest first. `schedule`: null for all. Errors: `bad_cursor`. */
export async function listReports(
  kept: KeptReports,
  schedule: string | null,
  { limit, cursor }: PageRequest,
): Promise<Page<ReportItem>> {
  const heads = await kept.reports({ schedule, before: readCursor(cursor), limit: limit + 1 });
  const shown = heads.slice(0, limit);
  const deliveries = await kept.deliveriesOf(shown.map(({ id }) => id));
  const last = shown.at(-1);
  return {
    items: shown.map((head) => toReportItem(head, deliveries)),
    next_cursor: last === undefined || heads.length <= limit ? null : `${last.made}_${last.id}`,
  };
}

/** Errors: `not_found`. */
export async function getReport(kept: KeptReports, id: string): Promise<WholeReport> {
  const found = await kept.report(id);
  if (found === null)
    throw new AppError('not_found', `cannot find ${quoted(id)} among reports: there is none`);
  return toWholeReport(found, await kept.deliveriesOf([id]));
}

function readCursor(text: string | null): ReportQuery['before'] {
  if (text === null) return null;
  const [, made, id] = /^(\d{1,15})_([A-Za-z0-9._-]{1,120})$/.exec(text) ?? [];
  if (made === undefined || id === undefined)
    throw new AppError('bad_cursor', 'cannot go on from this cursor: it is of no list of reports');
  return { made: Number(made), id };
}
