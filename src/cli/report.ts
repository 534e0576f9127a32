/** Asks for everything that a report is made of, and writes it in the form asked for. */
import { cutCoverage } from '../domain/coverage.ts';
import { NO_FILTER } from '../domain/filter.ts';
import { PAGE_ITEMS_MAX } from '../domain/limits.ts';
import type { Analysis } from '../domain/queries.ts';
import { type IngestTally, SEVERITIES, type Severity } from '../domain/resources.ts';
import type { Paint } from '../output/paint.ts';
import { buildReport } from '../output/report/build.ts';
import type { LogReport } from '../output/report/document.ts';
import { renderHtml } from '../output/report/html.ts';
import { renderMarkdown } from '../output/report/markdown.ts';
import { renderText } from '../output/report/text.ts';
import { formatJson } from '../output/terminal.ts';
import type { ReportOutput } from './report-output.ts';

/** Lists of a report have at most `PAGE_ITEMS_MAX` items; `summary` has the whole numbers. */
export async function collectLogReport(analysis: Analysis, tally: IngestTally): Promise<LogReport> {
  const page = { limit: PAGE_ITEMS_MAX, cursor: null };
  const summary = await analysis.summary();
  const coverage = cutCoverage(await analysis.coverage(NO_FILTER), PAGE_ITEMS_MAX);
  const incidents = await analysis.incidents(NO_FILTER, page);
  const shifts = await analysis.shifts(NO_FILTER, page);
  const routes = await analysis.routes(NO_FILTER, page);
  return {
    tally,
    summary,
    coverage,
    incidents: incidents.items,
    shifts: shifts.items,
    routes: routes.items,
  };
}

export interface RenderOptions {
  readonly paint: Paint;
  /** Columns to break text at. */
  readonly width: number;
  /** Commands to end the report with; text only. */
  readonly next: readonly string[];
}

/** The report as one text, with a newline at its end. */
export function renderLogReport(report: LogReport, output: ReportOutput, options: RenderOptions): string {
  switch (output) {
    case 'json':
      return `${formatJson(report, 2)}\n`;
    case 'text':
      return renderText(buildReport(report, options.next), options.paint, options.width);
    case 'markdown':
      return renderMarkdown(buildReport(report, []));
    case 'html':
      return renderHtml(buildReport(report, []));
  }
}

/** Whether one of the severities is as bad as `threshold`, or worse. */
export function reaches(severities: readonly Severity[], threshold: Severity): boolean {
  const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);
  return severities.some((severity) => rank(severity) >= rank(threshold));
}
