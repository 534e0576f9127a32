/** Segments of connections: see `segments/segment.ts` in `src/store/sqlite/`. Rows of one hold both lines all, or all the same one. */
import { take } from '../memory';
import {
  clients,
  downstreamPorts,
  durations,
  hashes,
  keys,
  placeAt,
  received,
  sent,
  servers,
  shapes,
  starts,
  textBegins,
  textLengths,
  texts,
  upstreamPorts,
} from './columns';
import { NONE } from './places';
import { beginColumns, columnsAt, endColumns, putAbsent, putColumn, SEGMENT_ROWS_MAX, values } from './segment-columns';

const ROWS_PER_SECOND: f64 = 262_144;
const NO_HASH: f64 = -Infinity;
const NUMBERS: i32 = 15;
const LINE_NUMBERS: i32 = 7;
const ALL_COLUMNS: i32 = 20;
const SHARED_MAX: i32 = 253;

let textsBegin: usize = 0;
let textsSize: i32 = 0;
let textsCapacity: usize = 0;
/** Of the rows of a segment: bytes that the server's text begins with as the client's does. */
let shared: usize = 0;

export function segmentRowsMax(): i32 {
  return SEGMENT_ROWS_MAX;
}
/** Where the columns of the segment are that was packed last. */
export function segmentAt(): usize {
  return columnsAt();
}
export function segmentTextsAt(): usize {
  return textsBegin;
}
export function segmentTextBytes(): i32 {
  return textsSize;
}
/** Where the sorted rows are, and which of those that were filled in a sorted one is. */
export function sortedRowsAt(): usize {
  return keys;
}
export function sortedPlaceAt(at: i32): i32 {
  return <i32>placeAt(at);
}

/** The lines of the rows of a segment, in their order. */
let clientLines: usize = 0;
let serverLines: usize = 0;

function takeLines(from: i32, count: i32): void {
  if (clientLines === 0) {
    clientLines = take(4 * <usize>SEGMENT_ROWS_MAX);
    serverLines = take(4 * <usize>SEGMENT_ROWS_MAX);
  }
  for (let k = 0; k < count; k++) {
    const place = placeAt(from + k);
    store<i32>(clientLines + 4 * <usize>k, load<i32>(clients + 4 * place));
    store<i32>(serverLines + 4 * <usize>k, load<i32>(servers + 4 * place));
  }
}

// @ts-ignore: decorator
@inline
function lineAt(lines: usize, k: i32): i32 {
  return load<i32>(lines + 4 * <usize>k);
}
// @ts-ignore: decorator
@inline
function put(k: i32, value: f64): void {
  store<f64>(values + 8 * <usize>k, value);
}

function putShapes(lines: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const line = <usize>lineAt(lines, k);
    put(k, <f64>load<i32>(shapes + 4 * line));
  }
  putColumn(count, true);
}

/** A count, which may be absent. */
function putCounts(column: usize, lines: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const value = load<f64>(column + 8 * <usize>lineAt(lines, k));
    put(k, value === -1 ? NaN : value);
  }
  putColumn(count, true);
}

/** Less the seconds of the rows. */
function putStarts(lines: usize, from: i32, count: i32): void {
  for (let k = 0; k < count; k++) {
    const second = Math.floor(<f64>load<u64>(keys + 8 * <usize>(from + k)) / ROWS_PER_SECOND);
    put(k, load<f64>(starts + 8 * <usize>lineAt(lines, k)) - 1_000 * second);
  }
  putColumn(count, true);
}

/** Of servers, less the client's. */
function putLess(column: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const value = load<f64>(column + 8 * <usize>lineAt(serverLines, k));
    put(k, value === -1 ? NaN : value - max<f64>(0, load<f64>(column + 8 * <usize>lineAt(clientLines, k))));
  }
  putColumn(count, true);
}

function putPorts(column: usize, lines: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const port = load<i32>(column + 4 * <usize>lineAt(lines, k));
    put(k, port === NONE ? NaN : <f64>port);
  }
  putColumn(count, true);
}

/** Packs the sorted rows from a place on, at most as many as a segment has, and answers how many bytes its columns take. */
export function packSegment(from: i32, count: i32, hasRest: bool): i32 {
  takeLines(from, count);
  const hasClient = lineAt(clientLines, 0) !== NONE;
  const hasServer = lineAt(serverLines, 0) !== NONE;
  beginColumns(count, hasRest ? ALL_COLUMNS : NUMBERS);
  textsSize = 0;
  for (let k = 0; k < count; k++) put(k, <f64>load<u64>(keys + 8 * <usize>(from + k)));
  putColumn(count, false);
  if (hasClient) putLines(clientLines, upstreamPorts, downstreamPorts, from, count);
  else putAbsent(LINE_NUMBERS);
  if (!hasServer) putAbsent(LINE_NUMBERS);
  else if (hasClient) putServers(count);
  else putLines(serverLines, downstreamPorts, upstreamPorts, from, count);
  if (hasRest) putRest(count);
  return endColumns();
}

