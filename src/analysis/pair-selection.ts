/** What to read of pairs to find those that a filter asks for. */
import { isHttp } from '../domain/entry.ts';
import { type Filter, matchesName } from '../domain/filter.ts';
import type { StoredPair } from '../domain/ports.ts';
import { PAIR_KINDS } from '../domain/resources.ts';
import type { Facts } from './legs.ts';
import { mayBePaired, type Selection, selectLines } from './line-selection.ts';
import type { Model } from './model.ts';

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
  const { isWanted, ...lines } = selectLines(ends, model);
  const shapes = lines.shapes === null ? null : withPairs(lines.shapes, model);
  const isEnd = (line: StoredPair['outbound']): boolean =>
    isWanted === null || (shapes?.has(line.shapeId) !== false && isWanted(line));
  return {
    // Its window is that of the line that is asked for, which may be the later one.
    since: null,
    until: null,
    shapes: mayBePaired(filter) ? shapes : new Set(),
    hint: { ...lines.hint, alone: !['full', 'tcp', 'http'].some(isAskedBy) },
    isWanted: ({ outbound, inbound, kind }) =>
      [kind, isHttp(outbound.entry) ? 'http' : 'tcp'].some(isAskedBy) && (isEnd(outbound) || isEnd(inbound)),
  };
}

/** Those of some shapes that may have a line with another end: without them, no pair is looked for at all. */
function withPairs(selected: ReadonlySet<number>, { shapes }: Pick<Model, 'shapes'>): Set<number> {
  const paired = new Set<number>();
  for (const id of selected) {
    const shape = shapes.get(id);
    if (shape !== undefined && (mayPass(shape.facts) || shape.legs.some(({ flow }) => flow.paired > 0)))
      paired.add(id);
  }
  return paired;
}

/** True for lines that may be a gateway's: its flows do not count the pairs in which it is the server. */
function mayPass({ shape, said }: Facts): boolean {
  return (
    said !== 'inbound' &&
    (shape.upstream_connected || shape.upstream_cluster?.startsWith('outbound_.') === true)
  );
}
