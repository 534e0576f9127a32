/** What two threads say to each other of lines to store. */
import type { ParsedLine } from '../../domain/entry.ts';
import { type ColumnArrays, LineColumns } from '../../domain/line-columns.ts';
import type { PackedError } from '../../domain/packed-error.ts';
import type { AppendResult, RejectTally } from '../../domain/ports.ts';
import type { TemplateNews, Templates } from '../../domain/templates.ts';

/** Lines on their way to the other thread. The arrays are handed over, not copied. */
export interface PackedColumns {
  readonly length: number;
  readonly arrays: ColumnArrays;
  readonly alone: ReadonlyMap<number, ParsedLine>;
  /** Null: no line has a template. */
  readonly templates: PackedTemplates | null;
}

export interface PackedTemplates {
  /** Stands for the object that numbered the templates. */
  readonly number: number;
  /** Templates that the other thread was not sent before. */
  readonly news: TemplateNews;
}

export type ToWriter =
  | {
      readonly kind: 'append';
      readonly id: number;
      readonly lines: PackedColumns;
      readonly rejects: readonly RejectTally[];
    }
  /** Nothing with these templates comes any more. */
  | { readonly kind: 'drop'; readonly templates: number }
  /** Nothing more follows soon: what waits is to be made durable. */
  | { readonly kind: 'settle' }
  | { readonly kind: 'close' };

export type FromWriter =
  | { readonly kind: 'ready' }
  /** The arrays come back, to be filled anew. */
  | { readonly kind: 'taken'; readonly id: number; readonly arrays: ColumnArrays }
  /** What was taken is durable. */
  | { readonly kind: 'appended'; readonly id: number; readonly result: AppendResult }
  | { readonly kind: 'closed' }
  /** `id` is null for what failed at the opening or the closing. */
  | { readonly kind: 'failed'; readonly id: number | null; readonly error: PackedError };

/** The buffers of arrays, which are the receiver's from now on. */
export function buffersOf(arrays: ColumnArrays): ArrayBuffer[] {
  return Object.values(arrays).map((column: Int32Array<ArrayBuffer>) => column.buffer);
}

export function packColumns(columns: LineColumns, templates: PackedTemplates | null): PackedColumns {
  const { length, arrays, alone } = columns;
  return { length, arrays, alone, templates };
}

/** The lines on the other side. */
export function unpackColumns(packed: PackedColumns, templates: Templates | null): LineColumns {
  const columns = new LineColumns(templates, 0);
  columns.length = packed.length;
  columns.adopt(packed.arrays);
  for (const [index, line] of packed.alone) columns.alone.set(index, line);
  return columns;
}
