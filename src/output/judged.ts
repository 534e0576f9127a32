/** What anomalies rest on, in a sentence: found or not, among how much, compared with what. */
import type { Judged } from '../domain/judged.ts';
import { count, formatCount, humanMinute } from './text.ts';

/** Shape: `found` anomalies are shown. */
export function judgedSentence(found: number, judged: Judged): string {
  const { since, until, basis, days, series, trials, holes } = judged;
  if (basis === null) {
    return 'no anomalies can be told: there is no whole hour with lines of the same hour of a day before it';
  }
  const what = found === 0 ? 'no anomalies found' : `${count(found, 'anomaly', 'anomalies')} shown`;
  const against =
    basis === 'hour_of_week'
      ? 'the same hours of the weeks before'
      : `the day before, as there are only ${formatCount(days)} days of history`;
  const gaps = holes === 0 ? '' : `; ${count(holes, 'hour')} without lines left out`;
  return (
    `${what} in ${formatCount(trials)} comparisons of ${count(series, 'series', 'series')}, ` +
    `${humanMinute(since)} to ${humanMinute(until)}, with ${against}${gaps}`
  );
}
