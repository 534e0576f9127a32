/** Compares the pairs that were found with those that are true. */
import type { TruePairKind } from '../simulator/truth.ts';

/** Lines by their names, see `lineName`. */
export interface NamedPair {
  readonly outbound: string;
  readonly inbound: string;
}

export interface KindScore {
  /** Pairs with both lines delivered. */
  readonly joinable: number;
  readonly found: number;
}

export interface PairScore {
  readonly kinds: Readonly<Record<TruePairKind, KindScore>>;
  /** Pairs told that are none, or join lines of two connections. */
  readonly wrong: readonly NamedPair[];
  /** Joinable pairs of a kind that lines alone can tell, and that were not told. */
  readonly missed: readonly NamedPair[];
  /** Share of the pairs told that are true; 1 when none was told. */
  readonly precision: number;
  /** Share of the joinable pairs of kind `full` that were told; 1 when there is none. */
  readonly recall: number;
}

/** Which side is called outbound does not count: a gateway's line may be either. */
export function scorePairs(
  truth: ReadonlyArray<NamedPair & { readonly kind: TruePairKind }>,
  found: readonly NamedPair[],
): PairScore {
  const kindOf = new Map(truth.map((pair) => [pairName(pair), pair.kind]));
  const told = new Set(found.map(pairName));
  const counts = { full: tally(), dnat: tally(), gateway: tally(), http: tally() };
  for (const [name, kind] of kindOf) {
    counts[kind].joinable++;
    if (told.has(name)) counts[kind].found++;
  }
  const wrong = found.filter((pair) => !kindOf.has(pairName(pair)));
  return {
    kinds: counts,
    wrong,
    missed: truth.filter((pair) => pair.kind === 'full' && !told.has(pairName(pair))),
    precision: ratio(found.length - wrong.length, found.length),
    recall: ratio(counts.full.found, counts.full.joinable),
  };
}

function tally(): { joinable: number; found: number } {
  return { joinable: 0, found: 0 };
}

function pairName(pair: NamedPair): string {
  return [pair.outbound, pair.inbound].sort().join(' | ');
}

/** 1 when there is nothing to divide. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}
