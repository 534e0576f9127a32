/** Puts anomalies into words. */
import type { Anomaly } from '../../domain/resources.ts';
import { formatTime, HOUR_MS } from '../../domain/time.ts';
import { count } from '../diagnoses/diagnosis.ts';
import type { AnomalyDraft } from './anomaly.ts';
import type { AnomalyReport } from './find-anomalies.ts';
import type { Series } from './series.ts';

/** Hours that are shown with an anomaly, and how many of them after it. */
const POINT_HOURS = 48;
const HOURS_AFTER = 12;

export function tellAnomaly(
  draft: AnomalyReport['anomalies'][number],
  { window, isCollected }: Pick<AnomalyReport, 'window' | 'isCollected'>,
): Anomaly {
  const { labels, finding } = draft;
  return {
    id: draft.id,
    metric: draft.metric,
    direction: draft.side,
    series: {
      source: { workload: labels.workload, namespace: labels.namespace },
      destination: labels.destination,
      port: labels.port,
      state: labels.state,
      response_flag: draft.flag,
    },
    window: { since: formatTime(draft.first * HOUR_MS), until: formatTime((draft.last + 1) * HOUR_MS) },
    since: formatTime(draft.since),
    value: rounded(draft.value),
    baseline: rounded(draft.expected),
    expected: { low: rounded(draft.usual[0]), high: rounded(draft.usual[1]) },
    score: rounded(draft.score),
    basis: draft.basis,
    summary: summaryOf(draft),
    incident_id: finding?.id ?? null,
    diagnosis: finding?.diagnosis.id ?? null,
    points: pointsOf(draft, window.to, isCollected),
  };
}

function summaryOf(draft: AnomalyDraft): string {
  const { labels, value, expected, usual, flag, side, metric } = draft;
  const who = labels.workload ?? 'An unknown workload';
  const where = `${labels.destination}:${labels.port}`;
  const about = Math.round(expected).toLocaleString('en-US');
  switch (metric) {
    case 'new_destination':
      return `${who} calls ${where}, which it never did before: ${count(value, 'connection')}.`;
    case 'failures':
      return (
        `${count(value, 'connection')} of ${who} to ${where} failed${flag === null ? '' : ` (${flag})`}, ` +
        `where up to ${Math.round(usual[1]).toLocaleString('en-US')} would not stand out.`
      );
    case 'connections':
      return value === 0 && side === 'drop'
        ? `${who} made no connection to ${where}, where about ${about} are usual.`
        : `${who} made ${count(value, 'connection')} to ${where}, where about ${about} are usual.`;
    case 'bytes_per_connection':
      return (
        `A connection of ${who} to ${where} carried ${Math.round(value).toLocaleString('en-US')} bytes on average, ` +
        `where about ${about} are usual.`
      );
    case 'duration_p50':
      return (
        `Half of the connections of ${who} to ${where} took ${Math.round(value).toLocaleString('en-US')} ms or more, ` +
        `where about ${about} ms are usual.`
      );
  }
}

function pointsOf(
  { series, metric, flag, last }: AnomalyDraft,
  windowTo: number,
  isCollected: (hour: number) => boolean,
): Anomaly['points'] {
  if (metric === 'duration_p50') return [];
  const to = Math.min(windowTo, last + 1 + HOURS_AFTER);
  return Array.from({ length: POINT_HOURS }, (_, i) => {
    const hour = to - POINT_HOURS + i;
    const value = isCollected(hour) ? valueAt(series, metric, flag, hour) : null;
    return [formatTime(hour * HOUR_MS), value] as const;
  });
}

function valueAt(
  series: Series,
  metric: AnomalyDraft['metric'],
  flag: string | null,
  hour: number,
): number | null {
  if (metric === 'failures') return flag === null ? series.failuresAt(hour) : series.flaggedAt(hour, flag);
  const connections = series.connectionsAt(hour);
  if (metric !== 'bytes_per_connection') return connections;
  return connections === 0 ? null : Math.round(series.bytesEachAt(hour));
}

/** Three digits say enough of what was measured; whole numbers stay as they are. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(3));
}
