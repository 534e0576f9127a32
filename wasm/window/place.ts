/** Puts lines into the window, as the ends of connections that they are. */
import { asked } from '../memory';
import { chain, chainAt, headOf, isHeld } from './chains';
import {
  ALL_RECEIVED,
  ALL_SENT,
  ANCHOR,
  AS_CLIENT,
  BEGINS,
  BY_NAME,
  CAPACITY,
  CHAINED_TOGETHER,
  CLIENT,
  CLIENT_PORT,
  DOWNSTREAM_PORTS,
  DURATIONS,
  END,
  FLAGS,
  HASH,
  HASHES,
  HOPS,
  MATE,
  NEXT,
  NONE,
  OWN,
  RECEIVED,
  REQUEST,
  ROW,
  SENT,
  SERVER,
  SHAPE,
  SHAPES,
  SLOTS,
  START,
  STARTS,
  UNORDERED,
  UPSTREAM_PORTS,
  USED,
  WAITING,
  codeOf,
  isOf,
  pendingOf,
  recordOf,
  restOf,
  slotAt,
} from './layout';
import { takeSlot } from './slots';

/** As in `shape-codes.ts`. */
const IS_CLIENT: i32 = 1;
const IS_SERVER: i32 = 2;
const IS_HTTP: i32 = 4;
const IS_UNORDERED: i32 = 8;
const IS_BLIND: i32 = 16;
const HAS_HOP: i32 = 64;
const IS_TUNNEL: i32 = 256;

const NO_PORT: i32 = -1;

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

/** Lines that are chained, of those that are placed. */
let chained: i32 = 0;

/**
 * Adds the ends of lines [from, count), which are those of the batch from `first` on, and chains them: fills SLOTS and HOPS. Answers
 * the first line that it did not add.
 */
export function place(from: i32, count: i32, first: i32): i32 {
  if (from === 0) chained = 0;
  for (let i = from; i < count; i++) {
    if (i - chained >= CHAINED_TOGETHER) chainTo(i);
    if (i === chained) askForCodes(i, min(count, i + CHAINED_TOGETHER));
    const narrow = <usize>(4 * i);
    const shape = load<i32>(SHAPES + narrow);
    const code = codeOf(shape);
    const flags = load<i32>(code);
    if (!isOf(shape, flags)) {
      why = NO_CODE;
      return i;
    }
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
    store<i32>(record, load<i32>(code, 8), CLIENT);
    store<i32>(record, port, CLIENT_PORT);
    store<i32>(record, 0, REQUEST);
    store<i32>(record, load<i32>(code, 4), SERVER);
    store<i32>(record, NONE, NEXT);
    store<i32>(record, NONE, MATE);
    const isServer = (flags & IS_SERVER) !== 0;
    store<i32>(record, USED | WAITING | (isServer ? 0 : AS_CLIENT) | ((flags & IS_UNORDERED) !== 0 ? UNORDERED : 0), FLAGS);
    const rest = restOf(slot);
    store<f64>(rest, -1, ROW);
    store<f64>(rest, load<f64>(HASHES + wide), HASH);
    store<i32>(rest, shape, SHAPE);
    store<i32>(rest, load<i32>(code, 8), OWN);
    // Bytes have to tell a line from others, where its name does not.
    const isTelling = !isBlind && bytesReceived >= 0 && bytesSent >= 0 && bytesReceived + bytesSent > 0;
    store<i32>(rest, (flags & BY_NAME) !== 0 || isTelling ? load<i32>(code, 12) : 0, ANCHOR);
    store<i32>(pendingOf(slot), first + i);
  }
  chainTo(count);
  return count;
}

/** Asks for the codes of the shapes of lines [from, to), and no more: see `chainTo`. */
function askForCodes(from: i32, to: i32): void {
  let sum = 0;
  for (let i = from; i < to; i++) sum ^= load<i32>(codeOf(load<i32>(SHAPES + 4 * <usize>i)));
  asked(sum);
}

/** Chains what was added for lines up to `end`, in their order. */
function chainTo(end: i32): void {
  // Asks for what the chains will look at, and no more: without a choice on the way, a processor goes on to the next.
  let sum = 0;
  const from = chained;
  for (let i = from; i < end; i++) {
    const record = recordOf(max(0, slotAt(SLOTS, i)));
    const bucket = headOf(record);
    store<u32>(BEGINS + 4 * <usize>(i - from), <u32>bucket);
    const head = load<i32>(bucket);
    const asked = isHeld(head) ? recordOf(head & (CAPACITY - 1)) : record;
    sum ^= load<i32>(asked, FLAGS);
  }
  asked(sum);
  for (let i = from; i < end; i++) {
    const slot = slotAt(SLOTS, i);
    if (slot !== NONE) chainAt(slot, <usize>load<u32>(BEGINS + 4 * <usize>(i - from)));
    const hop = slotAt(HOPS, i);
    if (hop !== NONE) chain(hop);
  }
  chained = end;
}
