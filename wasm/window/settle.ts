/**
 * Settles the ends that lines bring, where that takes numbers alone: ends that nothing touches, and pairs that nothing else touches
 * and that are surely one. What else there is, is for `pair-batch.ts`, which says what is done, and why.
 */
import { asked } from '../memory';
import { firstLike, following, isLike } from './chains';
import {
  AS_CLIENT,
  AS_HOP,
  CAPACITY,
  CLIENT,
  COMPLETE_AFTER,
  END,
  FLAGS,
  FOLLOWED,
  HOPS,
  IS_LOOSE,
  LINKED,
  LISTED,
  MATE,
  MET,
  NONE,
  RECEIVED,
  RIVAL,
  SENT,
  SERVER,
  SETTLED,
  SLOTS,
  STANDING,
  START,
  WAITING,
  pendingOf,
  recordOf,
  slotAt,
} from './layout';

/** More than one end may touch this one, or the table has to be asked. */
const SEVERAL: i32 = -2;

/** As in `pair-batch.ts`, and the limits of `SureLimits`; ms. */
let reach: f64 = 0;
let clock: f64 = 0;
let noBytes: f64 = 0;
let unknownBytes: f64 = 0;
let otherBytes: f64 = 0;

export function setLimits(reachMs: f64, clockMs: f64, noBytesMs: f64, unknownBytesMs: f64, otherBytesMs: f64): void {
  reach = reachMs;
  clock = clockMs;
  noBytes = noBytesMs;
  unknownBytes = unknownBytesMs;
  otherBytes = otherBytesMs;
}

/** As `PairingRules.surely`. */
export function surely(
  outStart: f64,
  outEnd: f64,
  intoStart: f64,
  intoEnd: f64,
  outReceived: f64,
  outSent: f64,
  intoReceived: f64,
  intoSent: f64,
): bool {
  const startGap = intoStart - outStart;
  if (startGap < -clock || startGap > outEnd - outStart + clock) return false;
  const endGap = Math.abs(intoEnd - outEnd);
  if (outReceived < 0 || intoReceived < 0) return endGap <= unknownBytes;
  if (outReceived !== intoReceived || outSent !== intoSent) return endGap <= otherBytes;
  return outReceived + outSent > 0 || endGap <= noBytes;
}

/** The one end that touches this one; NONE where none does. */
function onlyOther(slot: i32, record: usize, completeAfter: f64): i32 {
  const start = load<f64>(record, START);
  if (start - reach <= completeAfter) return SEVERAL;
  const rival = load<i32>(record, RIVAL);
  if (rival === NONE || (load<i32>(record, FLAGS) & (MET | FOLLOWED)) !== MET) return onlyOtherOfMany(slot, record, completeAfter);
  const other = recordOf(rival);
  // What came between the two, before or after them, is told by their flags: only two ends have this key.
  if ((load<i32>(other, FLAGS) & MET) !== 0 || !isLike(record, other)) return onlyOtherOfMany(slot, record, completeAfter);
  const otherStart = load<f64>(other, START);
  if (otherStart > load<f64>(record, END) + reach || load<f64>(other, END) < start - reach) return NONE;
  return otherStart - reach <= completeAfter ? SEVERAL : rival;
}

/** The same for any number of ends of one key. */
function onlyOtherOfMany(slot: i32, record: usize, completeAfter: f64): i32 {
  let from = load<f64>(record, START) - reach;
  let to = load<f64>(record, END) + reach;
  const first = firstLike(slot);
  let other = NONE;
  for (let at = first; at !== NONE; at = following(at)) {
    if (at === slot || load<f64>(recordOf(at), START) > to || load<f64>(recordOf(at), END) < from) continue;
    if (other !== NONE) return SEVERAL;
    other = at;
  }
  if (other === NONE) return NONE;
  // Something may touch the other one alone.
  from = min(from, load<f64>(recordOf(other), START) - reach);
  to = max(to, load<f64>(recordOf(other), END) + reach);
  if (from <= completeAfter) return SEVERAL;
  for (let at = first; at !== NONE; at = following(at)) {
    if (at === slot || at === other) continue;
    if (load<f64>(recordOf(at), START) <= to && load<f64>(recordOf(at), END) >= from) return SEVERAL;
  }
  return other;
}

