/** A report as one file: no script, nothing loaded, readable from a mail or a disk, in light and dark. */
import type { Severity } from '../../domain/resources.ts';
import { formatHtml, html, type SafeHtml } from '../html.ts';
import { plainText, type Text } from '../text.ts';
import type { Block, Tile } from './document.ts';
import { REPORT_STYLE } from './style.ts';
import { shareSvg, sparkSvg, stretchSvg } from './svg.ts';

const BRAND = html`<p class="brand"><svg aria-hidden="true" viewBox="0 0 32 32" width="24" height="24"><rect width="32" height="32" rx="7" fill="#12303f"/><path d="M5 21c4 0 5-10 11-10 4 0 5 4 11 4" fill="none" stroke="#6fd3e8" stroke-width="3" stroke-linecap="round"/><path d="M16 11c3 5 5 11 11 11" fill="none" stroke="#ff8a5c" stroke-width="3" stroke-linecap="round"/></svg>Meshwake</p>\n`;

/** Renders blocks as a whole page. */
export function renderHtml(blocks: readonly Block[]): string {
  const title = blocks.find((block) => block.kind === 'heading');
  return `${formatHtml(page(title === undefined ? 'Meshwake' : `Meshwake: ${plainText(title.text)}`, blocks.map(renderBlock)))}\n`;
}

function renderBlock(block: Block): SafeHtml {
  switch (block.kind) {
    case 'heading':
      return renderHeading(block);
    case 'paragraph':
      return html`<p>${inline(block.text)}</p>\n`;
    case 'facts':
      return html`<dl>\n${block.rows.map((row) => html`<dt>${row.label}</dt><dd>${inline(row.text)}</dd>\n`)}</dl>\n`;
    case 'list':
      return html`<ul>\n${block.items.map((item) => html`<li>${inline(item)}</li>\n`)}</ul>\n`;
    case 'code':
      return html`<pre tabindex="0"><code>${block.text}</code></pre>\n`;
    case 'table':
      return renderTable(block);
    case 'tiles':
      return html`<div class="tiles">\n${block.tiles.map(renderTile)}</div>\n`;
    case 'timeline':
      return renderTimeline(block);
  }
}

function renderHeading({ level, severity, text }: Extract<Block, { kind: 'heading' }>): SafeHtml {
  const words = severity === null ? inline(text) : [badge(severity), html` `, ...inline(text)];
  switch (level) {
    case 1:
      return html`<h1>${words}</h1>\n`;
    case 2:
      return html`<h2>${words}</h2>\n`;
    case 3:
      return html`<h3>${words}</h3>\n`;
    case 4:
      return html`<h4>${words}</h4>\n`;
  }
}

function badge(severity: Severity): SafeHtml {
  return html`<span class="severity ${severity}">${severity}</span>`;
}

function renderTile({ label, value, note, tone }: Tile): SafeHtml {
  return html`<div class="tile ${tone ?? 'calm'}"><span>${label}</span><b>${value}</b><small>${note}</small></div>\n`;
}

function renderTimeline({ since, until, rows }: Extract<Block, { kind: 'timeline' }>): SafeHtml {
  return html`<div class="timeline">
<span></span><span class="ends"><span>${since}</span><span>${until}</span></span>
${rows.map((row) => html`<span>${badge(row.severity)} ${inline(row.label)}</span>${stretchSvg(row)}\n`)}</div>\n`;
}

function renderTable(block: Extract<Block, { kind: 'table' }>): SafeHtml {
  return html`<div class="scroll" tabindex="0"><table>
<thead><tr>${block.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${block.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inline(cell)}</td>`)}</tr>\n`)}</tbody>
</table></div>\n`;
}

function inline(text: Text): SafeHtml[] {
  return text.map((piece) => {
    if (typeof piece === 'string') return html`${piece}`;
    if ('code' in piece) return html`<code>${piece.code}</code>`;
    if ('severity' in piece) return badge(piece.severity);
    return 'plot' in piece ? sparkSvg(piece.plot, piece.label) : shareSvg(piece.bar, piece.label);
  });
}

function page(title: string, body: readonly SafeHtml[]): SafeHtml {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
${BRAND}${body}</main>
</body>
</html>`;
}
