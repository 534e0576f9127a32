/** Connections by the clock without a byte: somebody looks whether a port is open. */
import type { LineReader } from '../../domain/ports.ts';
import { formatDuration } from '../../domain/time.ts';
import { count, listWords } from '../diagnoses/diagnosis.ts';
import { zeroByteConnections } from '../diagnoses/zero-byte-connections.ts';
import { compareText, type Facts, type Leg } from '../legs.ts';
import { type Condition, countConnections, groupLegs, HOUR_LINES_MAX, toFinding } from './condition.ts';
import { FlowMemo } from './flow-memo.ts';
import { median } from './pair-edges.ts';

/** They end at once, ms; and there are so many of one client in an hour before an interval shows. */
const SHORT_MS = 50;
const CHECKS_MIN = 10;
/** An interval is one where most connections keep it, some missing ones aside; ms, and parts of the interval. */
const INTERVAL_MIN_MS = 1_000;
const JITTER = 0.1;
const KEPT_MIN = 0.9;
const MISSED_MAX = 3;
/** Lines and clients that are looked at. */
const LINES_MAX = 60;
const CLIENTS_MAX = 5;

/** What arrives at one port of a workload from addresses that are no pods'. */
export const healthChecks: Condition = {
  name: 'health-checks',
  scopesOf: ({ facts, flow }, { known }) => {
    if (facts.direction !== 'inbound' || facts.local === null || facts.remoteIp === null) return [];
    if (known.pods.claimAt(facts.remoteIp, flow.first) !== null) return [];
    return [`${facts.source.namespace ?? ''} ${facts.source.workload ?? facts.writer} ${facts.local.port}`];
  },
  find: async ({ name: scope, suspects }, { reader, linesIn }) => {
    const readable = suspects.filter(({ flow }) => linesIn(flow.hour) <= HOUR_LINES_MAX);
    const interval = await findInterval(readable, reader);
    if (interval === null) return [];
    const checks = suspects.filter((leg) => keeps(leg, interval));
    const clients = [...new Set(checks.map((leg) => leg.facts.remoteIp ?? ''))].sort(compareText);
    return [
      toFinding({
        about: [scope],
        diagnosis: zeroByteConnections,
        severity: 'info',
        legs: checks,
        after: null,
        ended: null,
        evidence: [
          `${count(countConnections(checks), 'connection')} of ${listWords(clients)} carried nothing and ended within ` +
            `${SHORT_MS} ms, one every ${formatDuration(Math.round(interval / 100) * 100)} of each client.`,
        ],
      }),
    ];
  },
};

/** True for connections that all ended at once without a byte or a reason. */
export function mayBeChecks({ flow, facts }: Leg): boolean {
  const { bytes_received, bytes_sent, duration_max } = flow;
  return isUneventful(facts) && bytes_received + bytes_sent === 0 && duration_max < SHORT_MS;
}

/** True for connections that ended without a reason. */
export function isUneventful({ failed, shape }: Facts): boolean {
  return !shape.http && !failed && shape.response_flags.length === 0;
}

/** What was read of flows: other hours of the same shape change all the time. */
const INTERVALS = new FlowMemo<number | null>();

/**
 * Interval that clients keep in their first hours with enough connections, ms; null: none does. A first hour stays what it
 * is while lines come in, so that its lines are read once.
 */
async function findInterval(
  suspects: readonly Leg[],
  reader: Pick<LineReader, 'lines'>,
): Promise<number | null> {
  const enough = suspects.filter(({ flow }) => flow.connections >= CHECKS_MIN);
  const byClient = groupLegs(enough, ({ facts }) => `${facts.writer} ${facts.remoteIp}`);
  const firsts = [...byClient.values()]
    .map((legs) => legs.reduce((a, b) => (b.flow.first < a.flow.first ? b : a)))
    .slice(0, CLIENTS_MAX);
  for (const { flow } of firsts) {
    const known = INTERVALS.get(flow);
    if (known === null) continue;
    if (known !== undefined) return known;
    const meanGap = (flow.last - flow.first) / (flow.connections - 1);
    const lines = await reader.lines({
      since: flow.first,
      until: Math.min(flow.last, Math.ceil(flow.first + LINES_MAX * meanGap)) + 1,
      shapes: new Set([flow.shape.id]),
      order: 'oldest',
      after: null,
      limit: LINES_MAX,
    });
    const starts = lines.map((line) => line.entry.start_time);
    const interval = intervalOf(starts);
    INTERVALS.set(flow, interval);
    if (interval !== null) return interval;
  }
  return null;
}

function intervalOf(starts: readonly number[]): number | null {
  const gaps = starts.slice(1).map((start, i) => start - (starts[i] ?? start));
  const interval = median(gaps);
  if (gaps.length + 1 < CHECKS_MIN || interval < INTERVAL_MIN_MS) return null;
  const kept = gaps.filter((gap) => {
    const times = Math.round(gap / interval);
    return times >= 1 && times <= MISSED_MAX && Math.abs(gap - times * interval) <= JITTER * interval;
  });
  return kept.length >= KEPT_MIN * gaps.length ? interval : null;
}

/** True for as many connections in the time of a leg as the interval leads to. */
function keeps({ flow }: Leg, interval: number): boolean {
  if (flow.connections === 1) return true;
  const mean = (flow.last - flow.first) / (flow.connections - 1);
  return mean >= (1 - JITTER) * interval && mean <= MISSED_MAX * interval;
}
