/** Gives the lines of a batch their rows: one for both lines of a pair. */
import { take } from '../memory';
import { NONE } from './layout';
import { NOT_KNOWN, secondOf } from './spans';
import { ROWS_PER_SECOND, nextRow } from './stored';

/** A power of two: no bit is lost where a row is multiplied by it. */
const SECONDS_PER_ROW: f64 = 1 / <f64>ROWS_PER_SECOND;

/** Columns of lines: start, the line that each is tied to, whether it is a server's. */
let capacity: i32 = 0;
let starts: usize = 0;
let mates: usize = 0;
let areServers: usize = 0;
/** Columns of rows with two lines: number, client's line, server's line. The same of rows with one, of which the other is NONE. */
let rows: usize = 0;
let clients: usize = 0;
let servers: usize = 0;
let singleRows: usize = 0;
let singleClients: usize = 0;
let singleServers: usize = 0;
/** By line: its row. Lines that lie in the row of another second. */
let rowsOf: usize = 0;
let moved: usize = 0;
let movedRows: usize = 0;
/** By line: 1 for one that has its row. */
let given: usize = 0;

let pairs: i32 = 0;
let singles: i32 = 0;
let movedSize: i32 = 0;

/** Makes room for the columns of so many lines, and begins with none of them. */
export function beginRows(count: i32): void {
  pairs = 0;
  singles = 0;
  movedSize = 0;
  if (count > capacity) widen(count);
  memory.fill(given, 0, <usize>count);
}

function widen(count: i32): void {
  capacity = max(4_096, 1 << (32 - clz(count - 1)));
  starts = take(8 * <usize>capacity);
  mates = take(4 * <usize>capacity);
  // Two lines each.
  rows = take(4 * <usize>capacity);
  clients = take(2 * <usize>capacity);
  servers = take(2 * <usize>capacity);
  singleRows = take(8 * <usize>capacity);
  singleClients = take(4 * <usize>capacity);
  singleServers = take(4 * <usize>capacity);
  rowsOf = take(8 * <usize>capacity);
  moved = take(4 * <usize>capacity);
  movedRows = take(8 * <usize>capacity);
  areServers = take(<usize>capacity);
  given = take(<usize>capacity);
}

/**
 * Where a column is: of lines the start, mate, and whether it is a server's; of rows with two lines the number, client and server; see
 * `movedLines`; of rows with one the same as of those with two; of lines their rows.
 */
export function rowColumnAt(column: i32): usize {
  switch (column) {
    case 0:
      return starts;
    case 1:
      return mates;
    case 2:
      return areServers;
    case 3:
      return rows;
    case 4:
      return clients;
    case 5:
      return servers;
    case 6:
      return moved;
    case 7:
      return movedRows;
    case 8:
      return singleRows;
    case 9:
      return singleClients;
    case 10:
      return singleServers;
    default:
      return rowsOf;
  }
}

/** Rows with two lines, and with one. */
export function givenPairs(): i32 {
  return pairs;
}
export function givenSingles(): i32 {
  return singles;
}
/** How many lines lie in the row of another second than their own: which, and which row. */
export function movedLines(): i32 {
  return movedSize;
}

/**
 * Gives rows to the lines [from, count) that have none. Answers the first of them for which the next row of `askedSecond` has to be
 * told; then goes on there.
 */
export function giveRows(from: i32, count: i32): i32 {
  for (let line = from; line < count; line++) {
    if (load<u8>(given + <usize>line) !== 0) continue;
    const mate = load<i32>(mates + 4 * <usize>line);
    // Alone, a server's line takes the server's columns; everything else the client's.
    const isServer = load<u8>(areServers + <usize>line) !== 0;
    const client = isServer ? mate : line;
    const server = isServer ? line : mate;
    const second = secondOf(load<f64>(starts + 8 * <usize>(client === NONE ? server : client)));
    const row = nextRow(<f64>second);
    if (row === <f64>NOT_KNOWN) return line;
    const rowSecond = <i64>Math.floor(row * SECONDS_PER_ROW);
    if (mate === NONE) {
      const at = <usize>singles;
      singles++;
      store<f64>(singleRows + 8 * at, row);
      store<i32>(singleClients + 4 * at, client);
      store<i32>(singleServers + 4 * at, server);
      note(line, second, row, rowSecond);
      continue;
    }
    const at = <usize>pairs;
    pairs++;
    store<f64>(rows + 8 * at, row);
    store<i32>(clients + 4 * at, client);
    store<i32>(servers + 4 * at, server);
    store<u8>(given + <usize>mate, 1);
    note(client, second, row, rowSecond);
    note(server, secondOf(load<f64>(starts + 8 * <usize>server)), row, rowSecond);
  }
  return count;
}

/** `second`: that of the line. */
// @ts-ignore: decorator
@inline
function note(line: i32, second: i64, row: f64, rowSecond: i64): void {
  store<f64>(rowsOf + 8 * <usize>line, row);
  if (second === rowSecond) return;
  const at = <usize>movedSize;
  movedSize++;
  store<i32>(moved + 4 * at, line);
  store<f64>(movedRows + 8 * at, row);
}
