/** Segments of a format, with what the loop over a line needs at hand. */
import type { Segment } from './format-string.ts';
import type { FieldName } from './log-format.ts';

/** The text fields by slot; attributes have the slots behind them. */
export const TEXT_FIELDS: readonly FieldName[] = [
  'method',
  'path',
  'protocol',
  'response_code_details',
  'connection_termination_details',
  'upstream_transport_failure_reason',
  'x_forwarded_for',
  'user_agent',
  'request_id',
  'authority',
  'upstream_host',
  'upstream_cluster',
  'upstream_local_address',
  'downstream_local_address',
  'downstream_remote_address',
  'requested_server_name',
  'route_name',
];

/** The number fields by slot. */
export const NUMBER_FIELDS: readonly FieldName[] = [
  'response_code',
  'bytes_received',
  'bytes_sent',
  'duration',
  'upstream_service_time',
];

export interface Step extends Segment {
  /** Slot among the numbers for a `number`, among the texts for text; -1 for time and flags. */
  readonly slot: number;
  /** Characters of `literal`: how many, and the first three, -1 where it has none. */
  readonly length: number;
  readonly code0: number;
  readonly code1: number;
  readonly code2: number;
}

/** Gives every segment its slot, and what else is known before the first line. */
export function toSteps(segments: readonly Segment[]): Step[] {
  let attributes = TEXT_FIELDS.length;
  return segments.map((segment) => ({
    ...segment,
    slot: slotOf(segment) ?? attributes++,
    length: segment.literal.length,
    code0: codeAt(segment.literal, 0),
    code1: codeAt(segment.literal, 1),
    code2: codeAt(segment.literal, 2),
  }));
}

function codeAt(literal: string, at: number): number {
  return at < literal.length ? literal.charCodeAt(at) : -1;
}

function slotOf(segment: Segment): number | null {
  if (segment.field === null) return null;
  if (segment.valueClass === 'time' || segment.valueClass === 'flags') return -1;
  return (segment.valueClass === 'number' ? NUMBER_FIELDS : TEXT_FIELDS).indexOf(segment.field);
}
