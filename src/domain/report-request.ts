/** Reads what a report is asked for: the same words on the command line, in the API and in schedules. */

import { parseFilterOf } from './filter-scope.ts';
import { badFilter } from './filter-values.ts';
import type { ReportRequest } from './report.ts';
import { parseInstant } from './time.ts';

const DAY_MS = 86_400_000;

/**
 * Reads a window and filters from named texts, `since` and `until` among them. `until` is now unless it is given, `since` a day
 * before it; what is to come is cut off. Durations go back from now.
 * `compare_since` is the time before and after which routing is compared; without it, that is `since`.
 * Errors: `unknown_parameter`, `bad_parameter`.
 */
export function parseReportRequest(
  given: Readonly<Record<string, string | readonly string[] | undefined>>,
  now: number,
): ReportRequest {
  const { since: sinceText, until: untilText, compare_since: compareText, ...others } = given;
  const filters: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined) filters[name] = typeof value === 'string' ? [value] : value;
  }
  parseFilterOf('reports', filters, now);
  const until = Math.min(now, readInstant('until', untilText, now) ?? now);
  const since = readInstant('since', sinceText, now) ?? until - DAY_MS;
  if (since >= now) throw badFilter('since', textOf(sinceText) ?? String(since), 'a time that is past');
  if (since >= until) throw badFilter('since', textOf(sinceText) ?? String(since), 'a time before "until"');
  const compareSince = readInstant('compare_since', compareText, now);
  if (compareSince !== null && compareSince >= until)
    throw badFilter('compare_since', textOf(compareText) ?? '', 'a time before "until"');
  return { since, until, filters, compareSince };
}

function readInstant(
  name: 'since' | 'until' | 'compare_since',
  value: string | readonly string[] | undefined,
  now: number,
): number | null {
  const text = textOf(value);
  if (text === null) return null;
  const instant = typeof value === 'object' && value.length > 1 ? null : parseInstant(text, now);
  if (instant !== null) return instant;
  throw badFilter(
    name,
    text,
    'one RFC 3339 time such as 2020-07-23T14:39:00Z, or a duration such as 15m, 1h, 7d',
  );
}

function textOf(value: string | readonly string[] | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === 'string' ? value : value.length === 0 ? null : value.join(', ');
}
