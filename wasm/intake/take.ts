/** Takes lines in: works out what their hashes are, and passes over those that were there. */
import { asked } from '../memory';
import { bitsOf, wholeOf } from '../whole';
import { factsOf } from './facts';
import {
  ALL_FLAGS,
  ARE_SERVERS,
  DOWNSTREAM_PORTS,
  DURATIONS,
  HASHES,
  NONE,
  OWN_HASHES,
  RECEIVED,
  REQUESTS,
  SENT,
  SERVICE_TIMES,
  SHAPES,
  STARTS,
  TEMPLATES,
  TEXT_LENGTHS,
  TEXT_PLACES,
  UPSTREAM_PORTS,
} from './layout';
import { lookedAt } from './spans';
import { KNOWN, NEW, noteLine } from './stored';
import { LEFT, UNKNOWN, areThere, hasText, madeA, madeAt, madeB, madeBegin, madeRequest, make } from './texts';

/** As in `shape-codes.ts`. */
const IS_SERVER: i32 = 2;

/** As in `line-hash.ts`. */
const P1: i32 = 0x9e37_79b1;
const P2: i32 = 0x5f35_6495;

const ABSENT: i32 = -1;

/** Why `take` stopped: see `stored.ts`; the line is like no other, or has texts that are left to others. */
const OTHER: i32 = 4;
let why: i32 = 0;
let taken: i32 = 0;
/** Where the texts of the lines are that were taken in: of those by the last call, and of those by the next one. */
let textsFrom: i32 = 0;
let textsTo: i32 = 0;

export function stoppedFor(): i32 {
  return why;
}
/** Lines that the last call took in: they are the first of each column of what is worked out, and of numbers. */
export function takenLines(): i32 {
  return taken;
}
/** Where their texts are in memory, one after the other. */
export function takenTexts(): usize {
  return madeAt() + <usize>textsFrom;
}
export function takenTextBytes(): i32 {
  return textsTo - textsFrom;
}

/** What `numbersHash` of `line-hash.ts` answers. */
export function hashOf(
  sharedA: i32,
  sharedB: i32,
  start: f64,
  duration: f64,
  bytesReceived: f64,
  bytesSent: f64,
  upstreamPort: i32,
  downstreamPort: i32,
): f64 {
  const whole = wholeOf(start);
  let a = (sharedA ^ <i32>whole) * P1;
  let b = (sharedB ^ <i32>(whole >> 32) ^ a) * P2;
  const lasted = wholeOf(duration);
  a = (a ^ <i32>lasted ^ (b >>> 15)) * P1;
  b = (b ^ <i32>(lasted >> 32) ^ a) * P2;
  const came = wholeOf(bytesReceived);
  a = (a ^ <i32>came ^ (b >>> 15)) * P1;
  b = (b ^ <i32>(came >> 32) ^ a) * P2;
  const went = wholeOf(bytesSent);
  a = (a ^ <i32>went ^ (b >>> 15)) * P1;
  b = (b ^ <i32>(went >> 32) ^ a) * P2;
  a = (a ^ upstreamPort ^ (b >>> 15)) * P1;
  b = (b ^ downstreamPort ^ a) * P2;
  const low = ((a ^ (a >>> 16)) * 0x85eb_ca6b) ^ ((b ^ (b >>> 13)) * 0xc2b2_ae35);
  const high = ((b ^ (b >>> 16)) * 0x85eb_ca6b) ^ ((low ^ (low >>> 13)) * 0xc2b2_ae35);
  return <f64>((<i64>(high & 0xffff) << 32) | <i64><u32>low);
}

/**
 * Works out shapes and hashes of the lines [from, count). Answers the first of them of whose template nothing is known: tell
 * `putFacts`, and go on there.
 */
export function lookAhead(from: i32, count: i32): i32 {
  for (let i = from; i < count; i++) {
    if (i === from || (i & (ASKED_TOGETHER - 1)) === 0) askForFacts(i, min(count, (i | (ASKED_TOGETHER - 1)) + 1));
    const narrow = <usize>(4 * i);
    const wide = <usize>(8 * i);
    const template = load<i32>(TEMPLATES + narrow);
    if (template === NONE) {
      store<i32>(SHAPES + narrow, 0);
      continue;
    }
    const facts = factsOf(template);
    const shape = load<i32>(facts);
    if (shape === 0) return i;
    let a = load<i32>(facts, 4);
    let b = load<i32>(facts, 8);
    const flags = load<i32>(facts, 12);
    store<i32>(SHAPES + narrow, shape);
    store<i32>(ALL_FLAGS + narrow, flags);
    store<u8>(ARE_SERVERS + <usize>i, (flags & IS_SERVER) === 0 ? 0 : 1);
    if (areThere()) {
      const length = hasText(i) ? make(i, template, load<i32>(SERVICE_TIMES + narrow), a, b) : ABSENT;
      if (length === UNKNOWN) return i;
      store<i32>(TEXT_LENGTHS + narrow, length);
      if (length > 0) {
        a = madeA();
        b = madeB();
      }
      store<i32>(TEXT_PLACES + narrow, madeBegin());
      store<i32>(REQUESTS + narrow, length > 0 ? madeRequest() : 0);
      store<u8>(OWN_HASHES + <usize>i, length > 0 ? 1 : 0);
    }
    const hash = hashOf(
      a,
      b,
      load<f64>(STARTS + wide),
      load<f64>(DURATIONS + wide),
      load<f64>(RECEIVED + wide),
      load<f64>(SENT + wide),
      load<i32>(UPSTREAM_PORTS + narrow),
      load<i32>(DOWNSTREAM_PORTS + narrow),
    );
    store<f64>(HASHES + wide, hash);
  }
  return count;
}

