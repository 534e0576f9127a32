/** HTML that is safe by type: text goes in escaped, and only what this module made goes in as it is. */
import { escapeLines } from './terminal.ts';

declare const safe: unique symbol;

/** Markup made by {@link html}. Nothing else can make one. */
export interface SafeHtml {
  readonly [safe]: true;
  readonly markup: string;
}

type HtmlValue = string | number | null | SafeHtml | readonly SafeHtml[];

/**
 * Template tag: `` html`<p>${text}</p>` ``.
 * Values are escaped for element content and for quoted attributes; null is nothing. They must not stand in a
 * `<script>`, a `<style>`, an event handler or an unquoted attribute.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml {
  let markup = parts[0] ?? '';
  values.forEach((value, index) => {
    markup += formatValue(value) + (parts[index + 1] ?? '');
  });
  return brand(markup);
}

/** The page as text, for writing out. */
export function formatHtml(page: SafeHtml): string {
  return page.markup;
}

function formatValue(value: HtmlValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeHtml(value);
  if ('markup' in value) return value.markup;
  return value.map((item) => item.markup).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function escapeHtml(text: string): string {
  return escapeLines(text).replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? '');
}

/** The cast is the brand: its symbol exists in types alone. */
function brand(markup: string): SafeHtml {
  return { markup } as SafeHtml;
}
