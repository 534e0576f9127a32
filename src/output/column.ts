/** How items become the cells of a table, and the cells of CSV. */
import { type CsvCell, formatCsvRow } from './csv.ts';

interface Column<T> {
  readonly heading: string;
  readonly cell: (item: T) => string | number | null;
  /** Shown with `-o wide` only. */
  readonly wide: boolean;
}

export interface Columns<T> {
  readonly table: readonly Column<T>[];
  /** Paths into the item, dots between the parts; in CSV a column each. */
  readonly csv: readonly string[];
}

type CsvColumns = Pick<Columns<never>, 'csv'>;

/** An item as one object without others in it, as dashboards ask for. */
export type FlatRow = Readonly<Record<string, CsvCell>>;

export interface Cells {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const column = <T>(heading: string, cell: Column<T>['cell']): Column<T> => ({
  heading,
  cell,
  wide: false,
});
export const wide = <T>(heading: string, cell: Column<T>['cell']): Column<T> => ({
  heading,
  cell,
  wide: true,
});

/** Headings and rows of a table; what is missing is `<none>`. Not escaped: `formatTable` does. */
export function tableCells<T>(
  { table }: Pick<Columns<T>, 'table'>,
  items: readonly T[],
  form: 'table' | 'wide',
): Cells {
  const shown = table.filter((candidate) => form === 'wide' || !candidate.wide);
  return {
    columns: shown.map((each) => each.heading),
    rows: items.map((item) => shown.map((each) => String(each.cell(item) ?? '<none>'))),
  };
}

/** The heading row of CSV. */
export function csvHeading({ csv }: CsvColumns): string {
  return formatCsvRow(csv);
}

/** One item as CSV. A list of texts is one cell with spaces between; lists of objects and objects are JSON. */
export function csvCells({ csv }: CsvColumns, item: unknown): string {
  return formatCsvRow(stepsOf(csv).map(({ steps }) => cellAt(item, steps)));
}

/** The columns of CSV as one object; `_` stands for the dots in their names. */
export function flatCells({ csv }: CsvColumns, item: unknown): FlatRow {
  return Object.fromEntries(stepsOf(csv).map(({ name, steps }) => [name, cellAt(item, steps)]));
}

/** Texts as one cell; null when there are none. */
export function list(values: readonly string[]): string | null {
  return values.length === 0 ? null : values.join(',');
}

interface Path {
  readonly name: string;
  readonly steps: readonly string[];
}

/** Paths taken apart, once for each list of columns: whole databases are written as CSV. */
const PATHS = new WeakMap<readonly string[], readonly Path[]>();

function stepsOf(csv: readonly string[]): readonly Path[] {
  const known = PATHS.get(csv);
  if (known !== undefined) return known;
  const paths = csv.map((path) => ({ name: path.replaceAll('.', '_'), steps: path.split('.') }));
  PATHS.set(csv, paths);
  return paths;
}

function cellAt(item: unknown, steps: readonly string[]): CsvCell {
  let value: unknown = item;
  for (const part of steps) {
    // Every item is plain data, and every path is one of ours.
    value = value === null || value === undefined ? null : (value as Record<string, unknown>)[part];
  }
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string' && !each.includes(' '))) {
    return value.join(' ');
  }
  return JSON.stringify(value);
}
