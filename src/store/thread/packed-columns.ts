/** Lines on their way to another thread, and back. Their arrays are handed over; of a few lines a copy is. */
import type { ParsedLine } from '../../domain/entry.ts';
import { type ColumnArrays, LineColumns } from '../../domain/line-columns.ts';
import type { Templates } from '../../domain/templates.ts';
import type { PackedTemplates } from './sent-templates.ts';

export interface PackedColumns {
  readonly length: number;
  readonly arrays: ColumnArrays;
  readonly alone: ReadonlyMap<number, ParsedLine>;
  /** Null: no line has a template. */
  readonly templates: PackedTemplates | null;
}

/** The buffers of arrays, which are the receiver's from now on. */
export function buffersOf(arrays: ColumnArrays): ArrayBuffer[] {
  return Object.values(arrays).map((column: Int32Array<ArrayBuffer>) => column.buffer);
}

export function packColumns(columns: LineColumns, templates: PackedTemplates | null): PackedColumns {
  const { length, arrays, alone } = columns;
  return { length, arrays, alone, templates };
}

/** The same of a copy that is as long as the lines: large arrays that are handed to and fro look like much new memory to both threads. */
export function copyColumns(columns: LineColumns, templates: PackedTemplates | null): PackedColumns {
  const { length, arrays, alone, textLength } = columns;
  const copies = Object.entries(arrays).map(([name, column]: [string, Int32Array]) => [
    name,
    column.slice(0, name === 'texts' ? textLength : length),
  ]);
  // Of each column that there is, by its name.
  return { length, arrays: Object.fromEntries(copies) as ColumnArrays, alone, templates };
}

/** The lines on the other side. */
export function unpackColumns(packed: PackedColumns, templates: Templates | null): LineColumns {
  const columns = new LineColumns(templates, 0);
  columns.length = packed.length;
  columns.adopt(packed.arrays);
  for (const [index, line] of packed.alone) columns.alone.set(index, line);
  return columns;
}
