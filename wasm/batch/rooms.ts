/** Room for the flows of blocks. */
import { take } from '../memory';
import { FLOWS, FLOW_BYTES, PLACED, ROOM } from './layout';

/** Flows for which room is made at first, and how many times as many when it is used up: 2, 8, 32. */
const FIRST_ROOM: i32 = 2;
const ROOM_FACTOR: i32 = 4;
/** Room is given out of pieces of this size, each of which begins with the place of the next one. */
const PIECE_BYTES: usize = 262_144;
/** The first piece, that in use, and where it is free; rooms that were given back, by size. */
let firstPiece: usize = 0;
let piece: usize = 0;
let pieceFree: usize = 0;
let freeTwo: usize = 0;
let freeEight: usize = 0;

/** The flow of a shape that has a place. */
// @ts-ignore: decorator
@inline
export function flowAt(block: usize, bit: u32): usize {
  return <usize>load<u32>(block, FLOWS) + FLOW_BYTES * <usize>popcnt(load<u32>(block, PLACED) & (bit - 1));
}

/** Makes a place for the flow of a shape among those of its block. */
export function makePlace(block: usize, bit: u32): void {
  const placed = load<u32>(block, PLACED);
  const count = <i32>popcnt(placed);
  if (count === load<i32>(block, ROOM)) widenRoom(block, count + 1);
  const before = <usize>popcnt(placed & (bit - 1));
  const at = <usize>load<u32>(block, FLOWS) + FLOW_BYTES * before;
  memory.copy(at + FLOW_BYTES, at, FLOW_BYTES * (<usize>count - before));
  store<u32>(block, placed | bit, PLACED);
}

/** Makes room for so many flows of a block. */
export function widenRoom(block: usize, count: i32): void {
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

/** All rooms are free. */
export function forgetRooms(): void {
  piece = firstPiece;
  pieceFree = piece + 64;
  freeTwo = 0;
  freeEight = 0;
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
