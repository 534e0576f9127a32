/** Pieces of the generated pages. */
import { codeSpan, tableCode } from '../../src/output/markdown.ts';

/** A cell: text, or code. */
export type Cell = string | { readonly code: string };

/** A page that begins by saying that it is made, and from what. */
export function page(title: string, source: string, parts: readonly string[]): string {
  const note = `<!-- Made by \`npm run docs\` from ${source}. Do not edit. -->`;
  return `${[`# ${title}`, note, ...parts].join('\n\n')}\n`;
}

export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) =>
      line(row.map((cell) => (typeof cell === 'string' ? prose(cell) : tableCode(cell.code)))),
    ),
  ].join('\n');
}

/** Prose in which backticks mark code, as in the sources. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) =>
      part.startsWith('`') && part.length > 2 ? tableCode(part.slice(1, -1)) : escapeProse(part),
    )
    .join('');
}

export function code(text: string): string {
  return codeSpan(text);
}

/** For text of our own, which has no markup but signs that look like it. */
function escapeProse(text: string): string {
  return text.replace(/[\\|<*[\]]/g, '\\$&');
}
