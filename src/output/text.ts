/** Text with the parts marked that are quoted from data, so that each output can show and escape them its own way. */

import type { Severity } from '../domain/resources.ts';
import { condensed, shareBar, sparkline } from './blocks.ts';

/** Values over time: null where there is none to tell. */
export interface Spark {
  readonly values: ReadonlyArray<number | null>;
  /** What stands out: from the first place up to the second, which is not in it; null: nothing. */
  readonly marked: readonly [from: number, to: number] | null;
  /** What each value usually is; null where there is no such thing. */
  readonly usual: number | null;
}

/** A part of a whole, neither negative. */
export interface Share {
  readonly part: number;
  readonly whole: number;
}

/** A piece of our own prose, a name, address or value as the log has it, or a small plot with the words for those who cannot see it. */
export type Inline =
  | string
  | { readonly code: string }
  | { readonly plot: Spark; readonly label: string }
  | { readonly bar: Share; readonly label: string }
  | { readonly severity: Severity };
export type Text = readonly Inline[];

/** Template tag: texts become code, numbers stay prose, a nested text is taken over as it is. */
export function say(parts: TemplateStringsArray, ...values: readonly (string | number | Text)[]): Text {
  const text: Inline[] = [parts[0] ?? ''];
  values.forEach((value, index) => {
    if (typeof value === 'string') text.push({ code: value });
    else if (typeof value === 'number') text.push(formatCount(value));
    else text.push(...value);
    text.push(parts[index + 1] ?? '');
  });
  return text.filter((piece) => piece !== '');
}

/** Names as a phrase: `a`, `a and b`, `a, b and c`, and past `most` of them `a, b, c and 4 more`. */
export function listNames(names: readonly string[], most = 3): Text {
  const shown: Inline[] = names.slice(0, most).map((code) => ({ code }));
  const more = names.length - shown.length;
  const all = more > 0 ? [...shown, `${formatCount(more)} more`] : shown;
  return all.flatMap((piece, index) => {
    if (index === 0) return [piece];
    return [index === all.length - 1 ? ' and ' : ', ', piece];
  });
}

/** Words as the beginning of a sentence. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `1 line`, `2 lines`, `1,234 lines`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${formatCount(amount)} ${amount === 1 ? one : many}`;
}

/** Thousands with commas, whatever the locale. */
export function formatCount(amount: number): string {
  return String(amount).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `2 of 3 (66.7 %)`; without the share where there is nothing to divide by. */
export function share(part: number, whole: number): string {
  const base = `${formatCount(part)} of ${formatCount(whole)}`;
  return whole === 0 ? base : `${base} (${((100 * part) / whole).toFixed(1)} %)`;
}

/** The same by the minute, where that says it all: `2020-07-23 14:47 UTC`. */
export function humanMinute(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}

/** An RFC 3339 time for people: `2020-07-23 14:47:24.040 UTC`. */
export function humanTime(time: string): string {
  return time.replace('T', ' ').replace('Z', ' UTC');
}

/** The text without its marks. Not escaped. */
export function plainText(text: Text): string {
  return text.map(plainPiece).join('');
}

function plainPiece(piece: Inline): string {
  if (typeof piece === 'string') return piece;
  if ('code' in piece) return piece.code;
  if ('severity' in piece) return piece.severity;
  return 'plot' in piece ? sparkline(condensed(piece.plot.values)) : shareBar(piece.bar);
}

/** `1.2 kB`, `340 MB`: three digits, in steps of a thousand. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}
