/** The texts of a request that no other has: its path and its id. */
import type { AccessLogEntry } from '../domain/entry.ts';
import type { Layout } from './express-layout.ts';
import type { Scanner } from './scanner.ts';

/** True when the path and the id of a request that was read the long way stand where the layout has them. */
export function hasTexts(layout: Layout, text: string, scanner: Scanner, entry: AccessLogEntry): boolean {
  const { request, isWrapped, slots } = layout;
  if (slots !== null) return textAt('path') === entry.path && textAt('request_id') === entry.request_id;
  if (request === null) return true;
  const { path, id } = request;
  const quote = isWrapped ? 2 : 1;
  const pathText = text.slice(scanner.wordAt(path), scanner.wordAt(path + 1) - 1);
  const idText = text.slice(scanner.wordAt(id) + quote, scanner.wordAt(id + 1) - 1 - quote);
  return pathText === (entry.path ?? '-') && idText === (entry.request_id ?? '-');

  /** What an object has in a slot; null: it has no such slot. */
  function textAt(kind: 'path' | 'request_id'): string | null {
    const at = slots?.findIndex((slot) => slot.kind === kind) ?? -1;
    return at < 0 ? null : text.slice(scanner.cutAt(2 * at + 1), scanner.cutAt(2 * at + 2));
  }
}
