/** How wide the steps of a chart are, and which window it has. */

const STEPS: readonly (readonly [text: string, ms: number])[] = [
  ['1m', 60_000],
  ['2m', 120_000],
  ['5m', 300_000],
  ['10m', 600_000],
  ['15m', 900_000],
  ['30m', 1_800_000],
  ['1h', 3_600_000],
  ['2h', 7_200_000],
  ['6h', 21_600_000],
  ['12h', 43_200_000],
  ['1d', 86_400_000],
  ['7d', 604_800_000],
];
const STEPS_MAX = 120;

/** The smallest step that does not make too many of them, as the API takes it. */
export function stepFor(ms: number): string {
  return (STEPS.find(([, width]) => ms / width <= STEPS_MAX) ?? ['28d', 0])[0];
}

export interface Window {
  readonly since: string;
  readonly until: string;
  readonly step: string;
}

/** RFC 3339 times of a window, given in ms. */
export function windowOf(since: number, until: number): Window {
  return {
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    step: stepFor(until - since),
  };
}
