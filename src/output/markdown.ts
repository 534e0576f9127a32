/** Markdown in which text stays text: no markup, no HTML, no broken tables. */
import { escapeLines, escapeText } from './terminal.ts';

/** Text for a paragraph, a list item or a table cell, on one line. */
export function escapeMarkdown(text: string): string {
  return escapeText(text)
    .replace(/[\\`*_{}[\]()#+!|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/^(\s*)(-|=)/, '$1\\$2')
    .replace(/^(\s*\d{1,9})([.)])/, '$1\\$2');
}

/** A code span, on one line, for a paragraph or a list item. */
export function codeSpan(text: string): string {
  const content = escapeText(text);
  if (content === '') return '';
  const fence = '`'.repeat(longestRun(content) + 1);
  const pad = /^[` ]|[` ]$/.test(content) ? ' ' : '';
  return `${fence}${pad}${content}${pad}${fence}`;
}

/** A code span for a table cell: GitHub takes `\|` in one for `|`. */
export function tableCode(text: string): string {
  return codeSpan(text).replaceAll('|', '\\|');
}

/** A fenced block; lines stay lines. */
export function codeBlock(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${escapeLines(text).replace(/\n$/, '')}\n${fence}`;
}

function longestRun(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}