/** As `isSimple` in `align-group.ts`. */
// @ts-ignore: decorator
@inline
function isSimple(a: usize, b: usize): bool {
  const flags = load<i32>(a, FLAGS);
  const others = load<i32>(b, FLAGS);
  return (
    ((flags ^ others) & AS_CLIENT) !== 0 &&
    ((flags | others) & (AS_HOP | LINKED | STANDING)) === 0 &&
    load<i32>(a, SERVER) === load<i32>(b, SERVER) &&
    load<i32>(a, MATE) === NONE &&
    load<i32>(b, MATE) === NONE
  );
}

/** What `tie` found: not surely one connection; tied; surely one, but one of them lies in a row. */
const UNSURE: i32 = 0;
const TIED: i32 = 1;
const SURE: i32 = 2;

/** Ties two ends that nothing else touches, if they are surely one and lie in no row. */
export function tie(slot: i32, other: i32): i32 {
  const a = recordOf(slot);
  const b = recordOf(other);
  if (!isSimple(a, b)) return UNSURE;
  const isClient = (load<i32>(a, FLAGS) & AS_CLIENT) !== 0;
  const out = isClient ? a : b;
  const into = isClient ? b : a;
  const isSure = surely(
    load<f64>(out, START),
    load<f64>(out, END),
    load<f64>(into, START),
    load<f64>(into, END),
    load<f64>(out, RECEIVED),
    load<f64>(out, SENT),
    load<f64>(into, RECEIVED),
    load<f64>(into, SENT),
  );
  if (!isSure) return UNSURE;
  if ((load<i32>(a, FLAGS) & load<i32>(b, FLAGS) & WAITING) === 0) return SURE;
  store<i32>(a, other, MATE);
  store<i32>(b, slot, MATE);
  return TIED;
}

/** Slots in LISTED. */
let listed: i32 = 0;
export function listedCount(): i32 {
  return listed;
}

// @ts-ignore: decorator
@inline
function list(slot: i32): void {
  store<i32>(LISTED + 4 * <usize>listed, slot);
  listed++;
}

/** Notes an end that was paired, if it has to be taken out of the loose ones and is none of the lines from `first` on. */
// @ts-ignore: decorator
@inline
function note(slot: i32, first: i32): void {
  if (load<u8>(IS_LOOSE + <usize>slot) !== 0 && load<i32>(pendingOf(slot)) < first) list(slot);
}

/** Lines whose ends are asked for together. */
const ASKED_TOGETHER: i32 = 64;

/**
 * Settles ends of the `count` lines in SLOTS and HOPS, which are those of the batch from `first` on: the own end of a line, then its
 * hop, from the end `from` on. Answers the first end that it cannot settle: twice the line, and one more for its hop. Lists the loose
 * ends of other lines that it paired.
 */
export function settle(from: i32, count: i32, first: i32): i32 {
  const completeAfter = load<f64>(COMPLETE_AFTER);
  listed = 0;
  for (let at = from; at < 2 * count; at++) {
    if (at === from || (at & (2 * ASKED_TOGETHER - 1)) === 0) ask(at >> 1, min(count, ((at >> 1) | (ASKED_TOGETHER - 1)) + 1));
    const slot = slotAt((at & 1) === 0 ? SLOTS : HOPS, at >> 1);
    if (slot === NONE) continue;
    const record = recordOf(slot);
    if (load<i32>(record, CLIENT) === 0) continue;
    const flags = load<i32>(record, FLAGS);
    // No other end can touch it, or only one that was put into the window later, and is looked at itself.
    if ((flags & MET) === 0 && load<f64>(record, START) - reach > completeAfter) continue;
    if ((flags & SETTLED) !== 0) continue;
    const other = onlyOther(slot, record, completeAfter);
    if (other === NONE) continue;
    if (other === SEVERAL) return at;
    if (tie(slot, other) === TIED) note(other, first);
    else if (load<i32>(record, MATE) !== other) return at;
  }
  return 2 * count;
}

/** Asks for the ends that those of lines [from, to) met: see `place`. */
function ask(from: i32, to: i32): void {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const record = recordOf(max(0, slotAt(SLOTS, i)));
    const rival = recordOf(load<i32>(record, RIVAL) & (CAPACITY - 1));
    sum ^= load<i32>(rival, FLAGS);
  }
  asked(sum);
}
