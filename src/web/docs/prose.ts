/** Text of the document, in which backticks mark code. */
import { type Child, h } from '../dom/element.ts';

export function prose(text: string): Child[] {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => (/^`.+`$/.test(part) ? h('code', {}, part.slice(1, -1)) : part));
}
