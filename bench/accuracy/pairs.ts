/** Compares the pairs that were found with those that are true. */
import type { PairKind } from '../../src/domain/resources.ts';
import { TRUE_PAIR_KINDS, type TruePairKind } from '../simulator/truth.ts';

/** Lines by their names, see `lineName`. */
export interface NamedPair {
  readonly outbound: string;
  readonly inbound: string;
}

export interface NamedTruePair extends NamedPair {
  readonly kind: TruePairKind;
  /** The kind of call. */
  readonly part: string;
}

/** How a pair was told: by its kind, or as two lines about one request. */
export type ToldKind = PairKind | 'http';

export interface FoundPair extends NamedPair {
  readonly kind: ToldKind;
}

/** A pair and what kind it is, or is said to be. */
export interface LabelledPair extends NamedPair {
  readonly label: string;
}

export interface Count {
  readonly all: number;
  readonly right: number;
}

export interface PairScore {
  /** By true kind: pairs with both lines delivered, and those of them that were told. */
  readonly joinable: Readonly<Record<TruePairKind, Count>>;
  /** The same by kind of call, for the kinds of `GOAL_KINDS`. */
  readonly parts: ReadonlyMap<string, Count>;
  /** By told kind: pairs told, and those of them that are true. */
  readonly told: ReadonlyMap<ToldKind, Count>;
  /** Pairs told that are none, that join lines of two connections, or that are told a second time. */
  readonly wrong: readonly LabelledPair[];
  /** Joinable pairs of `GOAL_KINDS` that were not told. */
  readonly missed: readonly LabelledPair[];
  /** Lines of which the other end was not delivered, or writes none; and those of them that were told no partner. */
  readonly lone: Count;
}

/** Kinds whose lines tell for sure that they belong together. */
export const GOAL_KINDS: ReadonlySet<TruePairKind> = new Set(['full', 'gateway', 'http']);
/** Kinds, as told, whose precision has the same goal. */
export const SURE_KINDS: ReadonlySet<ToldKind> = new Set(['full', 'http']);

/**
 * Scores what was found. `lines` are the names of all lines that were delivered. Which side is called outbound does not
 * count: a gateway's line may be either.
 */
export function scorePairs(
  truth: readonly NamedTruePair[],
  found: readonly FoundPair[],
  lines: ReadonlySet<string>,
): PairScore {
  const truePairs = new Map(truth.map((pair) => [pairName(pair), pair]));
  const told = new Map<ToldKind, Count>();
  const seen = new Set<string>();
  const wrong: LabelledPair[] = [];
  for (const pair of found) {
    const name = pairName(pair);
    const isRight = truePairs.has(name) && !seen.has(name);
    add(told, pair.kind, isRight);
    if (!isRight) wrong.push({ ...pair, label: seen.has(name) ? `${pair.kind}, told twice` : pair.kind });
    seen.add(name);
  }
  const joinable = new Map<TruePairKind, Count>(TRUE_PAIR_KINDS.map((kind) => [kind, NOTHING]));
  const parts = new Map<string, Count>();
  const missed: LabelledPair[] = [];
  for (const [name, pair] of truePairs) {
    const isFound = seen.has(name);
    add(joinable, pair.kind, isFound);
    if (!GOAL_KINDS.has(pair.kind)) continue;
    add(parts, pair.part, isFound);
    if (!isFound) missed.push({ ...pair, label: `${pair.kind}, ${pair.part}` });
  }
  return {
    // The cast: the map was begun with every kind.
    joinable: Object.fromEntries(joinable) as Record<TruePairKind, Count>,
    parts,
    told,
    wrong,
    missed,
    lone: loneLines(truth, found, lines),
  };
}

function loneLines(
  truth: readonly NamedPair[],
  found: readonly NamedPair[],
  lines: ReadonlySet<string>,
): Count {
  const namesOf = (pairs: readonly NamedPair[]): Set<string> =>
    new Set(pairs.flatMap(({ outbound, inbound }) => [outbound, inbound]));
  const [partnered, told] = [namesOf(truth), namesOf(found)];
  const lone = [...lines].filter((name) => !partnered.has(name));
  return { all: lone.length, right: lone.filter((name) => !told.has(name)).length };
}

const NOTHING: Count = { all: 0, right: 0 };

/** Precision over the pairs that are told as sure; 1 when none was. */
export function surePrecision({ told }: PairScore): number {
  const sure = [...told].filter(([kind]) => SURE_KINDS.has(kind)).map(([, count]) => count);
  return share(sum(sure));
}

/** Recall over the kinds of `GOAL_KINDS`; 1 when there was none. */
export function sureRecall({ joinable }: PairScore): number {
  return share(sum([...GOAL_KINDS].map((kind) => joinable[kind])));
}

export function sum(counts: readonly Count[]): Count {
  return counts.reduce((a, b) => ({ all: a.all + b.all, right: a.right + b.right }), NOTHING);
}

/** Of all, how many are right; 1 when there is nothing. */
export function share({ all, right }: Count): number {
  return ratio(right, all);
}

/** 1 when there is nothing to divide. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

function add<K>(counts: Map<K, Count>, key: K, isRight: boolean): void {
  const { all, right } = counts.get(key) ?? NOTHING;
  counts.set(key, { all: all + 1, right: right + (isRight ? 1 : 0) });
}

function pairName(pair: NamedPair): string {
  return [pair.outbound, pair.inbound].sort().join(' | ');
}
