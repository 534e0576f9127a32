/** Rows of connections: see `rows.ts` in `src/store/sqlite/`. */
import {
  clients,
  downstreamPorts,
  durations,
  hashes,
  keys,
  marks,
  placeAt,
  received,
  sent,
  servers,
  shapes,
  sortRows,
  starts,
  textBegins,
  textLengths,
  texts,
  upstreamPorts,
} from './columns';
import { beginPages, endPages, endRow, makeRoom, noteLast, pageEnd } from './pages';
import { NONE } from './places';

/** A row needs no more, but for its texts. */
const ROW_BYTES_MAX: usize = 200;
const PORT_BASE: i32 = 32_768;
const ROWS_PER_SECOND: f64 = 262_144;
const CLIENT_NUMBERS: i32 = 7;
const NUMBERS: i32 = 14;
/** The same with the mark, and of each line the hash and the text. */
const ALL_COLUMNS: i32 = 19;
const NO_HASH: f64 = -Infinity;

/**
 * Writes rows of the lines that were taken into pages, in the order of their keys, and answers how many pages. `hasRest`: some have
 * more than numbers, and the columns for that are filled in.
 */
export function writeRows(count: i32, hasRest: bool): i32 {
  sortRows(count);
  beginPages();
  for (let i = 0; i < count; i++) {
    const place = placeAt(i);
    const key = load<u64>(keys + <usize>(8 * i));
    const client = load<i32>(clients + 4 * place);
    const server = load<i32>(servers + 4 * place);
    const mark = hasRest ? load<i32>(marks + 4 * place) : 0;
    const isWhole = hasRest && (mark !== 0 || hasOwn(client) || hasOwn(server));
    const bytesMax = isWhole ? ROW_BYTES_MAX + textBytes(client) + textBytes(server) : ROW_BYTES_MAX;
    makeRoom(bytesMax);
    writeRow(key, client, server, mark, isWhole);
    noteLast(<f64>key);
  }
  return endPages();
}

function hasOwn(line: i32): bool {
  return line !== NONE && load<f64>(hashes + 8 * <usize>line) !== NO_HASH;
}

function textBytes(line: i32): usize {
  return line === NONE ? 0 : <usize>max(0, load<i32>(textLengths + 4 * <usize>line));
}

/** Where the type of the next value goes, and its bytes. */
let typeAt: usize = 0;
let bodyAt: usize = 0;

// @ts-ignore: decorator
@inline
function putNull(): void {
  store<u8>(typeAt++, 0);
}

function putValue(value: i64): void {
  if (value === 0 || value === 1) {
    store<u8>(typeAt++, value === 0 ? 8 : 9);
    return;
  }
  const size = value < 0 ? ~value : value;
  const width = size < 0x80 ? 1 : size < 0x8000 ? 2 : size < 0x80_0000 ? 3 : size < 0x8000_0000 ? 4 : size < 0x8000_0000_0000 ? 6 : 8;
  store<u8>(typeAt++, width <= 4 ? <u8>width : width === 6 ? 5 : 6);
  // The highest byte comes first; what is written beyond it is written over.
  store<u64>(bodyAt, bswap<u64>(<u64>value << (64 - 8 * <u64>width)));
  bodyAt += <usize>width;
}

/** A count, which may be absent, less another one. */
// @ts-ignore: decorator
@inline
function putCount(column: usize, line: i32): void {
  const value = load<f64>(column + 8 * <usize>line);
  if (value === -1) putNull();
  else putValue(<i64>value);
}

// @ts-ignore: decorator
@inline
function putLess(column: usize, line: i32, base: i32): void {
  const value = load<f64>(column + 8 * <usize>line);
  if (value === -1) putNull();
  else putValue(<i64>value - <i64>max<f64>(0, load<f64>(column + 8 * <usize>base)));
}

// @ts-ignore: decorator
@inline
function putPort(column: usize, line: i32): void {
  const port = load<i32>(column + 4 * <usize>line);
  if (port === NONE) putNull();
  else putValue(<i64>(port - PORT_BASE));
}

