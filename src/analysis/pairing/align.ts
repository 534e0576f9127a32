/**
 * Pairs the two ends of TCP connections that share an address key: the client's upstream addresses are the
 * server's downstream addresses. A key is unique only among simultaneous connections, so both sides are aligned
 * in time: order-preserving, with the greatest total score, and only where the lives overlap.
 */
import type { AlignEnds, Alignment, ConnectionEnd } from '../../domain/ports.ts';
import {
  areEquallyLong,
  bytesAgree,
  CLOCK_TOLERANCE_MS,
  livesOverlap,
  PAIR_SCORE_MIN,
  pairScore,
  SKEW_TOLERANCE_MS,
  sniContradicts,
} from './score.ts';

/** Ends of one key and one time that are still told apart; more of them are all called ambiguous. */
const ALIGNED_ENDS_MAX = 64;
/** A runner-up this near to the best makes the choice a guess. */
const AMBIGUITY_MARGIN = 1;

interface Candidate {
  readonly outbound: number;
  readonly inbound: number;
  readonly score: number;
}

/** See `AlignEnds`. */
export const alignEnds: AlignEnds = (outbound, inbound) => {
  if (outbound.length === 1 && inbound.length === 1) return alignTwo(outbound[0], inbound[0]);
  const outs = finalLines(outbound);
  const ins = finalLines(inbound);
  if (outs.length > ALIGNED_ENDS_MAX || ins.length > ALIGNED_ENDS_MAX) {
    return { links: [], ambiguousOutbound: outs, ambiguousInbound: ins };
  }
  const table = candidates(outs, ins, outbound, inbound);
  // Requests of one HTTP/2 connection overlap: without an id their order tells nothing.
  if (table.length > 1 && [...outbound, ...inbound].some((end) => end.unordered)) return allOpen(table);
  return settle(bestAlignment(table, outs, ins), table);
};

function allOpen(table: readonly Candidate[]): Alignment {
  return {
    links: [],
    ambiguousOutbound: [...new Set(table.map((c) => c.outbound))],
    ambiguousInbound: [...new Set(table.map((c) => c.inbound))],
  };
}

function alignTwo(out: ConnectionEnd | undefined, into: ConnectionEnd | undefined): Alignment {
  const score = out === undefined || into === undefined ? null : candidateScore(out, into);
  const links = score === null ? [] : [{ outbound: 0, inbound: 0, score }];
  return { links, ambiguousOutbound: [], ambiguousInbound: [] };
}

/**
 * Score of a possible pair, or null. A low score is enough where nothing speaks against it: no other server name, and
 * lives that really overlap (one end may have vanished without a word), equal bytes (clocks may be seconds apart) or,
 * where bytes tell nothing, lives of one length.
 */
function candidateScore(out: ConnectionEnd, into: ConnectionEnd): number | null {
  if (!livesOverlap(out, into, SKEW_TOLERANCE_MS)) return null;
  const score = pairScore(out, into);
  if (score >= PAIR_SCORE_MIN) return score;
  const isPlausible =
    livesOverlap(out, into, CLOCK_TOLERANCE_MS) || bytesAgree(out, into) || areEquallyLong(out, into);
  return isPlausible && !sniContradicts(out, into) ? score : null;
}

/** Periodic lines of one connection start together; the longest is the final one and stands for all. */
function finalLines(ends: readonly ConnectionEnd[]): number[] {
  const order = ends.map((_, index) => index).sort((a, b) => compareEnds(ends[a], ends[b]));
  return order.filter((index, at) => ends[index]?.start !== ends[order[at + 1] ?? -1]?.start);
}

function compareEnds(a: ConnectionEnd | undefined, b: ConnectionEnd | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return a.start - b.start || a.end - b.end || a.tie - b.tie;
}

function candidates(
  outs: readonly number[],
  ins: readonly number[],
  outbound: readonly ConnectionEnd[],
  inbound: readonly ConnectionEnd[],
): Candidate[] {
  const found: Candidate[] = [];
  for (const o of outs) {
    for (const i of ins) {
      const out = outbound[o];
      const into = inbound[i];
      const score = out === undefined || into === undefined ? null : candidateScore(out, into);
      if (score !== null) found.push({ outbound: o, inbound: i, score });
    }
  }
  // With rivals about, overlap alone is not enough: a candidate must also reach the threshold.
  const rivals = (c: Candidate) =>
    found.some((d) => d !== c && (d.outbound === c.outbound || d.inbound === c.inbound));
  return found.filter((c) => c.score >= PAIR_SCORE_MIN || !rivals(c));
}

/** Greatest total score without crossings, by dynamic programming over both time orders. */
function bestAlignment(
  table: readonly Candidate[],
  outs: readonly number[],
  ins: readonly number[],
): Candidate[] {
  const byEnds = new Map(table.map((c) => [`${c.outbound},${c.inbound}`, c]));
  const width = ins.length + 1;
  const total = new Float64Array((outs.length + 1) * width);
  const at = (o: number, i: number) => total[o * width + i] ?? 0;
  const candidate = (o: number, i: number) => byEnds.get(`${outs[o - 1]},${ins[i - 1]}`);
  for (let o = 1; o <= outs.length; o++) {
    for (let i = 1; i <= ins.length; i++) {
      const score = candidate(o, i)?.score ?? Number.NEGATIVE_INFINITY;
      total[o * width + i] = Math.max(at(o - 1, i), at(o, i - 1), at(o - 1, i - 1) + score);
    }
  }
  const chosen: Candidate[] = [];
  for (let o = outs.length, i = ins.length; o > 0 && i > 0; ) {
    if (at(o, i) === at(o - 1, i)) o--;
    else if (at(o, i) === at(o, i - 1)) i--;
    else {
      const c = candidate(o, i);
      if (c !== undefined) chosen.push(c);
      o--;
      i--;
    }
  }
  return chosen;
}

/** Keeps the chosen pairs that have no near rival; the ends of the others are ambiguous. */
function settle(chosen: readonly Candidate[], table: readonly Candidate[]): Alignment {
  const links: Candidate[] = [];
  const ambiguousOutbound = new Set<number>();
  const ambiguousInbound = new Set<number>();
  for (const c of chosen) {
    const rivals = table.filter(
      (d) =>
        d !== c &&
        (d.outbound === c.outbound || d.inbound === c.inbound) &&
        d.score > c.score - AMBIGUITY_MARGIN,
    );
    if (rivals.length === 0) {
      links.push(c);
      continue;
    }
    for (const d of [c, ...rivals]) {
      ambiguousOutbound.add(d.outbound);
      ambiguousInbound.add(d.inbound);
    }
  }
  const kept = links.filter((c) => !ambiguousOutbound.has(c.outbound) && !ambiguousInbound.has(c.inbound));
  return { links: kept, ambiguousOutbound: [...ambiguousOutbound], ambiguousInbound: [...ambiguousInbound] };
}
