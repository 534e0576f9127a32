/** Figures and stretches of time as plain text. */
import { stretchBar } from '../blocks.ts';
import { escapeText } from '../terminal.ts';
import { plainText } from '../text.ts';
import type { Block, Tile } from './document.ts';

const BAR_WIDTH = 48;

/** The value with its note: `3 (of 40)`. */
export function tileWords({ value, note }: Tile): string {
  return note === '' ? value : `${value} (${note})`;
}

/** A bar a row under the ends of the window, then what it stands for. */
export function timelineText({ since, until, rows }: Extract<Block, { kind: 'timeline' }>): string {
  const ends = `${since}${until.padStart(Math.max(1, BAR_WIDTH - since.length))}`;
  return [
    ends,
    ...rows.map(
      ({ from, to, severity, label }) =>
        `${stretchBar(from, to, BAR_WIDTH)}  ${severity}  ${escapeText(plainText(label))}`,
    ),
  ].join('\n');
}
