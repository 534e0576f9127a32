/** What to read of pairs to find those that a filter asks for. */
import { isHttp } from '../domain/entry.ts';
import { type Filter, matchesName } from '../domain/filter.ts';
import type { StoredPair } from '../domain/ports.ts';
import { PAIR_KINDS } from '../domain/resources.ts';
import { maxOf } from './extremes.ts';
import type { Facts } from './legs.ts';
import { mayBePaired, type Selection, selectLines } from './line-selection.ts';
import type { Model } from './model.ts';
import type { ShapeModel } from './shape-model.ts';

export interface PairSelection extends Omit<Selection, 'isWanted'> {
  /** Of a pair that was read. */
  isWanted(pair: StoredPair): boolean;
}

/** A filter asks for a pair by its kind, and by what it says of either of its lines: both have the verdict `matched`. */
export function selectPairs(filter: Filter, model: Model): PairSelection {
  const { kind } = filter;
  const isAskedBy = (name: string): boolean => matchesName(kind, name);
  // The kind of a pair is not the kind of its lines, unless it can only be that.
  const isOfLines = !PAIR_KINDS.some(isAskedBy);
  const ends: Filter = { ...filter, verdict: [], kind: isOfLines ? kind : [] };
  if (!mayBePaired(filter)) return NO_PAIRS;
  const { isWanted, ...lines } = selectLines(ends, model);
  const shapes = lines.shapes === null ? null : withPairs(lines.shapes, model);
  const isEnd = (line: StoredPair['outbound']): boolean =>
    isWanted === null || (shapes?.has(line.shapeId) !== false && isWanted(line));
  return {
    // Its window is that of the line that is asked for, which may be the later one.
    since: null,
    until: null,
    shapes,
    hint: { ...lines.hint, alone: !['full', 'tcp', 'http'].some(isAskedBy) },
    isWanted: ({ outbound, inbound, kind }) =>
      [kind, isHttp(outbound.entry) ? 'http' : 'tcp'].some(isAskedBy) && (isEnd(outbound) || isEnd(inbound)),
  };
}

const NO_PAIRS: PairSelection = {
  since: null,
  until: null,
  shapes: new Set(),
  hint: { alone: false, clients: null },
  isWanted: () => false,
};

/** Those of some shapes that may have a line with another end: without them, no pair is looked for at all. */
function withPairs(selected: ReadonlySet<number>, model: Pick<Model, 'shapes' | 'state'>): Set<number> {
  const withOne = pairedShapes(model);
  const paired = new Set<number>();
  for (const id of selected) if (withOne[id] === 1) paired.add(id);
  return paired;
}

/** To look for them means to look at all legs: kept as long as the model is the same. */
const PAIRED = new WeakMap<Model['state'], Uint8Array>();

/** 1 by the id of each shape that may have a line with another end. */
function pairedShapes({ shapes, state }: Pick<Model, 'shapes' | 'state'>): Uint8Array {
  const known = PAIRED.get(state);
  if (known !== undefined) return known;
  const paired = new Uint8Array(1 + maxOf(shapes.keys(), 0));
  for (const [id, shape] of shapes) if (mayPass(shape.facts) || hasPaired(shape)) paired[id] = 1;
  PAIRED.set(state, paired);
  return paired;
}

function hasPaired(shape: ShapeModel): boolean {
  let isPaired = false;
  shape.each(({ flow }) => {
    isPaired ||= flow.paired > 0;
  });
  return isPaired;
}

/** True for lines that may be a gateway's: its flows do not count the pairs in which it is the server. */
function mayPass({ shape, said }: Facts): boolean {
  return (
    said !== 'inbound' &&
    (shape.upstream_connected || shape.upstream_cluster?.startsWith('outbound_.') === true)
  );
}
