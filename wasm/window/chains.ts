/** Finds ends by their key: the address of the client's proxy as both ends have it and, for HTTP, the request. */
import {
  BUCKETS,
  CAPACITY,
  CLIENT,
  CLIENT_PORT,
  FLAGS,
  FOLLOWED,
  HEADS,
  MET,
  NEXT,
  NEXT_POSITION,
  NONE,
  REQUEST,
  RIVAL,
  recordOf,
} from './layout';

/** As `keyHash` has it. */
// @ts-ignore: decorator
@inline
export function hashOfKey(client: i32, port: i32, request: i32): u32 {
  let h = <u32>client * 0x85eb_ca6b;
  h = ((h ^ (h >>> 15) ^ <u32>port) * 0xc2b2_ae35) ^ <u32>request;
  h = (h ^ (h >>> 13)) * 0x27d4_eb2f;
  return h ^ (h >>> 16);
}

// @ts-ignore: decorator
@inline
export function headOf(record: usize): usize {
  return headOfKey(load<i32>(record, CLIENT), load<i32>(record, CLIENT_PORT), load<i32>(record, REQUEST));
}

// @ts-ignore: decorator
@inline
function headOfKey(client: i32, port: i32, request: i32): usize {
  return HEADS + 4 * <usize>(hashOfKey(client, port, request) & <u32>(BUCKETS - 1));
}

/** True while the end that got this position has it: its slot was given to no other one. */
// @ts-ignore: decorator
@inline
export function isHeld(position: i32): bool {
  const ago = (load<i32>(NEXT_POSITION) - position - 1) & 0x7fff_ffff;
  // Both are asked in any case: what follows shall not wait for a choice.
  return <bool>(<i32>(position !== NONE) & <i32>(ago < CAPACITY));
}

/** The position of an end that is held. */
// @ts-ignore: decorator
@inline
function positionOf(slot: i32): i32 {
  const last = load<i32>(NEXT_POSITION) - 1;
  return (last - ((last - slot) & (CAPACITY - 1))) & 0x7fff_ffff;
}

/** The first slot with the key of a record in the chain that begins at a position. */
// @ts-ignore: decorator
@inline
function match(record: usize, from: i32): i32 {
  return matchKey(load<i32>(record, CLIENT), load<i32>(record, CLIENT_PORT), load<i32>(record, REQUEST), from);
}

function matchKey(client: i32, port: i32, request: i32, from: i32): i32 {
  // What is not held any more is not even looked at: it would have to be waited for.
  for (let position = from; isHeld(position); ) {
    const slot = position & (CAPACITY - 1);
    const other = recordOf(slot);
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

// @ts-ignore: decorator
@inline
export function isLike(a: usize, b: usize): bool {
  const port = load<i32>(a, CLIENT_PORT) ^ load<i32>(b, CLIENT_PORT);
  const client = load<i32>(a, CLIENT) ^ load<i32>(b, CLIENT);
  return (port | client | (load<i32>(a, REQUEST) ^ load<i32>(b, REQUEST))) === 0;
}

/** Has an end found by its key, if it has one. */
export function chain(slot: i32): void {
  chainAt(slot, headOf(recordOf(slot)));
}

/** The same where the head of its chain is known. */
export function chainAt(slot: i32, bucket: usize): void {
  const record = recordOf(slot);
  if (load<i32>(record, CLIENT) === 0) return;
  const head = load<i32>(bucket);
  // Every second end has a rival, and nothing foretells which: there is no choice on the way. An end without one stands in for it.
  const held = isHeld(head);
  let found = <i32>held;
  let rival = held ? head & (CAPACITY - 1) : slot;
  if (!isLike(record, recordOf(rival))) {
    const farther = match(record, load<i32>(recordOf(rival), NEXT));
    found = <i32>(farther !== NONE);
    rival = farther === NONE ? slot : farther;
  }
  const other = recordOf(rival);
  store<i32>(other, load<i32>(other, FLAGS) | (FOLLOWED * found), FLAGS);
  store<i32>(record, load<i32>(record, FLAGS) | (MET * found), FLAGS);
  store<i32>(record, found ? rival : NONE, RIVAL);
  store<i32>(record, head, NEXT);
  store<i32>(bucket, positionOf(slot));
}
