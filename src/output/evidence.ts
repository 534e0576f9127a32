/** The evidence of an incident as one JSON document, piece by piece: its lists have an item a line. */
import type { Evidence } from '../domain/evidence.ts';
import { formatJson } from './terminal.ts';

/** Items put together at once. */
const PIECE_ITEMS = 500;

/** Joined, the pieces are the document, with a newline at its end. */
export function* evidencePieces(evidence: Evidence): Generator<string> {
  const { pairs, lines, ...head } = evidence;
  const fields = Object.entries(head).map(([key, value]) => `${JSON.stringify(key)}: ${formatJson(value)}`);
  yield `{\n${fields.join(',\n')},\n"pairs": [`;
  yield* items(pairs);
  yield '],\n"lines": [';
  yield* items(lines);
  yield ']\n}\n';
}

function* items(all: readonly unknown[]): Generator<string> {
  for (let from = 0; from < all.length; from += PIECE_ITEMS) {
    const piece = all.slice(from, from + PIECE_ITEMS).map((item) => formatJson(item));
    yield `${from === 0 ? '\n' : ',\n'}${piece.join(',\n')}`;
  }
  if (all.length > 0) yield '\n';
}
