/** Lines summed up in flows. */
import { asked } from '../memory';
import { find, open } from './blocks';
import { durations, ends, keys, placeAt, received, sent, starts } from './columns';
import {
  AMBIGUOUS,
  BLOCK_SHIFT,
  CONNECTIONS,
  END,
  FIRST,
  LAST,
  LONGEST,
  PAIRED,
  PLACED,
  RECEIVED,
  SENT,
  SHORTEST,
} from './layout';
import { hourAt, lines, shapeAt } from './lines';
import { BLOCK_SHAPES, FOUND, HOUR_MS } from './places';
import { flowAt } from './rooms';

const IN_PAIR: u8 = 1;
const IN_DOUBT: u8 = 2;

// @ts-ignore: decorator
@inline
function raise(at: usize, by: f64): void {
  store<f64>(at, load<f64>(at) + by);
}

// @ts-ignore: decorator
@inline
function count(at: usize, by: i32): void {
  store<i32>(at, load<i32>(at) + by);
}

/** Changes sums of a flow in a block that is held. */
export function change(
  block: usize,
  shape: u32,
  connections: i32,
  bytesReceived: f64,
  bytesSent: f64,
  paired: i32,
  ambiguous: i32,
): void {
  const flow = open(block, shape);
  count(flow + CONNECTIONS, connections);
  raise(flow + RECEIVED, bytesReceived);
  raise(flow + SENT, bytesSent);
  count(flow + PAIRED, paired);
  count(flow + AMBIGUOUS, ambiguous);
}

/** Lines whose flows are asked for together. */
const ASKED_TOGETHER: i32 = 64;

/** Adds the sorted lines from a place on to their flows. Answers the first whose block is not held; `lines`: all were added. */
export function addFrom(from: i32): i32 {
  for (let i = from; i < lines; i += ASKED_TOGETHER) {
    const to = min(lines, i + ASKED_TOGETHER);
    askForFlows(i, to);
    const added = addSome(i, to);
    if (added < to) return added;
  }
  return lines;
}

/** Finds the blocks of the sorted lines [from, to), and asks for their flows. */
function askForFlows(from: i32, to: i32): void {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const shape = shapeAt(i);
    const block = find(hourAt(i), <i32>(shape >>> BLOCK_SHIFT));
    store<u32>(FOUND + 4 * <usize>(i - from), <u32>block);
    const bit: u32 = 1 << (shape & <u32>(BLOCK_SHAPES - 1));
    if (block === 0 || (load<u32>(block, PLACED) & bit) === 0) continue;
    const flow = flowAt(block, bit);
    sum ^= load<i32>(flow);
  }
  asked(sum);
}

function addSome(from: i32, to: i32): i32 {
  for (let i = from; i < to; i++) {
    const at = placeAt(i);
    const shape = shapeAt(i);
    const block = <usize>load<u32>(FOUND + 4 * <usize>(i - from));
    if (block === 0) return i;
    const flow = open(block, shape);
    const start = load<f64>(starts + 8 * at);
    const duration = max<f64>(0, load<f64>(durations + 8 * at));
    const sinceHour = <i32>(start - HOUR_MS * <f64>hourAt(i));
    count(flow + CONNECTIONS, 1);
    raise(flow + RECEIVED, max<f64>(0, load<f64>(received + 8 * at)));
    raise(flow + SENT, max<f64>(0, load<f64>(sent + 8 * at)));
    store<i32>(flow, min(sinceHour, load<i32>(flow, FIRST)), FIRST);
    store<i32>(flow, max(sinceHour, load<i32>(flow, LAST)), LAST);
    store<f64>(flow, max(start + duration, load<f64>(flow, END)), END);
    store<f64>(flow, min(duration, load<f64>(flow, SHORTEST)), SHORTEST);
    store<f64>(flow, max(duration, load<f64>(flow, LONGEST)), LONGEST);
    const known = load<u8>(ends + at);
    if (known === IN_PAIR) count(flow + PAIRED, 1);
    else if (known === IN_DOUBT) count(flow + AMBIGUOUS, 1);
  }
  return to;
}
