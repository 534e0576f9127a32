// Promises: D3 (docs/reliability.md).
/** Every hostile text in every place of a report, in every form of it. */
import t from 'tap';
import { NO_PAINT } from '../../../src/output/paint.ts';
import { buildReport } from '../../../src/output/report/build.ts';
import { buildCoverage } from '../../../src/output/report/coverage.ts';
import { buildExplanation } from '../../../src/output/report/explanation.ts';
import { renderHtml } from '../../../src/output/report/html.ts';
import { renderMarkdown } from '../../../src/output/report/markdown.ts';
import { renderText } from '../../../src/output/report/text.ts';
import { buildWindowReport } from '../../../src/output/report/window/build.ts';
import { HOSTILE, UNSHOWABLE } from '../../helpers/hostile.ts';
import { makeCoverage, makeExplanation, makeLogReport } from '../../helpers/report.ts';
import { makeReport } from '../../helpers/window-report.ts';

const MARK = 'harmless';
const blocksOf = (text: string) => [
  ...buildReport(makeLogReport(text), ['npx meshwake get pairs']),
  ...buildExplanation(makeExplanation(text)),
  ...buildCoverage(makeCoverage(text), 'wide'),
  ...buildWindowReport(makeReport(text)),
];
/** Without the words for plots, as long as they stay within their quotes. */
const tags = (page: string): string[] =>
  page.replace(/aria-label="[^"]*"/g, 'aria-label').match(/<[^>]*>/g) ?? [];

t.test('nothing unsafe reaches a terminal, a page or a ticket', async (t) => {
  for (const [index, text] of HOSTILE.entries()) {
    const blocks = blocksOf(text);
    t.notMatch(renderText(blocks, NO_PAINT, 100), UNSHOWABLE, `text, payload ${index}`);
    t.notMatch(renderMarkdown(blocks), UNSHOWABLE, `Markdown, payload ${index}`);
    t.notMatch(renderHtml(blocks), UNSHOWABLE, `HTML, payload ${index}`);
  }
});

t.test('a page has the same elements whatever the log says', async (t) => {
  const harmless = tags(renderHtml(blocksOf(MARK)));
  for (const [index, text] of HOSTILE.entries()) {
    t.strictSame(tags(renderHtml(blocksOf(text))), harmless, `payload ${index}`);
  }
});

t.test('a page has no script, loads nothing, and forbids both', async (t) => {
  const page = renderHtml(blocksOf(MARK));
  t.notMatch(page, /<script|<link|<img|<iframe|src=|href=|@import|url\(/);
  t.match(page, /content="default-src 'none'; style-src 'unsafe-inline'/);
  t.match(page, /color-scheme: light dark/);
});

t.test('Markdown has as many headings, tables and blocks whatever the log says', async (t) => {
  const shape = (text: string) => {
    const lines = renderMarkdown(blocksOf(text)).split('\n');
    let fence: string | null = null;
    const counts = { headings: 0, rows: 0, blocks: 0 };
    for (const line of lines) {
      // A line with more backticks in it is a code span.
      const run = /^`{3,}(?=[^`]*$)/.exec(line)?.[0] ?? null;
      if (fence !== null) {
        if (line === fence) fence = null;
      } else if (run !== null) {
        fence = run;
        counts.blocks++;
      } else if (line.startsWith('#')) counts.headings++;
      else if (line.startsWith('| ')) counts.rows++;
    }
    return counts;
  };
  const harmless = shape(MARK);
  t.ok(harmless.headings > 5 && harmless.rows > 5 && harmless.blocks >= 3, 'there is something to compare');
  for (const [index, text] of HOSTILE.entries()) t.strictSame(shape(text), harmless, `payload ${index}`);
});
