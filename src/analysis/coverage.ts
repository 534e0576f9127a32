/** What could not be seen, from flows: whose lines have no partner and why, whose logs have holes, whose are not here. */
import type { Coverage, CoverageReject, LineCounts, PairingCounts } from '../domain/coverage.ts';
import { DIRECTIONS } from '../domain/direction.ts';
import { AppError } from '../domain/errors.ts';
import { type Filter, type FilterName, isNoFilter, matchesName, NO_FILTER } from '../domain/filter.ts';
import type { LineReader } from '../domain/ports.ts';
import { formatTime } from '../domain/time.ts';
import { workloadOf } from '../domain/workload.ts';
import { collectLogs } from './coverage-logs.ts';
import { writeNotes } from './coverage-notes.ts';
import { PeerBook, readNext } from './coverage-peers.ts';
import { comparePods, describePod, type Log } from './coverage-pods.ts';
import type { OwnSums } from './coverage-sums.ts';
import { judgeLegs } from './coverage-verdicts.ts';
import { compareText } from './legs.ts';
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
  const { logs, eachOwn } = collectLogs(filter, model);
  const reasons = new Map<string, number>();
  const book = new PeerBook();
  const coarse = await judgeLegs<Log>(
    (tell) =>
      eachOwn((leg, shape, log) => {
        log.own.add(leg);
        tell(leg, shape, log);
      }),
    ({ verdict, reason }, lines, leg, { own }) => {
      own.judge(verdict, lines);
      if (reason === null) return;
      reasons.set(reason, (reasons.get(reason) ?? 0) + lines);
      book.take(reason, lines, leg);
    },
    model,
    reader,
  );
  const rejects = await listRejects(filter, reader);
  const pods = logs
    .map(describePod)
    .filter((pod) => pod.lines + pod.peer_lines > 0)
    .sort(comparePods);
  const owns = logs.map(({ own }) => own);
  const lines = countLines(owns);
  const pairing = countPairing(owns, reasons);
  const rejected = rejects.reduce((sum, reject) => sum + reject.lines, 0);
  const unnamed = pods.reduce((sum, pod) => (pod.pod === null ? sum + pod.lines : sum), 0);
  // Flows of all lines, but for those superseded: with a filter it is not known how many of these it asks for.
  const superseded = isNoFilter(filter) ? (await reader.counts()).lines - lines.total : 0;
  const peers = book.list(model.known);
  return {
    ...window(owns),
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

function window(logs: readonly OwnSums[]): Pick<Coverage, 'first_seen' | 'last_seen'> {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const own of logs) {
    first = Math.min(first, own.first);
    last = Math.max(last, own.last);
  }
  if (first > last) return { first_seen: null, last_seen: null };
  return { first_seen: formatTime(first), last_seen: formatTime(last) };
}

function countLines(logs: readonly OwnSums[]): LineCounts {
  const by = { outbound: 0, inbound: 0, unknown: 0 };
  let http = 0;
  for (const own of logs) {
    for (const direction of DIRECTIONS) by[direction] += own.by[direction];
    http += own.http;
  }
  const { unknown, ...directions } = by;
  const total = by.outbound + by.inbound + unknown;
  return { total, ...directions, unknown_direction: unknown, tcp: total - http, http };
}

function countPairing(logs: readonly OwnSums[], reasons: ReadonlyMap<string, number>): PairingCounts {
  const counts = { paired: 0, ambiguous: 0, expected_unmatched: 0, pending: 0, unexplained: 0 };
  for (const { verdicts } of logs) {
    counts.paired += verdicts.paired;
    counts.ambiguous += verdicts.ambiguous;
    counts.expected_unmatched += verdicts.expected_unmatched;
    counts.pending += verdicts.pending;
    counts.unexplained += verdicts.unexplained;
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
