/** Tables in kubectl's form: headings in capitals, columns apart by spaces, no borders. */
import { escapeText } from './terminal.ts';

const GAP = '   ';

/**
 * Lays out rows under their headings, without a newline at the end.
 * Cells are escaped here. The last column is not padded.
 */
export function formatTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [columns, ...rows].map((row) => row.map(escapeText));
  const widths = columns.map((_, index) => longest(cells, index));
  return cells
    .map((row) =>
      row
        .map((cell, index) => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - columnsOf(cell))))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

function longest(rows: readonly (readonly string[])[], index: number): number {
  let most = 0;
  for (const row of rows) most = Math.max(most, columnsOf(row[index] ?? ''));
  return most;
}

/** Terminal columns, to a good approximation: East Asian wide characters and emoji take two, marks none. */
function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
