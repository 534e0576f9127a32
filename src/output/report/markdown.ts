/** A report for a ticket, a pull request or a wiki. */
import { codeBlock, codeSpan, escapeMarkdown, tableCode } from '../markdown.ts';
import { plainText, type Text } from '../text.ts';
import type { Block } from './document.ts';
import { tileWords, timelineText } from './plain.ts';

/** Renders blocks as GitHub-flavoured Markdown. */
export function renderMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(renderBlock).join('\n\n')}\n`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'heading': {
      const severity = block.severity === null ? '' : `**${block.severity}** `;
      return `${'#'.repeat(block.level)} ${severity}${inline(block.text)}`;
    }
    case 'paragraph':
      return inline(block.text);
    case 'facts':
      return block.rows.map((row) => `- **${escapeMarkdown(row.label)}:** ${inline(row.text)}`).join('\n');
    case 'list':
      return block.items.map((item) => `- ${inline(item)}`).join('\n');
    case 'code':
      return codeBlock(block.text, block.language);
    case 'table':
      return renderTable(block);
    case 'tiles':
      return block.tiles
        .map((tile) => `- **${escapeMarkdown(tile.label)}:** ${escapeMarkdown(tileWords(tile))}`)
        .join('\n');
    case 'timeline':
      return codeBlock(timelineText(block), 'text');
  }
}

function renderTable(block: Extract<Block, { kind: 'table' }>): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(block.columns.map(escapeMarkdown)),
    row(block.columns.map(() => '---')),
    ...block.rows.map((cells) => row(cells.map((cell) => inline(cell, tableCode)))),
  ].join('\n');
}

function inline(text: Text, code: (text: string) => string = codeSpan): string {
  return text
    .map((piece) =>
      typeof piece !== 'string' && 'code' in piece ? code(piece.code) : escapeMarkdown(plainText([piece])),
    )
    .join('');
}
