/** The texts of a request that no other has: its path and its id. */
import type { AccessLogEntry } from '../domain/entry.ts';
import type { LineColumns } from '../domain/line-columns.ts';
import type { RequestLayout } from './express-layout.ts';
import { LINE_BYTES_MAX } from './express-split.ts';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DASH = 0x2d;

/** Takes the path and the id of a request; false where one has a byte that could mean something. */
export function takeTexts(
  { path, id }: RequestLayout,
  isWrapped: boolean,
  bytes: Buffer,
  words: Int32Array,
  columns: LineColumns,
): boolean {
  const quote = isWrapped ? 2 : 1;
  columns.widenTexts(columns.textLength + LINE_BYTES_MAX);
  const { texts, textLength } = columns;
  const pathEnd = (words[path + 1] as number) - 1;
  const idEnd = (words[id + 1] as number) - 1 - quote;
  const middle = takeText(bytes, words[path] as number, pathEnd, texts, textLength);
  if (middle < 0) return false;
  texts[middle] = NEWLINE;
  const end = takeText(bytes, (words[id] as number) + quote, idEnd, texts, middle + 1);
  if (end < 0) return false;
  columns.textLength = end;
  return true;
}

/** True when the path and the id of a request that was read the long way stand where the layout has them. */
export function hasTexts(
  { path, id }: RequestLayout,
  isWrapped: boolean,
  bytes: Buffer,
  words: Int32Array,
  entry: AccessLogEntry,
): boolean {
  const quote = isWrapped ? 2 : 1;
  const text = (from: number, to: number): string => bytes.toString('latin1', from, to);
  const pathText = text(words[path] as number, (words[path + 1] as number) - 1);
  const idText = text((words[id] as number) + quote, (words[id + 1] as number) - 1 - quote);
  return pathText === (entry.path ?? '-') && idText === (entry.request_id ?? '-');
}

/**
 * Copies a text between two words to `at`, and answers where it ends there; nothing for `-`, which stands for none.
 * Negative: it is empty, or has a byte that could mean something to a format.
 */
function takeText(bytes: Buffer, from: number, to: number, into: Uint8Array, at: number): number {
  if (to <= from) return -1;
  if (to - from === 1 && bytes[from] === DASH) return at;
  let end = at;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if (byte === QUOTE || byte === BACKSLASH || byte > 0x7e) return -1;
    into[end++] = byte;
  }
  return end;
}
