/**
 * Puts lines into the pairing window, as the ends of connections that they are. Written in AssemblyScript (see `scanner/main.ts`);
 * `src/store/sqlite/pairing/pairing-window.ts` is its other side, has the same memory, and says what a window is.
 */

/** As in `end-records.ts`: a record, its doubles, and its numbers of 32 bits. */
const RECORD_BYTES: usize = 128;
const START: usize = 0;
const END: usize = 8;
const RECEIVED: usize = 16;
const SENT: usize = 24;
const CLIENT: usize = 32;
const CLIENT_PORT: usize = 36;
const REQUEST: usize = 40;
const SERVER: usize = 44;
const NEXT: usize = 48;
const MATE: usize = 52;
const FLAGS: usize = 56;
const POSITION: usize = 60;
const ROW: usize = 64;
const HASH: usize = 72;
const SHAPE: usize = 80;
const CLUSTER: usize = 84;
const SNI: usize = 88;
const OWN: usize = 92;
const ANCHOR: usize = 96;
const PENDING: usize = 100;
const RIVAL: usize = 104;
const AS_CLIENT: i32 = 1;
const UNORDERED: i32 = 8;
const USED: i32 = 16;
const MET: i32 = 32;
const FOLLOWED: i32 = 64;

/** As in `shape-codes.ts`. */
const IS_CLIENT: i32 = 1;
const IS_SERVER: i32 = 2;
const IS_HTTP: i32 = 4;
const IS_UNORDERED: i32 = 8;
const IS_BLIND: i32 = 16;
const HAS_HOP: i32 = 64;
const BY_NAME: i32 = 128;
const IS_TUNNEL: i32 = 256;

const NONE: i32 = -1;
const NO_PORT: i32 = -1;
const CAPACITY: i32 = 131_072;
const BUCKETS: i32 = 262_144;
/** Shapes whose codes are here, each by its id; beyond so many, the last of those that share a place. */
const CODES: i32 = 262_144;
/** Of a shape: its id, flags, server, client, anchor, own, cluster, SNI. */
const CODE_BYTES: usize = 32;
/** Lines that are placed at once. */
const LINES_MAX: usize = 1_024;

/** When the window is whole (a double), position of the next end, ends added. */
const COMPLETE_AFTER: usize = 1_024;
const NEXT_POSITION: usize = COMPLETE_AFTER + 8;
const ADDED: usize = COMPLETE_AFTER + 12;
const ASKED: usize = COMPLETE_AFTER + 16;
const STARTS: usize = COMPLETE_AFTER + 64;
const DURATIONS: usize = STARTS + 8 * LINES_MAX;
const ALL_RECEIVED: usize = DURATIONS + 8 * LINES_MAX;
const ALL_SENT: usize = ALL_RECEIVED + 8 * LINES_MAX;
const HASHES: usize = ALL_SENT + 8 * LINES_MAX;
const SHAPES: usize = HASHES + 8 * LINES_MAX;
const UPSTREAM_PORTS: usize = SHAPES + 4 * LINES_MAX;
const DOWNSTREAM_PORTS: usize = UPSTREAM_PORTS + 4 * LINES_MAX;
const SLOTS: usize = DOWNSTREAM_PORTS + 4 * LINES_MAX;
const HOPS: usize = SLOTS + 4 * LINES_MAX;
/** A byte for each slot: 1 for those among the loose ends. */
const IS_LOOSE: usize = HOPS + 4 * LINES_MAX;
const HEADS: usize = IS_LOOSE + <usize>CAPACITY;
const SHAPE_CODES: usize = HEADS + 4 * <usize>BUCKETS;
const RECORDS: usize = SHAPE_CODES + CODE_BYTES * <usize>CODES;
const ALL: usize = RECORDS + RECORD_BYTES * <usize>CAPACITY;

