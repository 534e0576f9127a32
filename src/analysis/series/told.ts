import type { Labels } from '../../domain/timeseries.ts';

/** The series that are told, and whose they are. */
export interface Told {
  /** Those with the most first. */
  readonly labels: readonly Labels[];
  /** How many series there are, with those that are not told. */
  readonly total: number;
  /** True when a shape belongs to the same series in all hours, whatever is learned. */
  readonly isFixed: boolean;
  /** Place in `labels` by the id of the shape of a line of that hour; -1: none. It holds until the next call. */
  inHour(hour: number): Int32Array;
}
