/** What could not be seen, from flows: whose lines have no partner and why, whose logs have holes, whose are not here. */
import type { Coverage, CoverageReject, LineCounts, PairingCounts } from '../domain/coverage.ts';
import { AppError } from '../domain/errors.ts';
import { type Filter, type FilterName, isNoFilter, matchesName, NO_FILTER } from '../domain/filter.ts';
import type { LineReader } from '../domain/ports.ts';
import { formatTime } from '../domain/time.ts';
import { workloadOf } from '../domain/workload.ts';
import { collectLogs } from './coverage-logs.ts';
import { writeNotes } from './coverage-notes.ts';
import { listPeers, readNext } from './coverage-peers.ts';
import { comparePods, describePod, type PodLines } from './coverage-pods.ts';
import { judgeLegs } from './coverage-verdicts.ts';
import { compareText, type Leg } from './legs.ts';
import type { LineModel } from './model.ts';

/** Filters that ask for something that is not summed up: the single line tells it, or an incident. */
const NOT_SUMMED = ['state', 'verdict', 'diagnosis', 'severity'] as const satisfies readonly FilterName[];

/**
 * Coverage of the lines that a filter asks for. What is judged of a log (filtered, one-sided) rests on all lines.
 * Errors: `bad_parameter` for a filter that flows cannot answer.
 */
export async function measureCoverage(
  filter: Filter,
  model: LineModel,
  reader: LineReader,
): Promise<Coverage> {
  checkFilter(filter);
  const logs = collectLogs(filter, model);
  const legs = logs.flatMap((log) => log.legs);
  const { partsOf, coarse } = await judgeLegs(legs, model, reader);
  const rejects = await listRejects(filter, reader);
  const judged = logs.map(({ legs: own, ...log }): PodLines => {
    return { ...log, own: own.map((leg) => ({ leg, parts: partsOf(leg) })) };
  });
  const pods = judged
    .map(describePod)
    .filter((pod) => pod.lines + pod.peer_lines > 0)
    .sort(comparePods);
  const lines = countLines(legs);
  const pairing = countPairing(judged);
  const rejected = rejects.reduce((sum, reject) => sum + reject.lines, 0);
  const unnamed = pods.reduce((sum, pod) => (pod.pod === null ? sum + pod.lines : sum), 0);
  // Flows of all lines, but for those superseded: with a filter it is not known how many of these it asks for.
  const superseded = isNoFilter(filter) ? (await reader.counts()).lines - lines.total : 0;
  const peers = listPeers(judged, model.known);
  return {
    ...window(legs),
    lines,
    pairing,
    pods_total: pods.length,
    pods,
    peers_total: peers.length,
    peers,
    read_next: readNext(peers),
    rejected,
    rejects,
    notes: writeNotes({ lines, pairing, rejected, coarse, unnamed, superseded }),
  };
}

/** Measured once for each state of a model: reports, summaries and lists that are empty all rest on it. */
const WHOLE = new WeakMap<object, Promise<Coverage>>();

/** Coverage of all lines. */
export function wholeCoverage(model: LineModel, reader: LineReader): Promise<Coverage> {
  const { state } = model;
  const known = WHOLE.get(state);
  if (known !== undefined) return known;
  const coverage = measureCoverage(NO_FILTER, model, reader);
  WHOLE.set(state, coverage);
  // A failure is not kept: the next question tries again.
  coverage.catch(() => WHOLE.delete(state));
  return coverage;
}

/** Errors: `bad_parameter`. */
function checkFilter(filter: Filter): void {
  const name = NOT_SUMMED.find((one) => filter[one].length > 0);
  if (name !== undefined) {
    throw new AppError(
      'bad_parameter',
      `cannot use filter "${name}" with coverage: it counts lines by who wrote them, when, and between which addresses`,
    );
  }
  if (filter.source.some((source) => source.port !== null)) {
    throw new AppError(
      'bad_parameter',
      'cannot use a port in filter "source" with coverage: lines are counted without the port of the client; expected an address alone',
    );
  }
}

function window(legs: readonly Leg[]): Pick<Coverage, 'first_seen' | 'last_seen'> {
  if (legs.length === 0) return { first_seen: null, last_seen: null };
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { flow } of legs) {
    first = Math.min(first, flow.first);
    last = Math.max(last, flow.last);
  }
  return { first_seen: formatTime(first), last_seen: formatTime(last) };
}

function countLines(legs: readonly Leg[]): LineCounts {
  const by = { outbound: 0, inbound: 0, unknown: 0 };
  let total = 0;
  let http = 0;
  for (const { facts, flow } of legs) {
    total += flow.connections;
    by[facts.direction] += flow.connections;
    if (flow.shape.http) http += flow.connections;
  }
  const { unknown, ...directions } = by;
  return { total, ...directions, unknown_direction: unknown, tcp: total - http, http };
}

function countPairing(logs: readonly PodLines[]): PairingCounts {
  const counts = { paired: 0, ambiguous: 0, expected_unmatched: 0, pending: 0, unexplained: 0 };
  const reasons = new Map<string, number>();
  for (const { own } of logs) {
    for (const { parts } of own) {
      for (const { verdict, reason, lines } of parts) {
        counts[verdict === 'matched' ? 'paired' : verdict] += lines;
        if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + lines);
      }
    }
  }
  const joinable = counts.paired + counts.ambiguous + counts.pending + counts.unexplained;
  return {
    joinable,
    ...counts,
    paired_rate: joinable === 0 ? null : counts.paired / joinable,
    unexplained_rate: joinable === 0 ? null : counts.unexplained / joinable,
    reasons: [...reasons]
      .map(([reason, lines]) => ({ reason, lines }))
      .sort((a, b) => b.lines - a.lines || compareText(a.reason, b.reason)),
  };
}

/** Refused lines of the pods asked for, most lines first. */
async function listRejects(filter: Filter, reader: Pick<LineReader, 'rejects'>): Promise<CoverageReject[]> {
  const all = await reader.rejects();
  return all
    .filter(({ identity: { pod, namespace, node } }) => {
      const workload = pod === null ? null : workloadOf(pod);
      return (
        matchesName(filter.pod, pod) &&
        matchesName(filter.namespace, namespace) &&
        matchesName(filter.workload, workload) &&
        matchesName(filter.node, node)
      );
    })
    .map(({ identity: { pod, namespace }, reason, lines, sample }) => ({
      reason,
      pod,
      namespace,
      lines,
      sample,
    }));
}
