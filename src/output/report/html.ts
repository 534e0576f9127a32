/** A report as one file: no script, nothing loaded, readable from a mail or a disk, in light and dark. */
import { formatHtml, html, type SafeHtml } from '../html.ts';
import { plainText, type Text } from '../text.ts';
import type { Block } from './document.ts';

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
  }
}

function renderHeading(block: Extract<Block, { kind: 'heading' }>): SafeHtml {
  const text = inline(block.text);
  if (block.level === 1) return html`<h1>${text}</h1>\n`;
  if (block.level === 3) return html`<h3>${text}</h3>\n`;
  if (block.level === 4) return html`<h4>${text}</h4>\n`;
  return block.severity === null
    ? html`<h2>${text}</h2>\n`
    : html`<h2><span class="severity ${block.severity}">${block.severity}</span> ${text}</h2>\n`;
}

function renderTable(block: Extract<Block, { kind: 'table' }>): SafeHtml {
  return html`<div class="scroll" tabindex="0"><table>
<thead><tr>${block.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${block.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inline(cell)}</td>`)}</tr>\n`)}</tbody>
</table></div>\n`;
}

function inline(text: Text): SafeHtml[] {
  return text.map((piece) => (typeof piece === 'string' ? html`${piece}` : html`<code>${piece.code}</code>`));
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
<style>
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #f3f4f6; --rule: #d5d9de; --quiet: #57606a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #14171a; --soft: #1f2429; --rule: #3a4149; --quiet: #9aa4ae; } }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: var(--ink); background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
code, pre { font: .875rem/1.45 ui-monospace, monospace; } code { overflow-wrap: anywhere; }
pre { padding: .75rem 1rem; overflow-x: auto; background: var(--soft); border-radius: .375rem; } pre code { overflow-wrap: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; } dt { color: var(--quiet); } dd { margin: 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; }
th, td { padding: .375rem .75rem; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; } th { color: var(--quiet); }
.severity { padding: .125rem .5rem; border-radius: .25rem; color: #fff; font-size: .75em; text-transform: uppercase; }
.critical { background: #a40e26; } .high { background: #bc4c00; } .medium { background: #7d4e00; } .info { background: #0550ae; }
@media print { body { max-width: none; } pre, code { white-space: pre-wrap; } }
</style>
</head>
<body>
<main>
${body}</main>
</body>
</html>`;
}