/** Lines whose facts are asked for together, or their places in the sets. */
const ASKED_TOGETHER: i32 = 64;

function askForFacts(from: i32, to: i32): void {
  let sum = 0;
  for (let i = from; i < to; i++) sum ^= load<i32>(factsOf(max(0, load<i32>(TEMPLATES + 4 * <usize>i))));
  asked(sum);
}

function askForPlaces(from: i32, to: i32): void {
  let sum = 0;
  for (let i = from; i < to; i++) sum ^= lookedAt(load<f64>(STARTS + 8 * <usize>i), bitsOf(load<f64>(HASHES + 8 * <usize>i)));
  asked(sum);
}

/**
 * Takes in lines from one on. Answers the first that it cannot decide about, or `count`; see `stoppedFor`, `takenLines` and `takenTexts`.
 * TEXT_PLACES of what it took in are those that texts have behind so many bytes: `textBytes`.
 */
export function take(from: i32, count: i32, textBytes: i32): i32 {
  taken = 0;
  if (from === 0) textsTo = 0;
  textsFrom = textsTo;
  const withTexts = areThere();
  for (let i = from; i < count; i++) {
    if (i === from || (i & (ASKED_TOGETHER - 1)) === 0) askForPlaces(i, min(count, (i | (ASKED_TOGETHER - 1)) + 1));
    const narrow = <usize>(4 * i);
    const wide = <usize>(8 * i);
    const shape = load<i32>(SHAPES + narrow);
    if (shape === 0 || (withTexts && load<i32>(TEXT_LENGTHS + narrow) === LEFT)) {
      why = OTHER;
      return i;
    }
    const start = load<f64>(STARTS + wide);
    const hash = load<f64>(HASHES + wide);
    const known = noteLine(start, bitsOf(hash));
    if (known === KNOWN) continue;
    if (known !== NEW) {
      why = known;
      return i;
    }
    const to = taken++;
    if (withTexts) takeText(i, to, textBytes - textsFrom);
    if (to === i) continue;
    // To the front: what is there was decided about.
    const narrowTo = <usize>(4 * to);
    const wideTo = <usize>(8 * to);
    store<i32>(SHAPES + narrowTo, shape);
    store<f64>(STARTS + wideTo, start);
    store<f64>(HASHES + wideTo, hash);
    store<f64>(DURATIONS + wideTo, load<f64>(DURATIONS + wide));
    store<f64>(RECEIVED + wideTo, load<f64>(RECEIVED + wide));
    store<f64>(SENT + wideTo, load<f64>(SENT + wide));
    store<i32>(UPSTREAM_PORTS + narrowTo, load<i32>(UPSTREAM_PORTS + narrow));
    store<i32>(DOWNSTREAM_PORTS + narrowTo, load<i32>(DOWNSTREAM_PORTS + narrow));
    store<u8>(ARE_SERVERS + <usize>to, load<u8>(ARE_SERVERS + <usize>i));
  }
  return count;
}

/** To the front what line `i` has beside its numbers. A place of its text is that less the first one, and `more`. */
function takeText(i: i32, to: i32, more: i32): void {
  const narrow = 4 * <usize>i;
  const narrowTo = 4 * <usize>to;
  const length = load<i32>(TEXT_LENGTHS + narrow);
  store<i32>(TEXT_LENGTHS + narrowTo, length);
  store<i32>(REQUESTS + narrowTo, load<i32>(REQUESTS + narrow));
  store<u8>(OWN_HASHES + <usize>to, load<u8>(OWN_HASHES + <usize>i));
  if (length <= 0) return;
  const place = load<i32>(TEXT_PLACES + narrow);
  if (place !== textsTo) memory.copy(madeAt() + <usize>textsTo, madeAt() + <usize>place, length);
  store<i32>(TEXT_PLACES + narrowTo, textsTo + more);
  textsTo += length;
}
