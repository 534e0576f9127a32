/** What is said between those who use a store and the thread that it lives in. */
import type { ColumnArrays } from '../../domain/line-columns.ts';
import type { PackedError } from '../../domain/packed-error.ts';
import type { AppendResult, RejectTally, Store } from '../../domain/ports.ts';
import type { ReportStore } from '../../domain/report-store.ts';
import type { PackedColumns } from './packed-columns.ts';

/** Questions and changes that are no lines. Their arguments and answers are plain data. */
export interface Calls extends ReportStore, Pick<Store, 'counts' | 'rejects'> {
  prune(before: number): ReturnType<Store['prune']>;
  checkpoint(): Promise<void>;
}

/** Of reports, every one of them: the compiler misses none. */
export const REPORT_CALLS: readonly (keyof ReportStore)[] = Object.keys({
  beginSchedule: true,
  saveReport: true,
  reports: true,
  report: true,
  deliveriesOf: true,
  pendingDeliveries: true,
  beginTry: true,
  endTry: true,
  dropReports: true,
  firingAlerts: true,
  replaceAlerts: true,
} satisfies Record<keyof ReportStore, true>) as (keyof ReportStore)[];

/** Flows by the store's own numbers for them. Null: a version changed more than its flows. */
export type ChangedFlows = Float64Array | readonly number[] | null;

export type ToStore =
  | {
      readonly kind: 'append';
      readonly id: number;
      readonly lines: PackedColumns;
      /** Whether the arrays of the lines are wanted back, to be filled anew. */
      readonly isLent: boolean;
      readonly rejects: readonly RejectTally[];
    }
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly call: keyof Calls;
      readonly args: readonly unknown[];
    }
  /** A call is to end before its time. */
  | { readonly kind: 'stop'; readonly id: number }
  /** Nothing with these templates comes any more. */
  | { readonly kind: 'drop'; readonly templates: number }
  /** Others found that the disk or the database failed. */
  | { readonly kind: 'fail'; readonly error: PackedError }
  | { readonly kind: 'close' };

export type FromStore =
  | { readonly kind: 'ready'; readonly version: number }
  /** A transaction was committed that changed these flows; comes before what it answers. */
  | { readonly kind: 'changed'; readonly version: number; readonly flows: ChangedFlows }
  /** With the arrays that were lent. */
  | {
      readonly kind: 'appended';
      readonly id: number;
      readonly arrays: ColumnArrays | null;
      readonly result: AppendResult;
    }
  | {
      readonly kind: 'refused';
      readonly id: number;
      readonly arrays: ColumnArrays | null;
      readonly error: PackedError;
    }
  | { readonly kind: 'answer'; readonly id: number; readonly version: number; readonly answer: unknown }
  /** `id` is null for what failed at the opening or the closing. */
  | { readonly kind: 'failed'; readonly id: number | null; readonly error: PackedError }
  /** The disk or the database failed. */
  | { readonly kind: 'lost'; readonly error: PackedError }
  | { readonly kind: 'closed' };
