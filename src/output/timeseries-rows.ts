/** Points of time series as rows: time, labels, value. */
import type { Grouping, Labels, Timeseries } from '../domain/timeseries.ts';
import { labelsOf } from '../domain/timeseries.ts';
import type { Cells } from './column.ts';
import { formatCsvRow } from './csv.ts';

/** Flat, so that a dashboard takes it as it is. */
export type PointRow = Readonly<Record<string, string | number | null>>;

/** All points, series by series. */
export function* pointsOf({ series }: Pick<Timeseries, 'series'>): Generator<PointRow> {
  for (const { labels, points } of series)
    for (const [time, value] of points) yield rowOf(time, labels, value);
}

function rowOf(time: string, labels: Labels, value: number): PointRow {
  return { time, ...labels, value };
}

function columnsOf(groupBy: readonly Grouping[]): string[] {
  return ['time', ...groupBy.flatMap(labelsOf), 'value'];
}

export function pointCsvHeader(groupBy: readonly Grouping[]): string {
  return formatCsvRow(columnsOf(groupBy));
}

/** One point as CSV. */
export function pointCsvRow(groupBy: readonly Grouping[]): (row: PointRow) => string {
  const columns = columnsOf(groupBy);
  return (row) => formatCsvRow(columns.map((column) => row[column] ?? null));
}

/** Headings and rows of a table. Not escaped: `formatTable` does. */
export function pointCells(series: Pick<Timeseries, 'series'>, groupBy: readonly Grouping[]): Cells {
  const columns = columnsOf(groupBy);
  return {
    columns: columns.map((column) => column.toUpperCase().replaceAll('_', '-')),
    rows: [...pointsOf(series)].map((row) => columns.map((column) => String(row[column] ?? '<none>'))),
  };
}
