/**
 * What becomes of the lines of a batch: rows of connections, as pages of a file of SQLite; flows, summed up by hour and shape; and what is
 * measured of each line, packed by hour, minute and shape. Written in AssemblyScript (see `scanner.ts`); its other sides are
 * `batch-lines.ts`, `line-sums.ts` and `row-pages.ts` in `src/store/sqlite/`. All is laid out as `rows.ts`, `table-image.ts`,
 * `flow-block.ts` and `measures/chunk.ts` there say.
 */

const HOUR_MS: f64 = 3_600_000;
const MINUTE_MS: f64 = 60_000;
const MINUTES_PER_HOUR: u32 = 60;
const BLOCK_SHAPES: i32 = 32;
const BLOCK_SHIFT: u32 = 5;
const NONE: i32 = -1;
const IN_PAIR: u8 = 1;
const IN_DOUBT: u8 = 2;

// Of a flow, doubles.
const CONNECTIONS: usize = 0;
const RECEIVED: usize = 8;
const SENT: usize = 16;
const FIRST: usize = 24;
const LAST: usize = 32;
const END: usize = 40;
const SHORTEST: usize = 48;
const LONGEST: usize = 56;
const PAIRED: usize = 64;
const AMBIGUOUS: usize = 72;
const FLOW_BYTES: usize = 80;

// Of a block: hour, number, a bit for each shape that is there, one for each that was opened since it was written, one for each that has
// a place among its flows; where these are, in the order of shapes, and for how many there is room. Most blocks of a batch whose lines lie
// in many hours have one flow, those of a usual one nearly all.
const HOUR: usize = 0;
const BLOCK: usize = 4;
const PRESENT: usize = 8;
const OPENED: usize = 12;
const PLACED: usize = 16;
const FLOWS: usize = 20;
const ROOM: usize = 24;
const BLOCK_BYTES: usize = 32;
/** Flows for which room is made at first, and how many times as many when it is used up: 2, 8, 32. */
const FIRST_ROOM: i32 = 2;
const ROOM_FACTOR: i32 = 4;
/** Room is given out of pieces of this size, each of which begins with the place of the next one. */
const PIECE_BYTES: usize = 262_144;

/** A block has room for all numbers of its flows, ten bytes each. */
const VARINT_BYTES_MAX: usize = 10;
const PACKED_BYTES_MAX: usize = 4 + <usize>BLOCK_SHAPES * 10 * VARINT_BYTES_MAX;
/** Lines of one chunk. */
const CHUNK_LINES_MAX: i32 = 32_768;
/** At most three numbers a line of eight bytes, and one byte. */
const CHUNK_BYTES_MAX: usize = 25 * <usize>CHUNK_LINES_MAX + 1_024;
/** Bits that are sorted by at once. */
const BITS: u64 = 11;
const BUCKETS: i32 = 2_048;

const PACKED: usize = 1_024;
/** Numbers of the shapes of a block that were opened. */
const SHAPES: usize = (PACKED + PACKED_BYTES_MAX + 63) & ~63;
const COUNTS: usize = SHAPES + 4 * <usize>BLOCK_SHAPES;
/** Sizes of the two columns whose size is told before them. */
const CHUNK: usize = (COUNTS + 4 * <usize>BUCKETS + 63) & ~63;
/** Where a column is packed before its size is known. */
const ASIDE: usize = CHUNK + CHUNK_BYTES_MAX;
const FREE: usize = (ASIDE + 8 * <usize>CHUNK_LINES_MAX + 63) & ~63;

let top: usize = FREE;
let capacity: i32 = 0;
let shapes: usize = 0;
let starts: usize = 0;
let durations: usize = 0;
let received: usize = 0;
let sent: usize = 0;
let ends: usize = 0;
let keys: usize = 0;
let sortedKeys: usize = 0;
let places: usize = 0;
let sortedPlaces: usize = 0;
/** Lines of the batch, and those of them that are summed up, which are sorted. */
let taken: i32 = 0;
let lines: i32 = 0;
let upstreamPorts: usize = 0;
let downstreamPorts: usize = 0;
let counted: usize = 0;
let rowKeys: usize = 0;
let clients: usize = 0;
let servers: usize = 0;
/** Of lines: the hash that shape and numbers do not tell, or NO_HASH; where the text begins that they have beside, and its length or NONE. */
let hashes: usize = 0;
let textBegins: usize = 0;
let textLengths: usize = 0;
/** Of rows. */
let marks: usize = 0;
let texts: usize = 0;
let textCapacity: usize = 0;

