/** Lines for a report that has something of everything to tell: weeks of one mesh, and a capture on their last day. */
import { simulateWeeks, WEEKS_START } from './weeks.ts';

const WEEKS = 3;
const DAY_MS = 86_400_000;

/** The window of the report, RFC 3339: the last day. */
export const REPORT_WINDOW = {
  since: new Date(WEEKS_START + (WEEKS * 7 - 1) * DAY_MS).toISOString(),
  until: new Date(WEEKS_START + WEEKS * 7 * DAY_MS).toISOString(),
};

/** `article` is the text of `samples/incident-article.log`: moved to the last day, as long as the capture lasts. */
export function* reportLines(article: string): Generator<string> {
  yield* simulateWeeks({ seed: 5, weeks: WEEKS, busiest: 60, unusual: 'failures' }).lines;
  const day = REPORT_WINDOW.since.slice(0, 10);
  for (const line of article.split('\n')) {
    const time = /2020-09-14T(\d\d:\d\d)/.exec(line)?.[1];
    if (time !== undefined && time < '09:47') yield line.replaceAll('2020-09-14', day);
  }
}
