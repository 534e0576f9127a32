/** What the lines of one shape have in common, and its legs, one an hour. */
import type { Hours } from './hours.ts';
import type { Span } from './leg-rows.ts';
import type { Facts, Leg } from './legs.ts';

export interface ShapeModel {
  readonly facts: Facts;
  /** Made for whoever asks, in no order. */
  readonly legs: readonly Leg[];
  /** Bounds of the times of all its legs, and what they add up to. */
  readonly span: Span;
  /** Its leg of an hour since the epoch; null when there is none. */
  legIn(hour: number): Leg | null;
  /** Tells each, one after the other by one object: it holds until the next. */
  each(tell: (leg: Leg) => void): void;
  /** As `each`, of some hours alone. */
  eachIn(hours: Hours, tell: (leg: Leg) => void): void;
}

/** Connections of all its legs. */
export function connectionsOf({ span }: ShapeModel): number {
  return span.connections;
}
