/** Tells of each log what it holds, and what the lines of others show to be missing in it. */
import type { CoverageGap, CoveragePod, VerdictCounts } from '../domain/coverage.ts';
import { COVERAGE_NAMES_MAX } from '../domain/limits.ts';
import { formatTime } from '../domain/time.ts';
import type { Part } from './coverage-verdicts.ts';
import { compareText, type Leg } from './legs.ts';
import type { Writer } from './pods.ts';
import { type Call, callsAfter, callsBefore, countMissing, HOLE_LINES_MIN, type Stream } from './streams.ts';

/** What is asked for of one log: its own lines with their verdicts, and the lines of others that call for it. */
export interface PodLines {
  readonly stream: Stream;
  readonly node: string | null;
  readonly own: ReadonlyArray<{ readonly leg: Leg; readonly parts: readonly Part[] }>;
  readonly calls: readonly Call[];
  /** All hours in which it wrote lines, whether asked for or not, by hour since the epoch. */
  readonly hours: ReadonlyMap<number, Readonly<Span>>;
}

/** Start times, ms since the epoch. */
export interface Span {
  first: number;
  last: number;
}

/** The row of one log. */
export function describePod(log: PodLines): CoveragePod {
  const { stream, node, calls } = log;
  const { writer } = stream;
  const { pod, workload, namespace } = writer.source;
  return {
    pod,
    workload,
    namespace,
    node,
    addresses: addressesOf(writer),
    ...countOwn(log),
    peer_lines: calls.reduce((sum, call) => sum + call.leg.flow.connections, 0),
    peer_lines_missing: countMissing(calls),
    one_sided: stream.oneSided,
    silent_since: isHole(callsAfter(calls, writer.end)) ? formatTime(writer.end) : null,
    gaps: findGaps(log),
    log_filtered: stream.filtered.size > 0,
  };
}

type Counts = Pick<CoveragePod, 'first_seen' | 'last_seen' | 'lines' | 'outbound' | 'inbound'> &
  Pick<CoveragePod, 'unknown_direction' | keyof VerdictCounts>;

/** The lines that it wrote, of those asked for. */
function countOwn({ own }: PodLines): Counts {
  const by = { outbound: 0, inbound: 0, unknown: 0 };
  const verdicts = { paired: 0, ambiguous: 0, expected_unmatched: 0, pending: 0, unexplained: 0 };
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { leg, parts } of own) {
    first = Math.min(first, leg.flow.first);
    last = Math.max(last, leg.flow.last);
    by[leg.facts.direction] += leg.flow.connections;
    for (const { verdict, lines } of parts) verdicts[verdict === 'matched' ? 'paired' : verdict] += lines;
  }
  const { unknown, ...directions } = by;
  return {
    first_seen: own.length === 0 ? null : formatTime(first),
    last_seen: own.length === 0 ? null : formatTime(last),
    lines: by.outbound + by.inbound + unknown,
    ...directions,
    unknown_direction: unknown,
    ...verdicts,
  };
}

/** What there is to tell of first: silence, gaps, filters, one-sided logs, then missing partners; then by name. */
export function comparePods(a: CoveragePod, b: CoveragePod): number {
  return (
    troublesOf(b) - troublesOf(a) ||
    b.unexplained - a.unexplained ||
    compareText(a.namespace ?? '', b.namespace ?? '') ||
    compareText(a.pod ?? '', b.pod ?? '') ||
    compareText(a.addresses.join(), b.addresses.join())
  );
}

function troublesOf(pod: CoveragePod): number {
  const troubles = [pod.silent_since !== null, pod.gaps.length > 0, pod.log_filtered, pod.one_sided !== null];
  return troubles.filter((isTrue) => isTrue).length;
}

function addressesOf({ key, ips }: Writer): readonly string[] {
  if (ips.size > 0) return [...ips].sort(compareText).slice(0, COVERAGE_NAMES_MAX);
  // A log without a pod's name is told by its address, which may be one that proves nothing of pods.
  return key.startsWith('ip:') && key !== 'ip:?' ? [key.slice('ip:'.length)] : [];
}

function findGaps({ stream, calls, hours }: PodLines): CoverageGap[] {
  const early = callsBefore(calls, stream.begin);
  const before = formatTime(stream.begin);
  const front = isHole(early) ? [{ after: null, before, peer_lines: countMissing(early) }] : [];
  return [...front, ...innerGaps(calls, hours)];
}

function isHole(calls: readonly Call[]): boolean {
  return countMissing(calls) >= HOLE_LINES_MIN;
}

/** Hours without a line between two hours with lines, while others show connections; those in a row are one gap. */
function innerGaps(calls: readonly Call[], hours: ReadonlyMap<number, Readonly<Span>>): CoverageGap[] {
  const written = [...hours.keys()].sort((a, b) => a - b);
  const gaps = new Map<number, { before: number; calls: Call[] }>();
  for (const call of calls) {
    const { hour } = call.leg.flow;
    if (hours.has(hour)) continue;
    const next = written.findIndex((one) => one > hour);
    const [after, before] = [written[next - 1], written[next]];
    if (after === undefined || before === undefined) continue;
    const gap = gaps.get(after) ?? { before, calls: [] };
    gap.calls.push(call);
    gaps.set(after, gap);
  }
  return [...gaps]
    .filter(([, gap]) => isHole(gap.calls))
    .sort(([a], [b]) => a - b)
    .slice(0, COVERAGE_NAMES_MAX)
    .map(([after, { before, calls: missing }]) => ({
      after: formatTime(hours.get(after)?.last ?? 0),
      before: formatTime(hours.get(before)?.first ?? 0),
      peer_lines: countMissing(missing),
    }));
}