/** Blocks one after the other, and where each is: number and one more, 0 for none. */
let blocks: usize = 0;
let blockCapacity: i32 = 0;
let blockCount: i32 = 0;
let slots: usize = 0;
let slotCount: i32 = 0;
let lastBlock: usize = 0;
/** The first piece, that in use, and where it is free; rooms that were given back, by size. */
let firstPiece: usize = 0;
let piece: usize = 0;
let pieceFree: usize = 0;
let freeTwo: usize = 0;
let freeEight: usize = 0;

function take(bytes: usize): usize {
  const at = top;
  top = (top + bytes + 63) & ~63;
  const pages = <i32>((top + 0xffff) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
  return at;
}

/** Makes room for so many lines, and answers where their columns begin: `columnAt` tells of each. */
export function reserve(count: i32): void {
  if (count <= capacity) return;
  capacity = max(4_096, 1 << (32 - clz(count - 1)));
  const wide = <usize>(8 * capacity);
  starts = take(wide);
  durations = take(wide);
  received = take(wide);
  sent = take(wide);
  keys = take(wide);
  sortedKeys = take(wide);
  shapes = take(wide >> 1);
  places = take(wide >> 1);
  sortedPlaces = take(wide >> 1);
  ends = take(wide >> 3);
  counted = take(wide >> 3);
  upstreamPorts = take(wide >> 1);
  downstreamPorts = take(wide >> 1);
  rowKeys = take(wide);
  clients = take(wide >> 1);
  servers = take(wide >> 1);
  hashes = take(wide);
  textBegins = take(wide >> 1);
  textLengths = take(wide >> 1);
  marks = take(wide >> 1);
}

/** Makes room for so many bytes of texts, and answers where they begin. */
export function reserveTexts(bytes: usize): usize {
  if (bytes > textCapacity) {
    textCapacity = max(bytes, 2 * textCapacity);
    texts = take(textCapacity);
  }
  return texts;
}

/** Where a column is: of lines start, duration, received, sent, shape, ends, counted, ports; of rows key, client, server; see above. */
export function columnAt(column: i32): usize {
  switch (column) {
    case 0:
      return starts;
    case 1:
      return durations;
    case 2:
      return received;
    case 3:
      return sent;
    case 4:
      return shapes;
    case 5:
      return ends;
    case 6:
      return counted;
    case 7:
      return upstreamPorts;
    case 8:
      return downstreamPorts;
    case 9:
      return rowKeys;
    case 10:
      return clients;
    case 11:
      return servers;
    case 12:
      return hashes;
    case 13:
      return textBegins;
    case 14:
      return textLengths;
    default:
      return marks;
  }
}

export function packedAt(): usize {
  return PACKED;
}
export function packedMax(): usize {
  return PACKED_BYTES_MAX;
}
export function shapesAt(): usize {
  return SHAPES;
}
export function chunkAt(): usize {
  return CHUNK;
}

// Sorting.

/** Sorts the lines that are not counted yet, of so many, by minute and then by shape. Answers how many these are. */
export function sort(count: i32): i32 {
  taken = count;
  lines = 0;
  let differing: u64 = 0;
  let first: u64 = 0;
  for (let i = 0; i < count; i++) {
    if (load<u8>(counted + <usize>i) !== 0) continue;
    const minute = <u64>(<i64>Math.floor(load<f64>(starts + <usize>(8 * i)) / MINUTE_MS));
    const key = (minute << 32) | <u64>load<u32>(shapes + <usize>(4 * i));
    if (lines === 0) first = key;
    differing |= key ^ first;
    store<u64>(keys + <usize>(8 * lines), key);
    store<i32>(places + <usize>(4 * lines), i);
    lines++;
  }
  sortAll(differing, lines);
  return lines;
}

/** `differing`: the bits that not all keys have in common. */
function sortAll(differing: u64, count: i32): void {
  for (let shift: u64 = 0; shift < 64; shift += BITS) {
    if (((differing >> shift) & <u64>(BUCKETS - 1)) !== 0) sortBy(shift, count);
  }
}

function sortBy(shift: u64, count: i32): void {
  memory.fill(COUNTS, 0, 4 * <usize>BUCKETS);
  for (let i = 0; i < count; i++) {
    const bucket = COUNTS + 4 * <usize>((load<u64>(keys + 8 * <usize>i) >> shift) & <u64>(BUCKETS - 1));
    store<i32>(bucket, load<i32>(bucket) + 1);
  }
  let sum = 0;
  for (let i = 0; i < BUCKETS; i++) {
    const bucket = COUNTS + 4 * <usize>i;
    const size = load<i32>(bucket);
    store<i32>(bucket, sum);
    sum += size;
  }
  for (let i = 0; i < count; i++) {
    const key = load<u64>(keys + 8 * <usize>i);
    const bucket = COUNTS + 4 * <usize>((key >> shift) & <u64>(BUCKETS - 1));
    const to = load<i32>(bucket);
    store<i32>(bucket, to + 1);
    store<u64>(sortedKeys + 8 * <usize>to, key);
    store<i32>(sortedPlaces + 4 * <usize>to, load<i32>(places + 4 * <usize>i));
  }
  let held = keys;
  keys = sortedKeys;
  sortedKeys = held;
  held = places;
  places = sortedPlaces;
  sortedPlaces = held;
}

// @ts-ignore: decorator
@inline
function placeAt(i: i32): usize {
  return <usize>load<i32>(places + 4 * <usize>i);
}

// @ts-ignore: decorator
@inline
function minuteAt(i: i32): u32 {
  return load<u32>(keys + 8 * <usize>i, 4);
}

// Blocks of flows.

/** Forgets all blocks, also what was not written. */
export function forget(): void {
  blockCount = 0;
  lastBlock = 0;
  piece = firstPiece;
  pieceFree = piece + 64;
  freeTwo = 0;
  freeEight = 0;
  if (slotCount > 0) memory.fill(slots, 0, 4 * <usize>slotCount);
}

export function held(): i32 {
  return blockCount;
}

function hashOf(hour: i32, block: i32): i32 {
  let hash = hour * 0x9e37_79b1 + block * 0x85eb_ca6b;
  hash ^= hash >>> 15;
  return hash * 0xc2b2_ae35;
}

function find(hour: i32, block: i32): usize {
  if (lastBlock !== 0 && load<i32>(lastBlock, BLOCK) === block && load<i32>(lastBlock, HOUR) === hour) return lastBlock;
  if (slotCount === 0) return 0;
  const mask = slotCount - 1;
  for (let slot = (hashOf(hour, block) >>> 8) & mask; ; slot = (slot + 1) & mask) {
    const number = load<i32>(slots + 4 * <usize>slot);
    if (number === 0) return 0;
    const at = blocks + BLOCK_BYTES * <usize>(number - 1);
    if (load<i32>(at, BLOCK) !== block || load<i32>(at, HOUR) !== hour) continue;
    lastBlock = at;
    return at;
  }
}

/** Where a block is; 0: it is not held. */
export function blockOf(hour: i32, shape: u32): usize {
  return find(hour, <i32>(shape >>> BLOCK_SHIFT));
}

/** Takes a block in that is not held, with the flows that are packed in PACKED (`size` 0: none), and answers where it is. */
export function hold(hour: i32, shape: u32, size: i32): usize {
  const block = <i32>(shape >>> BLOCK_SHIFT);
  if (blockCount === blockCapacity) widenBlocks();
  const at = blocks + BLOCK_BYTES * <usize>(blockCount++);
  store<i32>(at, hour, HOUR);
  store<i32>(at, block, BLOCK);
  store<u32>(at, 0, PRESENT);
  store<u32>(at, 0, OPENED);
  store<u32>(at, 0, PLACED);
  store<u32>(at, 0, ROOM);
  putSlot(hour, block, blockCount);
  if (size > 0) unpack(at);
  lastBlock = at;
  return at;
}

function putSlot(hour: i32, block: i32, number: i32): void {
  const mask = slotCount - 1;
  let slot = (hashOf(hour, block) >>> 8) & mask;
  while (load<i32>(slots + 4 * <usize>slot) !== 0) slot = (slot + 1) & mask;
  store<i32>(slots + 4 * <usize>slot, number);
}

function widenBlocks(): void {
  const wide = max(4_096, 2 * blockCapacity);
  const wider = take(BLOCK_BYTES * <usize>wide);
  memory.copy(wider, blocks, BLOCK_BYTES * <usize>blockCount);
  blocks = wider;
  blockCapacity = wide;
  slotCount = 2 * wide;
  slots = take(4 * <usize>slotCount);
  memory.fill(slots, 0, 4 * <usize>slotCount);
  for (let i = 0; i < blockCount; i++) {
    const at = blocks + BLOCK_BYTES * <usize>i;
    putSlot(load<i32>(at, HOUR), load<i32>(at, BLOCK), i + 1);
  }
}

/** Where the flow of a shape is, to be added to. One that was not there has a last start before its first one. */
function open(block: usize, shape: u32): usize {
  const place = shape & <u32>(BLOCK_SHAPES - 1);
  const bit: u32 = 1 << place;
  store<u32>(block, load<u32>(block, OPENED) | bit, OPENED);
  const present = load<u32>(block, PRESENT);
  if ((present & bit) !== 0) return flowAt(block, bit);
  store<u32>(block, present | bit, PRESENT);
  if ((load<u32>(block, PLACED) & bit) === 0) makePlace(block, bit);
  const flow = flowAt(block, bit);
  memory.fill(flow, 0, FLOW_BYTES);
  store<f64>(flow, Infinity, FIRST);
  store<f64>(flow, -Infinity, LAST);
  store<f64>(flow, -Infinity, END);
  store<f64>(flow, Infinity, SHORTEST);
  return flow;
}

/** The flow of a shape that has a place. */
// @ts-ignore: decorator
@inline
function flowAt(block: usize, bit: u32): usize {
  return <usize>load<u32>(block, FLOWS) + FLOW_BYTES * <usize>popcnt(load<u32>(block, PLACED) & (bit - 1));
}

/** Makes a place for the flow of a shape among those of its block. */
function makePlace(block: usize, bit: u32): void {
  const placed = load<u32>(block, PLACED);
  const count = <i32>popcnt(placed);
  if (count === load<i32>(block, ROOM)) widenRoom(block, count + 1);
  const before = <usize>popcnt(placed & (bit - 1));
  const at = <usize>load<u32>(block, FLOWS) + FLOW_BYTES * before;
  memory.copy(at + FLOW_BYTES, at, FLOW_BYTES * (<usize>count - before));
  store<u32>(block, placed | bit, PLACED);
}

/** Makes room for so many flows of a block. */
function widenRoom(block: usize, count: i32): void {
  const room = load<i32>(block, ROOM);
  let wide = FIRST_ROOM;
  while (wide < count) wide *= ROOM_FACTOR;
  const flows = takeRoom(wide);
  if (room > 0) {
    const before = <usize>load<u32>(block, FLOWS);
    memory.copy(flows, before, FLOW_BYTES * <usize>popcnt(load<u32>(block, PLACED)));
    if (room === FIRST_ROOM) {
      store<u32>(before, <u32>freeTwo);
      freeTwo = before;
    } else {
      store<u32>(before, <u32>freeEight);
      freeEight = before;
    }
  }
  store<u32>(block, <u32>flows, FLOWS);
  store<i32>(block, wide, ROOM);
}

function takeRoom(flows: i32): usize {
  if (flows === FIRST_ROOM && freeTwo !== 0) {
    const at = freeTwo;
    freeTwo = <usize>load<u32>(at);
    return at;
  }
  if (flows === FIRST_ROOM * ROOM_FACTOR && freeEight !== 0) {
    const at = freeEight;
    freeEight = <usize>load<u32>(at);
    return at;
  }
  const bytes = FLOW_BYTES * <usize>flows;
  if (piece === 0 || pieceFree + bytes > piece + PIECE_BYTES) nextPiece();
  const at = pieceFree;
  pieceFree += bytes;
  return at;
}

function nextPiece(): void {
  let next = piece === 0 ? firstPiece : <usize>load<u32>(piece);
  if (next === 0) {
    next = take(PIECE_BYTES);
    store<u32>(next, 0);
    if (piece === 0) firstPiece = next;
    else store<u32>(piece, <u32>next);
  }
  piece = next;
  pieceFree = piece + 64;
}

// @ts-ignore: decorator
@inline
function raise(at: usize, by: f64): void {
  store<f64>(at, load<f64>(at) + by);
}

/** Changes sums of a flow in a block that is held. */
export function change(
  block: usize,
  shape: u32,
  connections: f64,
  bytesReceived: f64,
  bytesSent: f64,
  paired: f64,
  ambiguous: f64,
): void {
  const flow = open(block, shape);
  raise(flow + CONNECTIONS, connections);
  raise(flow + RECEIVED, bytesReceived);
  raise(flow + SENT, bytesSent);
  raise(flow + PAIRED, paired);
  raise(flow + AMBIGUOUS, ambiguous);
}

/** Adds the sorted lines from a place on to their flows. Answers the first whose block is not held; `lines`: all were added. */
export function addFrom(from: i32): i32 {
  for (let i = from; i < lines; i++) {
    const at = placeAt(i);
    const shape = load<u32>(keys + 8 * <usize>i);
    const hour = <i32>(minuteAt(i) / MINUTES_PER_HOUR);
    const block = find(hour, <i32>(shape >>> BLOCK_SHIFT));
    if (block === 0) return i;
    const flow = open(block, shape);
    const start = load<f64>(starts + 8 * at);
    const duration = max<f64>(0, load<f64>(durations + 8 * at));
    raise(flow + CONNECTIONS, 1);
    raise(flow + RECEIVED, max<f64>(0, load<f64>(received + 8 * at)));
    raise(flow + SENT, max<f64>(0, load<f64>(sent + 8 * at)));
    store<f64>(flow, min(start, load<f64>(flow, FIRST)), FIRST);
    store<f64>(flow, max(start, load<f64>(flow, LAST)), LAST);
    store<f64>(flow, max(start + duration, load<f64>(flow, END)), END);
    store<f64>(flow, min(duration, load<f64>(flow, SHORTEST)), SHORTEST);
    store<f64>(flow, max(duration, load<f64>(flow, LONGEST)), LONGEST);
    const known = load<u8>(ends + at);
    if (known === IN_PAIR) raise(flow + PAIRED, 1);
    else if (known === IN_DOUBT) raise(flow + AMBIGUOUS, 1);
  }
  return lines;
}

/** Hour of a sorted line, and its shape. */
export function hourAt(i: i32): i32 {
  return <i32>(minuteAt(i) / MINUTES_PER_HOUR);
}
export function shapeAt(i: i32): u32 {
  return load<u32>(keys + 8 * <usize>i);
}

/** Where the block with a number is, counted from 0 in the order in which they were taken in. */
export function blockAt(number: i32): usize {
  return blocks + BLOCK_BYTES * <usize>number;
}
export function isOpened(block: usize): bool {
  return load<u32>(block, OPENED) !== 0;
}
export function hourOf(block: usize): i32 {
  return load<i32>(block, HOUR);
}
export function numberOf(block: usize): i32 {
  return load<i32>(block, BLOCK);
}

/**
 * Puts the shapes that were opened into SHAPES, and answers how many. What was added to those that no line is of is forgotten: it
 * belongs to a flow that is gone.
 */
export function settle(block: usize): i32 {
  const opened = load<u32>(block, OPENED);
  let present = load<u32>(block, PRESENT);
  let count = 0;
  for (let place = 0; place < BLOCK_SHAPES; place++) {
    const bit: u32 = 1 << place;
    if ((opened & bit) === 0) continue;
    store<u32>(SHAPES + 4 * <usize>(count++), (<u32>load<i32>(block, BLOCK) << BLOCK_SHIFT) + <u32>place);
    const flow = flowAt(block, bit);
    if (load<f64>(flow, LAST) < load<f64>(flow, FIRST)) present &= ~bit;
  }
  store<u32>(block, present, PRESENT);
  store<u32>(block, 0, OPENED);
  return count;
}

// @ts-ignore: decorator
@inline
function putVarint(at: usize, number: f64): usize {
  let value = <u64>number;
  let end = at;
  while (value >= 0x80) {
    store<u8>(end++, <u8>(0x80 | (value & 0x7f)));
    value >>= 7;
  }
  store<u8>(end, <u8>value);
  return end + 1;
}

/** Packs a block into PACKED and answers how many bytes it takes; 0: it has no flow. */
export function pack(block: usize): i32 {
  const present = load<u32>(block, PRESENT);
  if (present === 0) return 0;
  const begin = HOUR_MS * <f64>load<i32>(block, HOUR);
  store<u32>(PACKED, present);
  let at = PACKED + 4;
  for (let bits = present; bits !== 0; bits &= bits - 1) {
    const flow = flowAt(block, bits & (~bits + 1));
    const first = load<f64>(flow, FIRST);
    const last = load<f64>(flow, LAST);
    const shortest = load<f64>(flow, SHORTEST);
    at = putVarint(at, max<f64>(0, load<f64>(flow, CONNECTIONS)));
    at = putVarint(at, max<f64>(0, load<f64>(flow, RECEIVED)));
    at = putVarint(at, max<f64>(0, load<f64>(flow, SENT)));
    at = putVarint(at, max<f64>(0, first - begin));
    at = putVarint(at, max<f64>(0, last - first));
    at = putVarint(at, max<f64>(0, load<f64>(flow, END) - last));
    at = putVarint(at, max<f64>(0, shortest));
    at = putVarint(at, max<f64>(0, load<f64>(flow, LONGEST) - shortest));
    at = putVarint(at, max<f64>(0, load<f64>(flow, PAIRED)));
    at = putVarint(at, max<f64>(0, load<f64>(flow, AMBIGUOUS)));
  }
  return <i32>(at - PACKED);
}

let readAt: usize = 0;

function readVarint(): f64 {
  let byte = load<u8>(readAt++);
  let value = <u64>(byte & 0x7f);
  for (let shift: u64 = 7; byte >= 0x80; shift += 7) {
    byte = load<u8>(readAt++);
    value |= <u64>(byte & 0x7f) << shift;
  }
  return <f64>value;
}

function unpack(block: usize): void {
  const present = load<u32>(PACKED);
  if (present !== 0) widenRoom(block, <i32>popcnt(present));
  store<u32>(block, present, PRESENT);
  store<u32>(block, present, PLACED);
  readAt = PACKED + 4;
  for (let bits = present; bits !== 0; bits &= bits - 1) {
    const flow = flowAt(block, bits & (~bits + 1));
    for (let at: usize = 0; at < FLOW_BYTES; at += 8) store<f64>(flow + at, readVarint());
    store<f64>(flow, HOUR_MS * <f64>load<i32>(block, HOUR) + load<f64>(flow, FIRST), FIRST);
    store<f64>(flow, load<f64>(flow, FIRST) + load<f64>(flow, LAST), LAST);
    store<f64>(flow, load<f64>(flow, LAST) + load<f64>(flow, END), END);
    store<f64>(flow, load<f64>(flow, SHORTEST) + load<f64>(flow, LONGEST), LONGEST);
  }
}

// What is measured of lines.

const EXACT: f64 = 16;
const CODED_DURATION_MAX: f64 = 2_147_483_647;

/** As `durationCode` of the domain has it. */
function codeOf(duration: f64): u8 {
  if (duration < 0) return 0;
  if (duration < EXACT) return 1 + <u8>duration;
  const ms = <u32>min(duration, CODED_DURATION_MAX);
  const octave = 31 - clz(ms);
  return <u8>(17 + (octave - 4) * 8 + ((ms >>> (octave - 3)) & 7));
}

let chunkBegin: usize = 0;
let chunkSize: i32 = 0;
/** Where the chunk begins that was packed last, and how many bytes it has. */
export function chunkBeginAt(): usize {
  return chunkBegin;
}
export function chunkBytes(): i32 {
  return chunkSize;
}

/** Packs the sorted lines from a place on that are of one hour, up to as many as a chunk has; answers where the next ones begin. */
export function packFrom(from: i32): i32 {
  const hour = minuteAt(from) / MINUTES_PER_HOUR;
  const limit = min(lines, from + CHUNK_LINES_MAX);
  let to = from;
  while (to < limit && minuteAt(to) / MINUTES_PER_HOUR === hour) to++;
  // The length of all comes first, and is known last.
  const begin = CHUNK + VARINT_BYTES_MAX;
  let at = begin;
  store<u8>(at++, 0);
  at = packMinutes(at, from, to);
  let aside = ASIDE;
  let minute: u32 = u32.MAX_VALUE;
  let before: u32 = 0;
  for (let i = from; i < to; i++) {
    if (minuteAt(i) !== minute) {
      minute = minuteAt(i);
      before = 0;
    }
    const shape = load<u32>(keys + 8 * <usize>i);
    aside = putVarint(aside, <f64>(shape - before));
    before = shape;
  }
  at = putAside(at, aside);
  for (let i = from; i < to; i++) store<u8>(at++, codeOf(load<f64>(durations + 8 * placeAt(i))));
  aside = ASIDE;
  for (let i = from; i < to; i++) aside = putVarint(aside, max<f64>(0, load<f64>(received + 8 * placeAt(i))));
  at = putAside(at, aside);
  for (let i = from; i < to; i++) at = putVarint(at, max<f64>(0, load<f64>(sent + 8 * placeAt(i))));
  const size = <f64>(at - begin);
  chunkBegin = begin - (putVarint(CHUNK, size) - CHUNK);
  putVarint(chunkBegin, size);
  chunkSize = <i32>(at - chunkBegin);
  return to;
}

/** Copies the column that was packed aside behind its size. */
function putAside(at: usize, end: usize): usize {
  const size = end - ASIDE;
  const to = putVarint(at, <f64>size);
  memory.copy(to, ASIDE, size);
  return to + size;
}

/** How many minutes there are, and of each its number within the hour and its lines. */
function packMinutes(begin: usize, from: i32, to: i32): usize {
  let at = begin + 1;
  let minutes: u8 = 0;
  for (let i = from; i < to; ) {
    const minute = minuteAt(i);
    let end = i;
    while (end < to && minuteAt(end) === minute) end++;
    minutes++;
    store<u8>(at++, <u8>(minute % MINUTES_PER_HOUR));
    at = putVarint(at, <f64>(end - i));
    i = end;
  }
  store<u8>(begin, minutes);
  return at;
}

// Rows of connections, as leaves of a table: see `table-image.ts`.

const PAGE_BYTES: usize = 65_536;
const LEAF: u8 = 0x0d;
const LEAF_HEADER_BYTES: usize = 8;
const PAGE_ROWS_MAX: i32 = 2_048;
const ROWS_AT: usize = LEAF_HEADER_BYTES + 2 * <usize>PAGE_ROWS_MAX;
/** A row needs no more, but for its texts. */
const ROW_BYTES_MAX: usize = 200;
const PORT_BASE: i32 = 32_768;
const ROWS_PER_SECOND: f64 = 262_144;
const CLIENT_NUMBERS: i32 = 7;
const NUMBERS: i32 = 14;
/** The same with the mark, and of each line the hash and the text. */
const ALL_COLUMNS: i32 = 19;
const NO_HASH: f64 = -Infinity;

let pages: usize = 0;
let pageCapacity: i32 = 0;
let pageCount: i32 = 0;
/** The last row of each page. */
let lastRows: usize = 0;
/** Where the page that is being filled begins, its next row, and how many it has. */
let page: usize = 0;
let pageEnd: usize = 0;
let pageRows: i32 = 0;

export function pagesAt(): usize {
  return pages;
}
export function lastRowsAt(): usize {
  return lastRows;
}

/**
 * Writes rows of the lines that were taken into pages, in the order of their keys, and answers how many pages. `hasRest`: some have
 * more than numbers, and the columns for that are filled in.
 */
export function writeRows(count: i32, hasRest: bool): i32 {
  let differing: u64 = 0;
  let first: u64 = 0;
  for (let i = 0; i < count; i++) {
    const key = <u64>load<f64>(rowKeys + <usize>(8 * i));
    if (i === 0) first = key;
    differing |= key ^ first;
    store<u64>(keys + <usize>(8 * i), key);
    store<i32>(places + <usize>(4 * i), i);
  }
  sortAll(differing, count);
  pageCount = 0;
  for (let i = 0; i < count; i++) {
    const place = placeAt(i);
    const key = load<u64>(keys + <usize>(8 * i));
    const client = load<i32>(clients + 4 * place);
    const server = load<i32>(servers + 4 * place);
    const mark = hasRest ? load<i32>(marks + 4 * place) : 0;
    const isWhole = hasRest && (mark !== 0 || hasOwn(client) || hasOwn(server));
    const bytesMax = isWhole ? ROW_BYTES_MAX + textBytes(client) + textBytes(server) : ROW_BYTES_MAX;
    if (pageCount === 0 || pageRows === PAGE_ROWS_MAX || pageEnd + bytesMax > page + PAGE_BYTES) beginPage();
    writeRow(key, client, server, mark, isWhole);
    store<f64>(lastRows + 8 * <usize>(pageCount - 1), <f64>key);
  }
  if (pageCount > 0) endPage();
  return pageCount;
}

function hasOwn(line: i32): bool {
  return line !== NONE && load<f64>(hashes + 8 * <usize>line) !== NO_HASH;
}

function textBytes(line: i32): usize {
  return line === NONE ? 0 : <usize>max(0, load<i32>(textLengths + 4 * <usize>line));
}

function beginPage(): void {
  if (pageCount > 0) endPage();
  if (pageCount === pageCapacity) {
    const wide = max(32, 2 * pageCapacity);
    const wider = take(PAGE_BYTES * <usize>wide);
    memory.copy(wider, pages, PAGE_BYTES * <usize>pageCount);
    const last = take(8 * <usize>wide);
    memory.copy(last, lastRows, 8 * <usize>pageCount);
    pages = wider;
    lastRows = last;
    pageCapacity = wide;
  }
  page = pages + PAGE_BYTES * <usize>(pageCount++);
  pageEnd = page + ROWS_AT;
  pageRows = 0;
}

function endPage(): void {
  const left = page + PAGE_BYTES - pageEnd;
  store<u8>(page, LEAF);
  putTwo(page + 1, 0);
  putTwo(page + 3, pageRows);
  putTwo(page + 5, <i32>ROWS_AT);
  store<u8>(page, 0, 7);
  if (left < 4) store<u8>(page, <u8>left, 7);
  else {
    // What is left at the end of the page is on its list of free blocks.
    putTwo(page + 1, <i32>(pageEnd - page));
    putTwo(pageEnd, 0);
    putTwo(pageEnd + 2, <i32>left);
  }
}

/** Two bytes, the higher one first. */
// @ts-ignore: decorator
@inline
function putTwo(at: usize, value: i32): void {
  store<u16>(at, <u16>(((value & 0xff) << 8) | ((value >> 8) & 0xff)));
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
  putTwo(page + LEAF_HEADER_BYTES + 2 * <usize>pageRows, <i32>(start - page));
  pageRows++;
  pageEnd = bodyAt;
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
