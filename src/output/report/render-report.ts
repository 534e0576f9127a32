/** A report on a window of time in each of its forms. */
import type { Report, ReportFormat } from '../../domain/report.ts';
import { NO_PAINT, type Paint } from '../paint.ts';
import { formatJson } from '../terminal.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { renderText } from './text.ts';
import { buildWindowReport } from './window/build.ts';

export interface ReportLooks {
  readonly paint: Paint;
  /** Columns to break text at. */
  readonly width: number;
}

/** For files, mails and answers: no colours, and lines that fit everywhere. */
export const PLAIN_LOOKS: ReportLooks = { paint: NO_PAINT, width: 100 };

/** The report as one text, with a newline at its end. The same report and looks give the same bytes. */
export function renderReport(report: Report, format: ReportFormat, { paint, width }: ReportLooks): string {
  switch (format) {
    case 'json':
      return `${formatJson(report, 2)}\n`;
    case 'text':
      return renderText(buildWindowReport(report), paint, width);
    case 'markdown':
      return renderMarkdown(buildWindowReport(report));
    case 'html':
      return renderHtml(buildWindowReport(report));
  }
}

/** Media type of each form. */
export const REPORT_MEDIA_TYPES: Readonly<Record<ReportFormat, string>> = {
  text: 'text/plain; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
};
