/** Where everything of a fixed size is in memory: the lines in hand, as columns. */

/** Lines that are taken in at once. */
export const LINES_MAX: i32 = 8_192;

/** By size, the tables that were given back: see `tables.ts`. */
export const HEADS: usize = 1_024;
/** What came: number of the template, where its texts end, and the numbers of the line. */
export const TEMPLATES: usize = HEADS + 128;
/** Before the first one, where the texts end of the line before. */
export const TEXT_ENDS: usize = TEMPLATES + 4 * <usize>LINES_MAX + 64;
export const STARTS: usize = TEXT_ENDS + 4 * <usize>LINES_MAX;
export const DURATIONS: usize = STARTS + 8 * <usize>LINES_MAX;
export const RECEIVED: usize = DURATIONS + 8 * <usize>LINES_MAX;
export const SENT: usize = RECEIVED + 8 * <usize>LINES_MAX;
export const UPSTREAM_PORTS: usize = SENT + 8 * <usize>LINES_MAX;
export const DOWNSTREAM_PORTS: usize = UPSTREAM_PORTS + 4 * <usize>LINES_MAX;
export const SERVICE_TIMES: usize = DOWNSTREAM_PORTS + 4 * <usize>LINES_MAX;
/** What is worked out of them: hash of the line, shape, FLAGS of its code, whether it is a server's. */
export const HASHES: usize = SERVICE_TIMES + 4 * <usize>LINES_MAX;
export const SHAPES: usize = HASHES + 8 * <usize>LINES_MAX;
export const ALL_FLAGS: usize = SHAPES + 4 * <usize>LINES_MAX;
export const ARE_SERVERS: usize = ALL_FLAGS + 4 * <usize>LINES_MAX;
/** Where any line has a text: where it begins, its bytes or what is instead of them, hash of the request's id, 1 with a hash of its own. */
export const TEXT_PLACES: usize = ARE_SERVERS + <usize>LINES_MAX;
export const TEXT_LENGTHS: usize = TEXT_PLACES + 4 * <usize>LINES_MAX;
export const REQUESTS: usize = TEXT_LENGTHS + 4 * <usize>LINES_MAX;
export const OWN_HASHES: usize = REQUESTS + 4 * <usize>LINES_MAX;
export const FREE: usize = (OWN_HASHES + <usize>LINES_MAX + 63) & ~63;

export const SECOND_MS: f64 = 1_000;
export const NONE: i32 = -1;

export function linesMax(): i32 {
  return LINES_MAX;
}

/** Where a column is, in the order above. */
export function columnAt(column: i32): usize {
  switch (column) {
    case 0:
      return TEMPLATES;
    case 1:
      return TEXT_ENDS;
    case 2:
      return STARTS;
    case 3:
      return DURATIONS;
    case 4:
      return RECEIVED;
    case 5:
      return SENT;
    case 6:
      return UPSTREAM_PORTS;
    case 7:
      return DOWNSTREAM_PORTS;
    case 8:
      return SERVICE_TIMES;
    case 9:
      return HASHES;
    case 10:
      return SHAPES;
    case 11:
      return ALL_FLAGS;
    case 12:
      return ARE_SERVERS;
    case 13:
      return TEXT_PLACES;
    case 14:
      return TEXT_LENGTHS;
    case 15:
      return REQUESTS;
    default:
      return OWN_HASHES;
  }
}
