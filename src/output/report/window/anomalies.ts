/** What was unusual: who calls whom, how it went by the hour, how much, how much is usual, and what is behind it. */
import type { Report } from '../../../domain/report.ts';
import type { Anomaly } from '../../../domain/resources.ts';
import { judgedSentence } from '../../judged.ts';
import { formatBytes, formatCount, humanMinute, say, type Text } from '../../text.ts';
import { type Block, heading, paragraph } from '../document.ts';
import { callerName, targetName } from './words.ts';

export function anomalyBlocks({ total, items, judged }: Report['anomalies']): Block[] {
  const sentence = `${judgedSentence(total, judged)}.`;
  if (items.length === 0) return [heading(2, 'Anomalies'), paragraph(capital(sentence))];
  const more = total - items.length;
  return [
    heading(2, 'Anomalies'),
    {
      kind: 'table',
      columns: ['CALLS', 'WHAT', 'BY THE HOUR', 'VALUE', 'USUALLY', 'SINCE', 'LIKELY CAUSE'],
      rows: items.map(row),
    },
    paragraph(capital(sentence)),
    ...(more > 0 ? [paragraph(say`${more} more: see ${'meshwake get anomalies'}.`)] : []),
  ];
}

const METRICS: Readonly<Record<Anomaly['metric'], string>> = {
  connections: 'connections',
  failures: 'failures',
  bytes_per_connection: 'bytes a connection',
  duration_p50: 'median duration',
  new_destination: 'new destination',
};

function row(anomaly: Anomaly): readonly Text[] {
  const { series, metric, direction, expected, since, diagnosis, incident_id, summary } = anomaly;
  const flag = series.response_flag === null ? '' : ` (${series.response_flag})`;
  const way = direction === 'new' ? '' : direction === 'rise' ? 'more ' : 'fewer ';
  return [
    say`${callerName(series.source)} to ${targetName(series)}`,
    [
      `${metric === 'duration_p50' || metric === 'bytes_per_connection' ? (direction === 'rise' ? 'higher ' : 'lower ') : way}${METRICS[metric]}${flag}`,
    ],
    anomaly.points.length === 0 ? [''] : [{ plot: sparkOf(anomaly), label: summary }],
    [amountOf(anomaly, anomaly.value)],
    [
      direction === 'new'
        ? 'never'
        : `${amountOf(anomaly, expected.low)} to ${amountOf(anomaly, expected.high)}`,
    ],
    [humanMinute(since)],
    diagnosis === null ? ['not known'] : say`${diagnosis} (${incident_id ?? ''})`,
  ];
}

function sparkOf({ points, window, metric, baseline }: Anomaly) {
  const at = (time: string): number => {
    const place = points.findIndex(([begin]) => begin >= time);
    return place < 0 ? points.length : place;
  };
  const hours = (Date.parse(window.until) - Date.parse(window.since)) / 3_600_000;
  const isCount = metric === 'connections' || metric === 'failures';
  return {
    values: points.map(([, value]) => value),
    marked: [at(window.since), at(window.until)] as const,
    usual: metric === 'new_destination' ? null : isCount ? baseline / Math.max(1, hours) : baseline,
  };
}

function amountOf({ metric }: Anomaly, value: number): string {
  if (metric === 'bytes_per_connection') return formatBytes(value);
  const rounded = formatCount(Math.round(value));
  return metric === 'duration_p50' ? `${rounded} ms` : rounded;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
