/** Finds, for the ends that a batch brings, everything whose pairing they may change, and aligns it anew. */
import type { LineBatch } from '../line-batch.ts';
import { type AlignDeps, alignGroup, tieInRow } from './align-group.ts';
import { SETTLED } from './end-records.ts';
import { type EndKey, NONE, type PairingWindow } from './pairing-window.ts';
import { SURE, TIED } from './window-memory.ts';

/** As far as two lives may be apart and still be aligned together; not less than what the rules tolerate. */
const REACH_MS = 5_000;
/** Groups up to this size are searched from end to end. */
const LISTED_ENDS = 12;

export interface PairingDeps extends AlignDeps {
  /** Brings stored ends of this key that overlap [from, to] into the window. False: it has them. */
  readonly loadStored: (key: EndKey, from: number, to: number) => boolean;
}

/**
 * Sets `mate` and `standing` of the slots of a batch and of whatever they touch, and their links by client address. The lines
 * before `from` were paired before. Answers the ends whose looseness that may have changed. What takes numbers alone is done by
 * `LineEnds.settle`.
 */
export function pairBatch(batch: LineBatch, from: number, deps: PairingDeps): readonly number[] {
  const { lines } = deps.window;
  const touched: number[] = [];
  const settled: number[] = [];
  lines.setLimits(REACH_MS, deps.rules.sure);
  // The batch grows while rows are taken out of the table; those lines are settled already.
  const { length } = batch;
  for (let first = from; first < length; first += lines.max) {
    const count = Math.min(lines.max, length - first);
    lines.take(batch, first, first + count);
    let at = lines.settle(0, count, from, touched);
    while (at < 2 * count) {
      const index = first + (at >> 1);
      settle(((at & 1) === 0 ? batch.slot[index] : batch.hop[index]) as number, from, settled, touched, deps);
      at = lines.settle(at + 1, count, from, touched);
    }
  }
  for (const slot of settled) deps.window.unset(slot, SETTLED);
  listChanged(batch, from, deps.window, touched);
  return touched;
}

function listChanged(batch: LineBatch, from: number, { lines }: PairingWindow, changed: number[]): void {
  for (let first = from; first < batch.length; first += lines.max) {
    const count = Math.min(lines.max, batch.length - first);
    lines.take(batch, first, first + count);
    lines.listChanged(count, changed);
  }
}

/** Settles an end and those that hang together with it; ends of lines before `from` go into `looked`. */
function settle(slot: number, from: number, settled: number[], looked: number[], deps: PairingDeps): void {
  const { window } = deps;
  const group = gather(slot, deps);
  if (group.length === 1) return;
  for (const member of group) {
    // It is met again at the other ends.
    window.set(member, SETTLED);
    settled.push(member);
    if (window.pending(member) < from) looked.push(member);
  }
  const [, other = NONE] = group;
  const tied = group.length === 2 ? window.lines.tie(slot, other) : 0;
  if (tied === SURE) tieInRow(slot, other, deps);
  else if (tied !== TIED) alignGroup(group, deps);
}

/** All ends of one key that hang together in time with `slot`, directly or through others; `slot` is the first. */
function gather(slot: number, { window, loadStored }: PairingDeps): number[] {
  let group = [slot];
  /** The same as a set, once it is worth having. */
  let known: Set<number> | null = null;
  let from = window.start(slot) - REACH_MS;
  let to = window.end(slot) + REACH_MS;
  let loadedFrom = Number.POSITIVE_INFINITY;
  let loadedTo = Number.NEGATIVE_INFINITY;
  for (let grown = true; grown; ) {
    grown = false;
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
    // The table is asked last, and once: what the window has says how far.
    if (grown || from > window.completeAfter || (from >= loadedFrom && to <= loadedTo)) continue;
    loadedFrom = from;
    loadedTo = to;
    if (!loadStored(window.keyOf(slot), from, to)) continue;
    // Those that came in may have taken the place of others.
    group = [slot];
    known = null;
    grown = true;
  }
  return group;
}
