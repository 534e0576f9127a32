/** The texts of a request that no other has: its path and its id. */
import type { AccessLogEntry } from '../domain/entry.ts';
import type { RequestLayout } from './express-layout.ts';
import type { Scanner } from './scanner.ts';

/** True when the path and the id of a request that was read the long way stand where the layout has them. */
export function hasTexts(
  { path, id }: RequestLayout,
  isWrapped: boolean,
  text: string,
  scanner: Scanner,
  entry: AccessLogEntry,
): boolean {
  const quote = isWrapped ? 2 : 1;
  const pathText = text.slice(scanner.wordAt(path), scanner.wordAt(path + 1) - 1);
  const idText = text.slice(scanner.wordAt(id) + quote, scanner.wordAt(id + 1) - 1 - quote);
  return pathText === (entry.path ?? '-') && idText === (entry.request_id ?? '-');
}
