/** A report for a terminal, or a file that is read like one. */
import type { Severity } from '../../domain/resources.ts';
import type { Paint } from '../paint.ts';
import { formatTable } from '../table.ts';
import { escapeLines, escapeText } from '../terminal.ts';
import { type Inline, plainText, type Text } from '../text.ts';
import type { Block } from './document.ts';
import { tileWords, timelineText } from './plain.ts';

/** Renders blocks. Shape: lines of at most `width` columns, except names, tables and code, which are never broken. */
export function renderText(blocks: readonly Block[], paint: Paint, width: number): string {
  return `${blocks.map((block, index) => separator(blocks[index - 1], block) + renderBlock(block, paint, width)).join('\n')}\n`;
}

function renderBlock(block: Block, paint: Paint, width: number): string {
  switch (block.kind) {
    case 'heading':
      return renderHeading(block, paint);
    case 'paragraph':
      return wrap(line(block.text), width, '');
    case 'facts':
      return renderFacts(block.rows, width);
    case 'tiles':
      return renderFacts(
        block.tiles.map((tile) => ({ label: tile.label, text: [tileWords(tile)] })),
        width,
      );
    case 'timeline':
      return timelineText(block);
    case 'list':
      return block.items.map((item) => `- ${wrap(line(item), width - 2, '  ')}`).join('\n');
    case 'code':
      return indent(escapeLines(block.text).replace(/(?<!\n)\n+$/, ''), '    ');
    case 'table':
      return formatTable(
        block.columns,
        block.rows.map((row) => row.map(plainText)),
      );
  }
}

const SEVERITY_WORD: Readonly<Record<Severity, string>> = {
  info: 'INFO',
  medium: 'MEDIUM',
  high: 'HIGH',
  critical: 'CRITICAL',
};

function renderHeading(block: Extract<Block, { kind: 'heading' }>, paint: Paint): string {
  const text = line(block.text);
  if (block.severity !== null) {
    const word = SEVERITY_WORD[block.severity];
    const painted =
      block.severity === 'info'
        ? paint.cyan(word)
        : block.severity === 'medium'
          ? paint.yellow(word)
          : paint.red(word);
    return `${painted}  ${paint.bold(text)}`;
  }
  if (block.level === 4) return text;
  return paint.bold(block.level === 3 ? text : line(block.text.map(inCapitals)));
}

/** Our own words in capitals; an address or a name stays as it is. */
function inCapitals(piece: Inline): Inline {
  return typeof piece === 'string' ? piece.toUpperCase() : piece;
}

function renderFacts(rows: Extract<Block, { kind: 'facts' }>['rows'], width: number): string {
  const label = Math.max(0, ...rows.map((row) => row.label.length)) + 2;
  return rows
    .map((row) => row.label.padEnd(label) + wrap(line(row.text), width - label, ' '.repeat(label)))
    .join('\n');
}

/** A blank line before headings and between unlike blocks; what belongs together stays together. */
function separator(previous: Block | undefined, block: Block): string {
  if (previous === undefined) return '';
  return previous.kind === 'heading' && previous.level >= 3 && block.kind !== 'code' ? '' : '\n';
}

function line(text: Text): string {
  return escapeText(plainText(text));
}

function indent(text: string, prefix: string): string {
  return text
    .split('\n')
    .map((part) => (part === '' ? '' : prefix + part))
    .join('\n');
}

/** Breaks at spaces; a word longer than the width stays whole. `hang` stands in front of every line but the first. */
function wrap(text: string, width: number, hang: string): string {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(/ (?!%)/)) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else {
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  return [...lines, current].join(`\n${hang}`);
}
