import type { Labels } from '../../domain/timeseries.ts';
import type { Leg } from '../legs.ts';

/** The series that are told, and whose they are. */
export interface Told {
  /** Of the series that are told, those with the most first. */
  readonly labels: readonly Labels[];
  /** How many series there are, with those that are not told. */
  readonly total: number;
  /** The legs of an hour since the epoch that belong to a series that is told, with its place in `labels`. */
  each(hour: number, take: (leg: Leg, series: number) => void): void;
  /** Place in `labels` by the id of the shape of a line of that hour; -1: none. It holds until the next call. */
  inHour(hour: number): Int32Array;
}
