/** What two threads say to each other of lines to store. */
import type { ParsedLine } from '../../domain/entry.ts';
import { AppError, type ErrorCode, messageOf } from '../../domain/errors.ts';
import { LineColumns, type Templates } from '../../domain/line-columns.ts';
import type { AppendResult, RejectTally } from '../../domain/ports.ts';

/** Lines on their way to the other thread. The arrays are handed over, not copied. */
export interface PackedColumns {
  readonly length: number;
  readonly template: Int32Array<ArrayBuffer>;
  readonly start: Float64Array<ArrayBuffer>;
  readonly duration: Float64Array<ArrayBuffer>;
  readonly received: Float64Array<ArrayBuffer>;
  readonly sent: Float64Array<ArrayBuffer>;
  readonly upstreamLocalPort: Int32Array<ArrayBuffer>;
  readonly downstreamRemotePort: Int32Array<ArrayBuffer>;
  readonly alone: ReadonlyMap<number, ParsedLine>;
  /** Stands for the object that numbered the templates; null: no line has one. */
  readonly templates: number | null;
  /** A sample of each template that the other thread has not met. */
  readonly samples: ReadonlyMap<number, ParsedLine>;
}

export type ToWriter =
  | {
      readonly kind: 'append';
      readonly id: number;
      readonly lines: PackedColumns;
      readonly rejects: readonly RejectTally[];
    }
  | { readonly kind: 'close' };

export type FromWriter =
  | { readonly kind: 'ready' }
  | { readonly kind: 'appended'; readonly id: number; readonly result: AppendResult }
  | { readonly kind: 'closed' }
  /** `id` is null for what failed at the opening or the closing. */
  | { readonly kind: 'failed'; readonly id: number | null; readonly error: PackedError };

/** An error, without what cannot travel. */
export interface PackedError {
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly remedy: string | null;
  readonly stack: string | null;
}

export function packError(error: unknown): PackedError {
  const isOurs = error instanceof AppError;
  return {
    code: isOurs ? error.code : null,
    message: messageOf(error),
    remedy: isOurs ? error.remedy : null,
    stack: error instanceof Error ? (error.stack ?? null) : null,
  };
}

export function unpackError({ code, message, remedy, stack }: PackedError): Error {
  if (code !== null) return new AppError(code, message, remedy === null ? {} : { remedy });
  const error = new Error(message);
  if (stack !== null) error.stack = stack;
  return error;
}

/** The buffers of packed lines, which are the receiver's from now on. */
export function buffersOf(lines: PackedColumns): ArrayBuffer[] {
  const { template, start, duration, received, sent, upstreamLocalPort, downstreamRemotePort } = lines;
  return [template, start, duration, received, sent, upstreamLocalPort, downstreamRemotePort].map(
    (column) => column.buffer,
  );
}

export function packColumns(
  columns: LineColumns,
  templates: number | null,
  samples: ReadonlyMap<number, ParsedLine>,
): PackedColumns {
  const {
    length,
    template,
    start,
    duration,
    received,
    sent,
    upstreamLocalPort,
    downstreamRemotePort,
    alone,
  } = columns;
  return {
    ...{ length, template, start, duration, received, sent, upstreamLocalPort, downstreamRemotePort, alone },
    templates,
    samples,
  };
}

/** The lines on the other side. */
export function unpackColumns(packed: PackedColumns, templates: Templates | null): LineColumns {
  const columns = new LineColumns(templates);
  columns.length = packed.length;
  columns.template = packed.template;
  columns.start = packed.start;
  columns.duration = packed.duration;
  columns.received = packed.received;
  columns.sent = packed.sent;
  columns.upstreamLocalPort = packed.upstreamLocalPort;
  columns.downstreamRemotePort = packed.downstreamRemotePort;
  for (const [index, line] of packed.alone) columns.alone.set(index, line);
  return columns;
}
