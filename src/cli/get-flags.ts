/** Flags of `get`, whatever it is asked for. */
import type { TargetFlags } from './target-flags.ts';

export const OUTPUTS = ['table', 'wide', 'json', 'ndjson', 'csv'] as const;
export type Output = (typeof OUTPUTS)[number];

/** Before they are read: `limit` is a number's text. */
export interface GetFlags extends TargetFlags {
  readonly output: Output;
  readonly limit?: string;
  readonly cursor?: string;
  /** Of time series. */
  readonly metric?: string;
  readonly step?: string;
  readonly groupBy?: readonly string[];
  /** Of reports. */
  readonly schedule?: string;
  /** Of one incident. */
  readonly evidence?: boolean;
}