/** Lines by themselves; of the ports that first which the columns have first. */
function putLines(lines: usize, ports: usize, otherPorts: usize, from: i32, count: i32): void {
  putShapes(lines, count);
  putStarts(lines, from, count);
  putCounts(durations, lines, count);
  putCounts(received, lines, count);
  putCounts(sent, lines, count);
  putPorts(ports, lines, count);
  putPorts(otherPorts, lines, count);
}

/** Less what the clients have. */
function putServers(count: i32): void {
  putShapes(serverLines, count);
  for (let k = 0; k < count; k++)
    put(k, load<f64>(starts + 8 * <usize>lineAt(serverLines, k)) - load<f64>(starts + 8 * <usize>lineAt(clientLines, k)));
  putColumn(count, true);
  putLess(durations, count);
  putLess(received, count);
  putLess(sent, count);
  for (let k = 0; k < count; k++) {
    const port = load<i32>(downstreamPorts + 4 * <usize>lineAt(serverLines, k));
    put(k, port === NONE ? NaN : <f64>(port - load<i32>(upstreamPorts + 4 * <usize>lineAt(clientLines, k))));
  }
  putColumn(count, true);
  putPorts(upstreamPorts, serverLines, count);
}

function putHashes(lines: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const line = lineAt(lines, k);
    const hash = line === NONE ? NO_HASH : load<f64>(hashes + 8 * <usize>line);
    put(k, hash === NO_HASH ? NaN : hash);
  }
  putColumn(count, true);
}

// @ts-ignore: decorator
@inline
function lengthOf(line: i32): i32 {
  return line === NONE ? NONE : load<i32>(textLengths + 4 * <usize>line);
}
// @ts-ignore: decorator
@inline
function textOf(line: i32): usize {
  return texts + <usize>load<i32>(textBegins + 4 * <usize>line);
}

/** Hashes, and the texts: of a server's text not what it begins with as the client's. */
function putRest(count: i32): void {
  putHashes(clientLines, count);
  putHashes(serverLines, count);
  if (shared === 0) shared = take(4 * <usize>SEGMENT_ROWS_MAX);
  let most: usize = 0;
  for (let k = 0; k < count; k++)
    most += <usize>max(0, lengthOf(lineAt(clientLines, k))) + <usize>max(0, lengthOf(lineAt(serverLines, k)));
  if (most > textsCapacity) {
    textsCapacity = 2 * most;
    textsBegin = take(textsCapacity);
  }
  let at = textsBegin;
  for (let k = 0; k < count; k++) {
    const client = lineAt(clientLines, k);
    const server = lineAt(serverLines, k);
    const begun = sharedBytes(client, server);
    store<i32>(shared + 4 * <usize>k, begun);
    at = copyText(at, client, 0);
    at = copyText(at, server, begun);
  }
  textsSize = <i32>(at - textsBegin);
  for (let k = 0; k < count; k++) {
    const length = lengthOf(lineAt(clientLines, k));
    put(k, length === NONE ? NaN : <f64>length);
  }
  putColumn(count, true);
  for (let k = 0; k < count; k++) {
    const length = lengthOf(lineAt(serverLines, k));
    put(k, length === NONE ? NaN : <f64>(length - load<i32>(shared + 4 * <usize>k)));
  }
  putColumn(count, true);
  for (let k = 0; k < count; k++) put(k, <f64>load<i32>(shared + 4 * <usize>k));
  putColumn(count, true);
}

function copyText(at: usize, line: i32, begun: i32): usize {
  const length = lengthOf(line) - begun;
  if (length <= 0) return at;
  memory.copy(at, textOf(line) + <usize>begun, <usize>length);
  return at + <usize>length;
}

function sharedBytes(client: i32, server: i32): i32 {
  const most = min(SHARED_MAX, min(lengthOf(client), lengthOf(server)));
  if (most <= 0) return 0;
  const a = textOf(client);
  const b = textOf(server);
  let same = 0;
  while (same + 8 <= most && load<u64>(a + <usize>same) === load<u64>(b + <usize>same)) same += 8;
  while (same < most && load<u8>(a + <usize>same) === load<u8>(b + <usize>same)) same++;
  return same;
}
