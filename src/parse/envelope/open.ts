import { parseJsonObject } from '../json-format.ts';
import { UNESCAPED_JSON_HEAD } from '../message.ts';
import type { Streams } from '../streams.ts';
import { openObject } from './json.ts';
import type { Opened } from './opened.ts';
import { stripColour } from './sgr.ts';
import { openText } from './text.ts';

const BRACE = 0x7b;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Takes the envelope off a line: off its front only, and once, so that nothing within a message can pass for one.
 * Shape: fills `opened`.
 */
export function openLine(line: string, streams: Streams, opened: Opened): void {
  const text = plain(line);
  openBare(text, streams, opened);
  if (text.charCodeAt(0) !== BRACE) {
    openText(text, streams, opened);
    return;
  }
  // Text that only looks like JSON is not escaped: whoever sends a header could write an envelope into it.
  if (text.startsWith(UNESCAPED_JSON_HEAD)) return;
  const object = parseJsonObject(text);
  if (object !== null && !openObject(object, streams, opened)) opened.object = object;
}

/** Takes a line for a message without envelope. Shape: fills `opened`. */
export function openBare(line: string, streams: Streams, opened: Opened): void {
  opened.envelope = 'none';
  opened.stream = streams.fallback;
  opened.text = line;
  opened.at = 0;
  opened.object = null;
  opened.pieces = null;
  opened.last = true;
}

/** The line without colours, byte order mark and the carriage return of a foreign line ending. */
function plain(line: string): string {
  const from = line.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  const end = line.charCodeAt(line.length - 1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
  return stripColour(from === 0 && end === line.length ? line : line.slice(from, end));
}
