/** Columns of reports that were made. */
import type { DeliveryItem, ReportItem } from '../domain/report-items.ts';
import { type Cells, type Columns, column, csvCells, csvHeading, list, tableCells, wide } from './column.ts';

const REPORTS: Columns<ReportItem> = {
  table: [
    column('ID', (r) => r.id),
    wide('SCHEDULE', (r) => r.schedule),
    column('SINCE', (r) => r.since),
    column('UNTIL', (r) => r.until),
    wide('MADE', (r) => r.made_at),
    wide('MISSED', (r) => r.missed),
    column('SEVERITY', (r) => r.severity),
    column('DELIVERIES', (r) => list(r.deliveries.map(briefly))),
    column('HEADLINE', (r) => r.headline),
  ],
  csv: [
    ...['id', 'schedule', 'period', 'missed', 'made_at', 'since', 'until', 'format', 'severity', 'headline'],
    ...['filters', 'deliveries'],
  ],
};

export function reportCells(items: readonly ReportItem[], form: 'table' | 'wide'): Cells {
  return tableCells(REPORTS, items, form);
}

export function reportCsvHeader(): string {
  return csvHeading(REPORTS);
}

export function reportCsvRow(item: ReportItem): string {
  return csvCells(REPORTS, item);
}

function briefly({ target, state, tries, error }: DeliveryItem): string {
  const what = state === 'pending' && error !== null ? `retried after ${tries}` : state;
  return `${target}:${what.replaceAll(' ', '-')}`;
}
