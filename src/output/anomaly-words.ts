/** What an anomaly is, how much it is and how much is usual, in a few words and as a small plot: the same wherever it is told. */
import type { Anomaly } from '../domain/resources.ts';
import { HOUR_MS } from '../domain/time.ts';
import { formatBytes, formatCount, type Spark } from './text.ts';

const METRICS: Readonly<Record<Anomaly['metric'], string>> = {
  connections: 'connections',
  failures: 'failures',
  bytes_per_connection: 'bytes a connection',
  duration_p50: 'median duration',
  new_destination: 'new destination',
};

/** `more failures (UF,URX)`, `lower median duration`, `new destination`. */
export function whatWords({
  metric,
  direction,
  series,
}: Pick<Anomaly, 'metric' | 'direction' | 'series'>): string {
  const flag = series.response_flag === null ? '' : ` (${series.response_flag})`;
  const [rise, drop] = isCount(metric) ? ['more', 'fewer'] : ['higher', 'lower'];
  const way = direction === 'new' ? '' : `${direction === 'rise' ? rise : drop} `;
  return `${way}${METRICS[metric]}${flag}`;
}

/** `never`, `18 to 77`: what would not have been told. */
export function usualWords(anomaly: Anomaly): string {
  const { direction, expected } = anomaly;
  if (direction === 'new') return 'never';
  return `${amountOf(anomaly, expected.low)} to ${amountOf(anomaly, expected.high)}`;
}

/** A value of its metric, with the unit where there is one. */
export function amountOf({ metric }: Pick<Anomaly, 'metric'>, value: number): string {
  if (metric === 'bytes_per_connection') return formatBytes(value);
  const rounded = formatCount(Math.round(value));
  return metric === 'duration_p50' ? `${rounded} ms` : rounded;
}

/** Its hours, those marked that are unusual, and how much each usually has. */
export function sparkOf({ points, window, metric, baseline }: Anomaly): Spark {
  const at = (time: string): number => {
    const place = points.findIndex(([begin]) => begin >= time);
    return place < 0 ? points.length : place;
  };
  const hours = (Date.parse(window.until) - Date.parse(window.since)) / HOUR_MS;
  return {
    values: points.map(([, value]) => value),
    marked: [at(window.since), at(window.until)],
    usual: metric === 'new_destination' ? null : isCount(metric) ? baseline / Math.max(1, hours) : baseline,
  };
}

function isCount(metric: Anomaly['metric']): boolean {
  return metric === 'connections' || metric === 'failures';
}
