import type { JsonObject } from '../json-format.ts';
import type { Stream } from '../streams.ts';

/**
 * A line with its envelope taken off: the message is `text` from `at` to its end.
 * One such object serves all lines of a parser, so that none is made for each.
 */
export interface Opened {
  /** Name of the envelope; `none` for a bare message. */
  envelope: string;
  stream: Stream;
  text: string;
  at: number;
  /** The message as JSON, where it was parsed on the way. */
  object: JsonObject | null;
  /** Key of the pieces that belong together; null for a whole message. */
  pieces: string | null;
  /** True for the last piece. */
  last: boolean;
}

/** An empty message without an envelope. */
export function newOpened(stream: Stream): Opened {
  return { envelope: 'none', stream, text: '', at: 0, object: null, pieces: null, last: true };
}
