/** Long answers as texts of a length that costs nothing: what lives longer than the next piece makes work for the collector. */

/** Characters at which a piece is sent. A text of half a megabyte was kept until all of the heap was looked through. */
const PIECE_LENGTH = 32_768;

/** Texts of items, put together as far as they are short. */
export function* piecesOf<T>(items: Iterable<T>, format: (item: T) => string): Generator<string> {
  let texts: string[] = [];
  let length = 0;
  for (const item of items) {
    const text = format(item);
    texts.push(text);
    length += text.length;
    if (length < PIECE_LENGTH) continue;
    yield texts.join('');
    texts = [];
    length = 0;
  }
  if (length > 0) yield texts.join('');
}
