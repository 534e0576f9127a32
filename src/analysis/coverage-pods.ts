/** Tells of each log what it holds, and what the lines of others show to be missing in it. */
import type { CoverageGap, CoveragePod, VerdictCounts } from '../domain/coverage.ts';
import { COVERAGE_NAMES_MAX } from '../domain/limits.ts';
import { formatTime } from '../domain/time.ts';
import type { CallSums, OwnSums, Span } from './coverage-sums.ts';
import { getOrMake } from './get-or-make.ts';
import { compareText } from './legs.ts';
import type { Writer } from './pods.ts';
import { HOLE_LINES_MIN, type Stream } from './streams.ts';

/** What is asked for of one log: its own lines with their verdicts, and the lines of others that call for it. */
export interface Log {
  readonly stream: Stream;
  readonly node: string | null;
  readonly own: OwnSums;
  readonly calls: CallSums;
  /** All hours in which it wrote lines, whether asked for or not, by hour since the epoch. */
  readonly hours: ReadonlyMap<number, Readonly<Span>>;
}

/** The row of one log. */
export function describePod({ stream, node, own, calls, hours }: Log): CoveragePod {
  const { writer } = stream;
  const { pod, workload, namespace } = writer.source;
  return {
    pod,
    workload,
    namespace,
    node,
    addresses: addressesOf(writer),
    ...countOwn(own),
    peer_lines: calls.lines,
    peer_lines_missing: calls.missing,
    one_sided: stream.oneSided,
    silent_since: isHole(calls.missingAfter) ? formatTime(writer.end) : null,
    gaps: findGaps(stream, calls, hours),
    log_filtered: stream.filtered.size > 0,
  };
}

type Counts = Pick<CoveragePod, 'first_seen' | 'last_seen' | 'lines' | 'outbound' | 'inbound'> &
  Pick<CoveragePod, 'unknown_direction' | keyof VerdictCounts>;

/** The lines that it wrote, of those asked for. */
function countOwn({ first, last, lines, by, verdicts }: OwnSums): Counts {
  const { unknown, ...directions } = by;
  return {
    first_seen: first > last ? null : formatTime(first),
    last_seen: first > last ? null : formatTime(last),
    lines,
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

function findGaps(
  { begin }: Stream,
  { missingBefore, missingIn }: CallSums,
  hours: ReadonlyMap<number, Readonly<Span>>,
): CoverageGap[] {
  const before = formatTime(begin);
  const front = isHole(missingBefore) ? [{ after: null, before, peer_lines: missingBefore }] : [];
  return [...front, ...innerGaps(missingIn, hours)];
}

function isHole(missing: number): boolean {
  return missing >= HOLE_LINES_MIN;
}

/** Hours without a line between two hours with lines, while others show connections; those in a row are one gap. */
function innerGaps(
  missingIn: ReadonlyMap<number, number>,
  hours: ReadonlyMap<number, Readonly<Span>>,
): CoverageGap[] {
  const written = missingIn.size === 0 ? [] : [...hours.keys()].sort((a, b) => a - b);
  const gaps = new Map<number, { readonly before: number; missing: number }>();
  for (const [hour, missing] of missingIn) {
    const next = written.findIndex((one) => one > hour);
    const [after, before] = [written[next - 1], written[next]];
    if (after === undefined || before === undefined) continue;
    getOrMake(gaps, after, () => ({ before, missing: 0 })).missing += missing;
  }
  return [...gaps]
    .filter(([, { missing }]) => isHole(missing))
    .sort(([a], [b]) => a - b)
    .slice(0, COVERAGE_NAMES_MAX)
    .map(([after, { before, missing }]) => ({
      after: formatTime(hours.get(after)?.last ?? 0),
      before: formatTime(hours.get(before)?.first ?? 0),
      peer_lines: missing,
    }));
}
