/** CSV for spreadsheets: RFC 4180, and nothing that a spreadsheet would take for a formula. */
import { escapeText } from './terminal.ts';

export type CsvCell = string | number | boolean | null;

/** A formula's first sign, also in full width, also behind spaces, newlines, controls and what shows as nothing. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u;
const LEADING_CONTROL = /^[\t\r\n\0]/;
const PLAIN_NUMBER = /^-\d+(?:\.\d+)?$/;

/**
 * Writes one row, with CRLF.
 * Null is an empty cell. Text that a spreadsheet could run gets a `'` in front; controls and invisible characters
 * become `\uXXXX`, so that the row is one line on a terminal as well.
 * Source: RFC 4180; OWASP ASVS 5.0, 1.2.10.
 */
export function formatCsvRow(cells: readonly CsvCell[]): string {
  return `${cells.map(formatCell).join(',')}\r\n`;
}

function formatCell(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = escapeText(isFormula(cell) ? `'${cell}` : cell);
  return /[",]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function isFormula(text: string): boolean {
  return (FORMULA.test(text) && !PLAIN_NUMBER.test(text)) || LEADING_CONTROL.test(text);
}
