/** Flows as numbers, for whoever takes very many of them: see `ShapeFlows`. */
import type { Flow, Shape } from './ports.ts';

/** The numbers of a flow stand one after the other, at these places; units as in `Flow`. */
export const HOUR = 0;
export const CONNECTIONS = 1;
export const RECEIVED = 2;
export const SENT = 3;
export const FIRST = 4;
export const LAST = 5;
export const END = 6;
export const SHORTEST = 7;
export const LONGEST = 8;
export const PAIRED = 9;
export const AMBIGUOUS = 10;
/** How many there are. */
export const FLOW_NUMBERS = 11;

/** A flow as an object. Shape: `at` is the place of its first number. */
export function flowAt(shape: Shape, numbers: Float64Array, at: number): Flow {
  const read = (place: number): number => numbers[at + place] ?? 0;
  return {
    shape,
    hour: read(HOUR),
    connections: read(CONNECTIONS),
    bytes_received: read(RECEIVED),
    bytes_sent: read(SENT),
    first: read(FIRST),
    last: read(LAST),
    end: read(END),
    duration_min: read(SHORTEST),
    duration_max: read(LONGEST),
    paired: read(PAIRED),
    ambiguous: read(AMBIGUOUS),
  };
}