export function begin(): void {
  const pages = <i32>((ALL + 0xffff) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
  memory.fill(HEADS, 0xff, 4 * <usize>BUCKETS);
}

export function stateAt(): usize {
  return COMPLETE_AFTER;
}
export function linesAt(): usize {
  return STARTS;
}
export function linesMax(): usize {
  return LINES_MAX;
}
export function looseAt(): usize {
  return IS_LOOSE;
}
export function headsAt(): usize {
  return HEADS;
}
export function codesAt(): usize {
  return SHAPE_CODES;
}
export function recordsAt(): usize {
  return RECORDS;
}

// @ts-ignore: decorator
@inline
function recordOf(slot: i32): usize {
  return RECORDS + RECORD_BYTES * <usize>slot;
}

/** As `keyHash` has it. */
// @ts-ignore: decorator
@inline
function headOfKey(client: i32, port: i32, request: i32): usize {
  let h = <u32>client * 0x85eb_ca6b;
  h = ((h ^ (h >>> 15) ^ <u32>port) * 0xc2b2_ae35) ^ <u32>request;
  h = (h ^ (h >>> 13)) * 0x27d4_eb2f;
  return HEADS + 4 * <usize>((h ^ (h >>> 16)) & <u32>(BUCKETS - 1));
}

// @ts-ignore: decorator
@inline
function headOf(record: usize): usize {
  return headOfKey(load<i32>(record, CLIENT), load<i32>(record, CLIENT_PORT), load<i32>(record, REQUEST));
}

/** The first slot with the key of a record in the chain that begins at a position. */
// @ts-ignore: decorator
@inline
function match(record: usize, from: i32): i32 {
  return matchKey(load<i32>(record, CLIENT), load<i32>(record, CLIENT_PORT), load<i32>(record, REQUEST), from);
}

function matchKey(client: i32, port: i32, request: i32, from: i32): i32 {
  for (let position = from; position !== NONE; ) {
    const slot = position & (CAPACITY - 1);
    const other = recordOf(slot);
    if (load<i32>(other, POSITION) !== position) return NONE;
    const isLike =
      load<i32>(other, CLIENT_PORT) === port && load<i32>(other, CLIENT) === client && load<i32>(other, REQUEST) === request;
    if (isLike) return slot;
    position = load<i32>(other, NEXT);
  }
  return NONE;
}

export function firstOf(client: i32, port: i32, request: i32): i32 {
  return matchKey(client, port, request, load<i32>(headOfKey(client, port, request)));
}

export function firstLike(slot: i32): i32 {
  const record = recordOf(slot);
  return load<i32>(record, CLIENT) === 0 ? NONE : match(record, load<i32>(headOf(record)));
}

export function following(slot: i32): i32 {
  const record = recordOf(slot);
  return load<i32>(record, CLIENT) === 0 ? NONE : match(record, load<i32>(record, NEXT));
}

/** Has an end found by its key, if it has one. */
export function chain(slot: i32): void {
  const record = recordOf(slot);
  if (load<i32>(record, CLIENT) === 0) return;
  const bucket = headOf(record);
  const head = load<i32>(bucket);
  const rival = match(record, head);
  if (rival !== NONE) {
    store<i32>(record, load<i32>(record, FLAGS) | MET, FLAGS);
    const other = recordOf(rival);
    store<i32>(other, load<i32>(other, FLAGS) | FOLLOWED, FLAGS);
  }
  store<i32>(record, rival, RIVAL);
  store<i32>(record, head, NEXT);
  store<i32>(bucket, load<i32>(record, POSITION));
}

/**
 * The slot of the oldest end whose line is written. Below NONE: it is among the loose ends, and has to be taken out of them, before
 * this is asked again: -2 less the slot. NONE: there is none.
 */
export function takeSlot(): i32 {
  for (let tries = 0; tries < CAPACITY; tries++) {
    const position = load<i32>(NEXT_POSITION);
    const slot = position & (CAPACITY - 1);
    const record = recordOf(slot);
    const flags = load<i32>(record, FLAGS);
    const isUsed = (flags & USED) !== 0;
    const isPending = isUsed && load<i32>(record, PENDING) !== NONE;
    if (isUsed && !isPending && load<u8>(IS_LOOSE + <usize>slot) !== 0) return -2 - slot;
    // After all numbers the first ones come again.
    store<i32>(NEXT_POSITION, (position + 1) & 0x7fff_ffff);
    store<i32>(ADDED, load<i32>(ADDED) + 1);
    store<i32>(record, position, POSITION);
    if (isPending) {
      // It stays, as if it had come now.
      chain(slot);
      store<i32>(record, load<i32>(record, FLAGS) | MET, FLAGS);
      continue;
    }
    if (isUsed) makeRoom(slot);
    return slot;
  }
  return NONE;
}

/** What goes with an end that makes room. */
export function makeRoom(slot: i32): void {
  const record = recordOf(slot);
  store<f64>(COMPLETE_AFTER, max(load<f64>(COMPLETE_AFTER), load<f64>(record, END)));
  const mate = load<i32>(record, MATE);
  if (mate !== NONE) store<i32>(recordOf(mate), NONE, MATE);
}

/** Why `place` stopped: the code of the shape is not here; the line is of a kind that is not for it; see `takeSlot`. */
const NO_CODE: i32 = 1;
const OTHER_KIND: i32 = 2;
const IN_THE_WAY: i32 = 3;
let why: i32 = 0;
let inTheWay: i32 = 0;
export function stoppedFor(): i32 {
  return why;
}
export function slotInTheWay(): i32 {
  return inTheWay;
}

/**
 * Adds the ends of lines [from, count), which are those of the batch from `first` on: fills SLOTS and HOPS. Answers the first line
 * that it did not add.
 */
export function place(from: i32, count: i32, first: i32): i32 {
  for (let i = from; i < count; i++) {
    const narrow = <usize>(4 * i);
    const shape = load<i32>(SHAPES + narrow);
    const code = SHAPE_CODES + CODE_BYTES * <usize>(shape & (CODES - 1));
    if (load<i32>(code) !== shape) {
      why = NO_CODE;
      return i;
    }
    const flags = load<i32>(code, 4);
    if ((flags & (IS_HTTP | HAS_HOP | IS_TUNNEL)) !== 0) {
      why = OTHER_KIND;
      return i;
    }
    const isClient = (flags & IS_CLIENT) !== 0;
    const port = load<i32>((isClient ? UPSTREAM_PORTS : DOWNSTREAM_PORTS) + narrow);
    store<i32>(SLOTS + narrow, NONE);
    store<i32>(HOPS + narrow, NONE);
    if ((flags & (IS_CLIENT | IS_SERVER)) === 0 || port === NO_PORT) continue;
    const slot = takeSlot();
    if (slot < 0) {
      why = IN_THE_WAY;
      inTheWay = slot;
      return i;
    }
    store<i32>(SLOTS + narrow, slot);
    const wide = <usize>(8 * i);
    const record = recordOf(slot);
    const isBlind = (flags & IS_BLIND) !== 0;
    const start = load<f64>(STARTS + wide);
    const bytesReceived = load<f64>(ALL_RECEIVED + wide);
    const bytesSent = load<f64>(ALL_SENT + wide);
    store<f64>(record, start, START);
    store<f64>(record, start + max<f64>(0, load<f64>(DURATIONS + wide)), END);
    store<f64>(record, isBlind ? -1 : bytesReceived, RECEIVED);
    store<f64>(record, isBlind ? -1 : bytesSent, SENT);
    store<i32>(record, load<i32>(code, 12), CLIENT);
    store<i32>(record, port, CLIENT_PORT);
    store<i32>(record, 0, REQUEST);
    store<i32>(record, load<i32>(code, 8), SERVER);
    store<i32>(record, NONE, NEXT);
    store<i32>(record, NONE, MATE);
    const isServer = (flags & IS_SERVER) !== 0;
    store<i32>(record, USED | (isServer ? 0 : AS_CLIENT) | ((flags & IS_UNORDERED) !== 0 ? UNORDERED : 0), FLAGS);
    store<f64>(record, -1, ROW);
    store<f64>(record, load<f64>(HASHES + wide), HASH);
    store<i32>(record, shape, SHAPE);
    store<i32>(record, load<i32>(code, 24), CLUSTER);
    store<i32>(record, load<i32>(code, 28), SNI);
    store<i32>(record, load<i32>(code, 12), OWN);
    // Bytes have to tell a line from others, where its name does not.
    const isTelling = !isBlind && bytesReceived >= 0 && bytesSent >= 0 && bytesReceived + bytesSent > 0;
    store<i32>(record, (flags & BY_NAME) !== 0 || isTelling ? load<i32>(code, 16) : 0, ANCHOR);
    store<i32>(record, first + i, PENDING);
  }
  return count;
}

/** Chains what was added for lines [0, count), in their order. */
export function chainAll(count: i32): void {
  // Asks for what the chains will look at, and no more: without a choice on the way, a processor goes on to the next.
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const slot = max(0, load<i32>(SLOTS + <usize>(4 * i)));
    const head = load<i32>(headOf(recordOf(slot)));
    sum ^= load<i32>(recordOf(head & (CAPACITY - 1)), POSITION);
  }
  store<i32>(ASKED, sum);
  for (let i = 0; i < count; i++) {
    const slot = load<i32>(SLOTS + <usize>(4 * i));
    if (slot !== NONE) chain(slot);
    const hop = load<i32>(HOPS + <usize>(4 * i));
    if (hop !== NONE) chain(hop);
  }
}
