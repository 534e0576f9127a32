/** Flows as numbers, for whoever takes very many of them: see `ShapeFlows`. */
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
