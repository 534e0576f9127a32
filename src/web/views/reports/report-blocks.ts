/** The document of a report out of the page's own parts: the same blocks as in a mail, with links to what they name. */

import type { Block, Tile } from '../../../output/report/document.ts';
import type { Inline, Text } from '../../../output/text.ts';
import { plainText } from '../../../output/text.ts';
import { codeBlock } from '../../dom/copy.ts';
import { type Child, h } from '../../dom/element.ts';
import { shareBar, spark, stretch } from '../../plot/spark.ts';
import { severityBadge } from '../../words/states.ts';

/** Where a quoted name leads; null: nowhere. */
export type LinkOf = (name: string) => string | null;

/** Blocks from one heading of the second level to the next are a panel. */
export function reportSections(blocks: readonly Block[], linkOf: LinkOf): Child {
  const sections: { title: string | null; blocks: Block[] }[] = [{ title: null, blocks: [] }];
  for (const block of blocks) {
    if (block.kind === 'heading' && block.level === 2)
      sections.push({ title: plainText(block.text), blocks: [] });
    else sections.at(-1)?.blocks.push(block);
  }
  return sections.map(({ title, blocks: own }) => {
    const body = own.map((block) => blockElement(block, title ?? 'Report', linkOf));
    if (title === null) return body;
    return h('section', { class: 'panel report-section', 'aria-label': title }, h('h2', {}, title), body);
  });
}

function blockElement(block: Block, section: string, linkOf: LinkOf): Child {
  const inline = (text: Text): Child => text.map((piece) => inlineElement(piece, linkOf));
  switch (block.kind) {
    case 'heading': {
      const words = [
        block.severity === null ? null : [severityBadge(block.severity), ' '],
        inline(block.text),
      ];
      return block.level === 4 ? h('h4', {}, words) : h('h3', {}, words);
    }
    case 'paragraph':
      return h('p', { class: 'prose' }, inline(block.text));
    case 'facts':
      return h(
        'dl',
        { class: 'report-facts' },
        block.rows.map((row) => [h('dt', {}, row.label), h('dd', {}, inline(row.text))]),
      );
    case 'list':
      return h(
        'ul',
        { class: 'report-list' },
        block.items.map((item) => h('li', {}, inline(item))),
      );
    case 'code':
      return codeBlock(
        block.text,
        `${section}: ${block.language === 'yaml' ? 'object to apply' : 'commands'}`,
      );
    case 'tiles':
      return h('dl', { class: 'figures-strip report-tiles' }, block.tiles.map(tileElement));
    case 'timeline':
      return timelineElement(block, inline);
    case 'table':
      return tableElement(block, section, inline);
  }
}

function tileElement({ label, value, note, tone }: Tile): Child {
  return h(
    'div',
    { class: tone === null ? null : `tone-${tone}` },
    h('dt', {}, label),
    h('dd', {}, h('strong', {}, value), note === '' ? null : h('span', { class: 'muted' }, note)),
  );
}

function timelineElement(
  { since, until, rows }: Extract<Block, { kind: 'timeline' }>,
  inline: (text: Text) => Child,
): Child {
  return h(
    'div',
    { class: 'report-timeline' },
    h('span', { class: 'ends-label muted' }, 'when'),
    h('span', { class: 'ends muted' }, h('span', {}, since), h('span', {}, until)),
    rows.map((row) => [
      h('span', {}, severityBadge(row.severity), ' ', inline(row.label)),
      stretch(row.from, row.to, row.severity),
    ]),
  );
}

function tableElement(
  { columns, rows }: Extract<Block, { kind: 'table' }>,
  section: string,
  inline: (text: Text) => Child,
): Child {
  return h(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': section },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map((name) => h('th', { scope: 'col' }, heading(name))),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((row) =>
          h(
            'tr',
            {},
            row.map((cell) => h('td', {}, inline(cell))),
          ),
        ),
      ),
    ),
  );
}

/** The tables of texts shout; those of the page do not. */
function heading(name: string): string {
  return /^[A-Z /-]+$/.test(name) && name !== 'ID' ? name.charAt(0) + name.slice(1).toLowerCase() : name;
}

function inlineElement(piece: Inline, linkOf: LinkOf): Child {
  if (typeof piece === 'string') return piece;
  if ('code' in piece) {
    const target = linkOf(piece.code);
    return target === null ? h('code', {}, piece.code) : h('a', { href: target }, h('code', {}, piece.code));
  }
  if ('severity' in piece) return severityBadge(piece.severity);
  return 'plot' in piece ? spark(piece.plot, piece.label) : shareBar(piece.bar, piece.label);
}
