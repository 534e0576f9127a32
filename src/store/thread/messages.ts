/** What two threads say to each other of lines to store. */
import type { ColumnArrays } from '../../domain/line-columns.ts';
import type { PackedError } from '../../domain/packed-error.ts';
import type { AppendResult, RejectTally } from '../../domain/ports.ts';
import type { PackedColumns } from './packed-columns.ts';

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
