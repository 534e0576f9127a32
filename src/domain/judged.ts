/** What anomalies rest on. */
import type { AnomalyBasis } from './resources.ts';

/** What anomalies of a window rest on. */
export interface Judged {
  /** The whole hours that were judged; both are the same when there was none. */
  readonly since: string;
  readonly until: string;
  /** Null when there is nothing to compare them with. */
  readonly basis: AnomalyBasis | null;
  /** Of history before the window. */
  readonly days: number;
  readonly series: number;
  /** Hours of series that were compared, each of their metrics by itself. */
  readonly trials: number;
  /** Hours in which nothing was collected. */
  readonly holes: number;
}
