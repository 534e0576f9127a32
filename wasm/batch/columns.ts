/** Columns of lines and of rows, and how they are sorted. */
import { take } from '../memory';
import { BITS, bucketAt, differsAt, findPlaces, takePlace } from '../radix';
import { COUNTS } from './places';

let capacity: i32 = 0;
export let shapes: usize = 0;
export let starts: usize = 0;
export let durations: usize = 0;
export let received: usize = 0;
export let sent: usize = 0;
export let ends: usize = 0;
export let keys: usize = 0;
let sortedKeys: usize = 0;
export let places: usize = 0;
let sortedPlaces: usize = 0;
export let upstreamPorts: usize = 0;
export let downstreamPorts: usize = 0;
export let counted: usize = 0;
export let rowKeys: usize = 0;
export let clients: usize = 0;
export let servers: usize = 0;
/** Of lines: the hash that shape and numbers do not tell, or NO_HASH; where the text begins that they have beside, and its length or NONE. */
export let hashes: usize = 0;
export let textBegins: usize = 0;
export let textLengths: usize = 0;
/** Of rows. */
export let marks: usize = 0;
export let texts: usize = 0;
let textCapacity: usize = 0;

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

/** Sorts the rows that were filled in: their keys, and which row each is. */
export function sortRows(count: i32): void {
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
}

/** `differing`: the bits that not all keys have in common. */
export function sortAll(differing: u64, count: i32): void {
  for (let shift: u64 = 0; shift < 64; shift += BITS) {
    if (differsAt(differing, shift)) sortBy(shift, count);
  }
}

function sortBy(shift: u64, count: i32): void {
  findPlaces(COUNTS, keys, count, shift);
  for (let i = 0; i < count; i++) {
    const key = load<u64>(keys + 8 * <usize>i);
    const to = takePlace(bucketAt(COUNTS, key, shift));
    store<u64>(sortedKeys + 8 * to, key);
    store<i32>(sortedPlaces + 4 * to, load<i32>(places + 4 * <usize>i));
  }
  const other = keys;
  keys = sortedKeys;
  sortedKeys = other;
  const otherPlaces = places;
  places = sortedPlaces;
  sortedPlaces = otherPlaces;
}

// @ts-ignore: decorator
@inline
export function placeAt(i: i32): usize {
  return <usize>load<i32>(places + 4 * <usize>i);
}