/** Of texts up to so many bytes the type takes one byte; of those that come here two at most. */
const SHORT_TEXT: usize = 57;

/** The hash of a line and its text, which each may be without. */
function putRest(line: i32): void {
  if (!hasOwn(line)) putNull();
  else putValue(<i64>load<f64>(hashes + 8 * <usize>line));
  const length = line === NONE ? NONE : load<i32>(textLengths + 4 * <usize>line);
  if (length === NONE) {
    putNull();
    return;
  }
  const kind = 2 * length + 13;
  if (<usize>length > SHORT_TEXT) store<u8>(typeAt++, <u8>(0x80 | (kind >> 7)));
  store<u8>(typeAt++, <u8>(kind & 0x7f));
  memory.copy(bodyAt, texts + <usize>load<i32>(textBegins + 4 * <usize>line), <usize>length);
  bodyAt += <usize>length;
}

function writeRow(key: u64, client: i32, server: i32, mark: i32, isWhole: bool): void {
  const start = pageEnd;
  const types = putKey(start + 1, key);
  const count = isWhole ? ALL_COLUMNS : server === NONE ? CLIENT_NUMBERS : NUMBERS;
  let typeBytes = count;
  if (isWhole) {
    if (textBytes(client) > SHORT_TEXT) typeBytes++;
    if (textBytes(server) > SHORT_TEXT) typeBytes++;
  }
  // The key itself is told by the row's number, and NULL among the columns.
  store<u8>(types, <u8>(typeBytes + 2));
  store<u8>(types, 0, 1);
  typeAt = types + 2;
  bodyAt = typeAt + <usize>typeBytes;
  const base = 1_000 * Math.floor(<f64>key / ROWS_PER_SECOND);
  if (client === NONE) {
    for (let i = 0; i < CLIENT_NUMBERS; i++) putNull();
  } else {
    putValue(<i64>load<i32>(shapes + 4 * <usize>client));
    putValue(<i64>(load<f64>(starts + 8 * <usize>client) - base));
    putCount(durations, client);
    putCount(received, client);
    putCount(sent, client);
    putPort(upstreamPorts, client);
    putPort(downstreamPorts, client);
  }
  if (server !== NONE) {
    putValue(<i64>load<i32>(shapes + 4 * <usize>server));
    const began = load<f64>(starts + 8 * <usize>server);
    if (client === NONE) {
      putValue(<i64>(began - base));
      putCount(durations, server);
      putCount(received, server);
      putCount(sent, server);
      putPort(downstreamPorts, server);
    } else {
      putValue(<i64>(began - load<f64>(starts + 8 * <usize>client)));
      putLess(durations, server, client);
      putLess(received, server, client);
      putLess(sent, server, client);
      const port = load<i32>(downstreamPorts + 4 * <usize>server);
      if (port === NONE) putNull();
      else putValue(<i64>(port - load<i32>(upstreamPorts + 4 * <usize>client)));
    }
    putPort(upstreamPorts, server);
  } else if (isWhole) {
    for (let i = CLIENT_NUMBERS; i < NUMBERS; i++) putNull();
  }
  if (isWhole) {
    putValue(<i64>mark);
    putRest(client);
    putRest(server);
  }
  const length = bodyAt - types;
  if (length < 0x80) store<u8>(start, <u8>length);
  else {
    // Two bytes tell the length: all behind it moves by one.
    memory.copy(start + 2, start + 1, bodyAt - start - 1);
    bodyAt++;
    store<u8>(start, <u8>(0x80 | (length >> 7)));
    store<u8>(start, <u8>(length & 0x7f), 1);
  }
  endRow(start, bodyAt);
}

/** Writes the number of a row, seven bits a byte, the highest first; answers the place behind it. */
function putKey(at: usize, key: u64): usize {
  let end = at;
  for (let shift: u64 = 49; shift > 0; shift -= 7) {
    if (end > at || key >> shift !== 0) store<u8>(end++, <u8>(0x80 | ((key >> shift) & 0x7f)));
  }
  store<u8>(end++, <u8>(key & 0x7f));
  return end;
}
