/** The values of a line that was cut: its numbers, and the texts of a request. */
import { BACKSLASH, DASH, NEWLINE, QUOTE } from './bytes';
import { cutAt } from './cut';
import { readClock, readCount, readPort, readTime } from './numbers';
import {
  ABSENT,
  COUNTS,
  FIRST_SLOT,
  ID,
  IS_REQUEST,
  IS_WRAPPED,
  KIND_DOWNSTREAM,
  KIND_ID,
  KIND_PATH,
  KIND_SERVICE_TIME,
  KIND_UPSTREAM,
  LAYOUTS,
  LAYOUT_BYTES,
  LAYOUT_SLOT_BYTES,
  NOT_READ,
  NUMBERS,
  PATH,
  SLOTS,
  SLOT_KIND,
  TEXTS,
} from './places';
import { word } from './words';

const SERVICE_TIME_MAX: i64 = 2147483647;
export let textEnd: usize = 0;
export function textLength(): usize {
  return textEnd - TEXTS;
}

/** The same as doubles, for whoever looks at them from outside. */
export function numbersBy(number: i32): bool {
  if (!readNumbers(LAYOUTS + LAYOUT_BYTES * <usize>number)) return false;
  for (let i: usize = 0; i < 7; i++) store<f64>(NUMBERS + 8 * i, <f64>load<i64>(NUMBERS + 8 * i));
  return true;
}

/** Reads the numbers of the line that was cut into NUMBERS; false where one is written in no plain way. */
export function readNumbers(layout: usize): bool {
  if (load<i32>(layout, SLOTS) > 0) return readSlots(layout);
  const counts = load<i32>(layout, COUNTS);
  const isRequest = load<i32>(layout, IS_REQUEST) !== 0;
  const first = word(counts);
  const second = word(counts + 1);
  const third = word(counts + 2);
  const fourth = word(counts + 3);
  // The cuts of a request have two more stretches before the ports.
  const ports = isRequest ? 11 : 7;
  const time = readClock(cutAt(1) + 1);
  const received = readCount(first, second - 1);
  const sent = readCount(second, third - 1);
  const duration = readCount(third, fourth - 1);
  const upstream = readPort(cutAt(ports), cutAt(ports + 1));
  const downstream = readPort(cutAt(ports + 4), cutAt(ports + 5));
  const service = isRequest ? readServiceTime(fourth, word(counts + 4) - 1) : ABSENT;
  store<i64>(NUMBERS, time);
  store<i64>(NUMBERS, received, 8);
  store<i64>(NUMBERS, sent, 16);
  store<i64>(NUMBERS, duration, 24);
  store<i64>(NUMBERS, upstream, 32);
  store<i64>(NUMBERS, downstream, 40);
  store<i64>(NUMBERS, service, 48);
  return (
    time !== NOT_READ &&
    received !== NOT_READ &&
    sent !== NOT_READ &&
    duration !== NOT_READ &&
    upstream !== NOT_READ &&
    downstream !== NOT_READ &&
    service !== NOT_READ
  );
}

const TIME_BYTES: usize = 24;

/** The same for an object. What it has no slot for is absent. */
function readSlots(layout: usize): bool {
  const slots = load<i32>(layout, SLOTS);
  for (let i: usize = 0; i < 7; i++) store<i64>(NUMBERS + 8 * i, ABSENT);
  for (let i = 0; i < slots; i++) {
    const kind = load<i32>(layout + FIRST_SLOT + LAYOUT_SLOT_BYTES * <usize>i, SLOT_KIND);
    if (kind > KIND_SERVICE_TIME) continue;
    const from = cutAt(2 * i + 1);
    const to = cutAt(2 * i + 2);
    let value = NOT_READ;
    if (kind === 0) {
      if (to - from === TIME_BYTES) value = readTime(from);
    } else if (kind === KIND_UPSTREAM || kind === KIND_DOWNSTREAM) value = readPort(from, to);
    else value = readCount(from, to);
    if (value === NOT_READ || (kind === KIND_SERVICE_TIME && value > SERVICE_TIME_MAX)) return false;
    store<i64>(NUMBERS + 8 * <usize>kind, value);
  }
  return true;
}

function readServiceTime(from: usize, to: usize): i64 {
  if (to - from === 1 && load<u8>(from) === DASH) return ABSENT;
  const time = readCount(from, to);
  return time <= SERVICE_TIME_MAX ? time : NOT_READ;
}

/** Forgets the texts that were taken. */
export function dropTexts(): void {
  textEnd = TEXTS;
}

/** Takes the path and the id of a request; false where one has a byte that could mean something. */
export function takeTexts(layout: usize): bool {
  const quote: usize = load<i32>(layout, IS_WRAPPED) !== 0 ? 2 : 1;
  const path = load<i32>(layout, PATH);
  const id = load<i32>(layout, ID);
  const middle = takeText(word(path), word(path + 1) - 1, textEnd);
  if (middle === 0) return false;
  store<u8>(middle, <u8>NEWLINE);
  const end = takeText(word(id) + quote, word(id + 1) - 1 - quote, middle + 1);
  if (end === 0) return false;
  textEnd = end;
  return true;
}

/** The same of an object that has them. A dash would be a value, not the want of one. */
export function takeSlotTexts(layout: usize): bool {
  const path = cutOf(layout, KIND_PATH);
  const id = cutOf(layout, KIND_ID);
  if (path === 0 && id === 0) return true;
  const middle = path === 0 ? textEnd : takeText(cutAt(path), cutAt(path + 1), textEnd);
  if (middle === 0 || (path !== 0 && middle === textEnd)) return false;
  store<u8>(middle, <u8>NEWLINE);
  const end = id === 0 ? middle + 1 : takeText(cutAt(id), cutAt(id + 1), middle + 1);
  if (end === 0 || (id !== 0 && end === middle + 1)) return false;
  textEnd = end;
  return true;
}

/** The cut at which a slot of a kind begins; 0: the layout has none. */
function cutOf(layout: usize, kind: i32): i32 {
  const slots = load<i32>(layout, SLOTS);
  for (let i = 0; i < slots; i++) {
    if (load<i32>(layout + FIRST_SLOT + LAYOUT_SLOT_BYTES * <usize>i, SLOT_KIND) === kind) return 2 * i + 1;
  }
  return 0;
}

/** Copies a text to a place, and answers where it ends there; nothing for `-`. 0: it is empty, or could mean something. */
function takeText(from: usize, to: usize, into: usize): usize {
  if (to <= from) return 0;
  if (to - from === 1 && load<u8>(from) === DASH) return into;
  let end = into;
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (byte === QUOTE || byte === BACKSLASH || byte > 0x7e) return 0;
    store<u8>(end++, <u8>byte);
  }
  return end;
}
