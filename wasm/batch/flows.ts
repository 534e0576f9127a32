/** Lines summed up in flows. */
import { find, open } from './blocks';
import { durations, ends, keys, placeAt, received, sent, starts } from './columns';
import {
  AMBIGUOUS,
  BLOCK,
  BLOCK_SHIFT,
  CONNECTIONS,
  END,
  FIRST,
  LAST,
  LONGEST,
  OPENED,
  PAIRED,
  PRESENT,
  RECEIVED,
  SENT,
  SHORTEST,
} from './layout';
import { lines, minuteAt } from './lines';
import { BLOCK_SHAPES, MINUTES_PER_HOUR, SHAPES } from './places';
import { flowAt } from './rooms';

const IN_PAIR: u8 = 1;
const IN_DOUBT: u8 = 2;

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
