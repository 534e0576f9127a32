/** Finds, for the ends that a batch brings, everything whose pairing they may change, and aligns it anew. */
import type { LineBatch } from '../line-batch.ts';
import { type AlignDeps, alignGroup, linkSimple } from './align-group.ts';
import { CLIENT, DOUBLES, END, FLAGS, FOLLOWED, INTS, MET, RIVAL, START } from './end-records.ts';
import { type EndKey, NONE, type PairingWindow } from './pairing-window.ts';

/** As far as two lives may be apart and still be aligned together; not less than what the rules tolerate. */
const REACH_MS = 5_000;
/** Groups up to this size are searched from end to end. */
const LISTED_ENDS = 12;

export interface PairingDeps extends AlignDeps {
  /** Brings stored ends of this key that overlap [from, to] into the window. */
  readonly loadStored: (key: EndKey, from: number, to: number) => void;
}

/**
 * Sets `mate` and `standing` of the slots of a batch and of whatever they touch, and their links by client address. The lines
 * before `from` were paired before. Answers the ends of other lines that were looked at: stored, or paired before.
 */
export function pairBatch(batch: LineBatch, from: number, deps: PairingDeps): ReadonlySet<number> {
  const settled = new Set<number>();
  const looked = new Set<number>();
  // The batch grows while rows are taken out of the table; those lines are settled already.
  const length = batch.length;
  for (let index = from; index < length; index++) {
    settle(batch.slot[index] as number, from, settled, looked, deps);
    settle(batch.hop[index] as number, from, settled, looked, deps);
  }
  return looked;
}

/** Settles one end, or NONE, and those that hang together with it; ends of lines before `from` go into `looked`. */
function settle(
  slot: number,
  from: number,
  settled: Set<number>,
  looked: Set<number>,
  deps: PairingDeps,
): void {
  const { window } = deps;
  if (slot === NONE || !mayTouch(slot, window)) return;
  if (settled.size > 0 && settled.has(slot)) return;
  const other = onlyOther(slot, window);
  if (other === NONE) return;
  if (other !== SEVERAL && linkSimple(slot, other, deps)) {
    if (window.pending(slot) < from) looked.add(slot);
    if (window.pending(other) < from) looked.add(other);
    return;
  }
  const group = gather(slot, deps);
  if (group.length === 1) return;
  // Two ends are met again at the second of them, where their mate tells that they are settled.
  if (group.length > 2) for (const member of group) settled.add(member);
  else if (window.mate(slot) === group[1]) return;
  for (const member of group) if (window.pending(member) < from) looked.add(member);
  alignGroup(group, deps);
}

/** False when no other end can touch this one, or only one that was put into the window later, and is looked at itself. */
function mayTouch(slot: number, { ints, doubles, completeAfter }: PairingWindow): boolean {
  const i = slot * INTS;
  if (ints[i + CLIENT] === 0) return false;
  if (((ints[i + FLAGS] as number) & MET) !== 0) return true;
  return (doubles[slot * DOUBLES + START] as number) - REACH_MS <= completeAfter;
}

/** More than one end may touch this one, or the table has to be asked. */
const SEVERAL = -2;

/** The one end that touches this one; NONE where none does. */
function onlyOther(slot: number, window: PairingWindow): number {
  const { ints, doubles, completeAfter } = window;
  const i = slot * INTS;
  const rival = ints[i + RIVAL] as number;
  const start = doubles[slot * DOUBLES + START] as number;
  if (start - REACH_MS <= completeAfter) return SEVERAL;
  // What came between the two, before or after them, is told by their flags: only two ends have this key.
  const areTwo =
    rival !== NONE &&
    ((ints[i + FLAGS] as number) & (MET | FOLLOWED)) === MET &&
    ((ints[rival * INTS + FLAGS] as number) & MET) === 0 &&
    window.isLike(slot, rival);
  if (!areTwo) return onlyOtherOfMany(slot, window);
  const otherStart = doubles[rival * DOUBLES + START] as number;
  const end = doubles[slot * DOUBLES + END] as number;
  const otherEnd = doubles[rival * DOUBLES + END] as number;
  if (otherStart > end + REACH_MS || otherEnd < start - REACH_MS) return NONE;
  return otherStart - REACH_MS <= completeAfter ? SEVERAL : rival;
}

/** The same for any number of ends of one key. */
function onlyOtherOfMany(slot: number, window: PairingWindow): number {
  const { completeAfter } = window;
  let from = window.start(slot) - REACH_MS;
  let to = window.end(slot) + REACH_MS;
  let other = NONE;
  for (let at = window.firstLike(slot); at !== NONE; at = window.following(at)) {
    if (at === slot || window.start(at) > to || window.end(at) < from) continue;
    if (other !== NONE) return SEVERAL;
    other = at;
  }
  if (other === NONE) return NONE;
  // Something may touch the other one alone.
  from = Math.min(from, window.start(other) - REACH_MS);
  to = Math.max(to, window.end(other) + REACH_MS);
  if (from <= completeAfter) return SEVERAL;
  for (let at = window.firstLike(slot); at !== NONE; at = window.following(at)) {
    if (at !== slot && at !== other && window.start(at) <= to && window.end(at) >= from) return SEVERAL;
  }
  return other;
}

/** All ends of one key that hang together in time with `slot`, directly or through others; `slot` is the first. */
function gather(slot: number, { window, loadStored }: PairingDeps): number[] {
  const group = [slot];
  /** The same as a set, once it is worth having. */
  let known: Set<number> | null = null;
  let from = window.start(slot) - REACH_MS;
  let to = window.end(slot) + REACH_MS;
  let loadedFrom = Number.POSITIVE_INFINITY;
  let loadedTo = Number.NEGATIVE_INFINITY;
  for (let grown = true; grown; ) {
    grown = false;
    if (from <= window.completeAfter && (from < loadedFrom || to > loadedTo)) {
      loadStored(window.keyOf(slot), from, to);
      loadedFrom = from;
      loadedTo = to;
    }
    for (let at = window.firstLike(slot); at !== NONE; at = window.following(at)) {
      const start = window.start(at);
      const end = window.end(at);
      if (start > to || end < from || (known === null ? group.includes(at) : known.has(at))) continue;
      group.push(at);
      if (known !== null) known.add(at);
      else if (group.length > LISTED_ENDS) known = new Set(group);
      if (start - REACH_MS < from || end + REACH_MS > to) {
        from = Math.min(from, start - REACH_MS);
        to = Math.max(to, end + REACH_MS);
        grown = true;
      }
    }
  }
  return group;
}
