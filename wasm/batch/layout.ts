/** How flows and their blocks are laid out. */

export const BLOCK_SHIFT: u32 = 5;

// Of a flow, which has as many bytes as a processor fetches at once: numbers of 32 bits (first and last start less that of the hour),
export const CONNECTIONS: usize = 0;
export const PAIRED: usize = 4;
export const AMBIGUOUS: usize = 8;
export const FIRST: usize = 12;
export const LAST: usize = 16;
// and doubles.
export const END: usize = 24;
export const RECEIVED: usize = 32;
export const SENT: usize = 40;
export const SHORTEST: usize = 48;
export const LONGEST: usize = 56;
export const FLOW_BYTES: usize = 64;

// Of a block: hour, number, a bit for each shape that is there, one for each that was opened since it was written, one for each that has
// a place among its flows; where these are, in the order of shapes, and for how many there is room. Most blocks of a batch whose lines lie
// in many hours have one flow, those of a usual one nearly all.
export const HOUR: usize = 0;
export const BLOCK: usize = 4;
export const PRESENT: usize = 8;
export const OPENED: usize = 12;
export const PLACED: usize = 16;
export const FLOWS: usize = 20;
export const ROOM: usize = 24;
export const BLOCK_BYTES: usize = 32;
