/** The flows of one shape as numbers, for whoever takes very many of them. */
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

/** All flows of a shape: `length` times `FLOW_NUMBERS` numbers, which hold until the next are handed over. */
export interface ShapeFlows {
  readonly shape: Shape;
  readonly length: number;
  readonly numbers: Float64Array;
}

/** The same as an object. Shape: `at` is the place of its first number. */
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

/** Writes the numbers of a flow to a place. */
export function putFlow(flow: Flow, numbers: Float64Array, at: number): void {
  numbers[at + HOUR] = flow.hour;
  numbers[at + CONNECTIONS] = flow.connections;
  numbers[at + RECEIVED] = flow.bytes_received;
  numbers[at + SENT] = flow.bytes_sent;
  numbers[at + FIRST] = flow.first;
  numbers[at + LAST] = flow.last;
  numbers[at + END] = flow.end;
  numbers[at + SHORTEST] = flow.duration_min;
  numbers[at + LONGEST] = flow.duration_max;
  numbers[at + PAIRED] = flow.paired;
  numbers[at + AMBIGUOUS] = flow.ambiguous;
}
