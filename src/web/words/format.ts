/** How numbers and times read. Units and words are those of the API; nothing is worked out here. */
import { formatCount } from '../../output/text.ts';

export { formatCount };

/** `09:32:24.655`, of an RFC 3339 time in UTC. */
export function clock(time: string): string {
  return time.slice(11, 23).replace(/Z$/, '');
}

/** `2020-09-14 09:32:24`. */
export function dateTime(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 19)}`;
}

const STEPS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
];

/** `1m12s`, `3d4h`, `640ms`: the two largest units. */
export function span(ms: number): string {
  const whole = Math.abs(Math.round(ms));
  if (whole < 1_000) return `${whole}ms`;
  const at = STEPS.findIndex(([size]) => whole >= size);
  const [size, unit] = STEPS[at] ?? [1_000, 's'];
  const next = STEPS[at + 1];
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next[0]);
  return `${Math.floor(whole / size)}${unit}${rest === 0 ? '' : `${rest}${next?.[1] ?? ''}`}`;
}

/** `3d4h ago`; of a time to come `in 2m`. */
export function ago(time: string, now = Date.now()): string {
  const ms = now - Date.parse(time);
  if (Math.abs(ms) < 1_000) return 'just now';
  return ms < 0 ? `in ${span(ms)}` : `${span(ms)} ago`;
}

/** `1.2 kB`, decimal as in the fields' own numbers. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = count;
  let at = 0;
  while (value >= 1_000 && at < units.length - 1) {
    value /= 1_000;
    at++;
  }
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}

/** `64 %`, `0.4 %`; never 0 or 100 where it is not. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return 'none';
  const share = (100 * part) / whole;
  if (share === 0 || share === 100) return `${share} %`;
  if (share < 0.1) return '< 0.1 %';
  if (share > 99.9) return '> 99.9 %';
  return `${share < 10 || share > 99 ? share.toFixed(1) : Math.round(share)} %`;
}

/** A pod without the parts that its ReplicaSet and its own suffix are: `…-k2v9x` tells two of a workload apart. */
export function shortPod(pod: string, workload: string | null): string {
  const tail = pod.split('-').at(-1) ?? pod;
  return workload !== null && pod.startsWith(`${workload}-`) ? `${workload} …${tail}` : pod;
}

/** A cluster as people say it: `outbound|5701||grid-ext.billing.svc.cluster.local` is grid-ext.billing:5701. */
export function shortCluster(cluster: string): string {
  const [, port, , host] = cluster.split('|');
  if (port === undefined || host === undefined || host === '') return cluster;
  return `${host.replace(/\.svc\.cluster\.local$/, '')}:${port}`;
}
