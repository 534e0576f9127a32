/** Text whose quoted parts are marked (`output/text.ts`), as elements; plots by their words. */
import type { Inline, Text } from '../../output/text.ts';
import { type Child, h } from '../dom/element.ts';

export function phrase(text: Text): Child {
  return text.map(toChild);
}

function toChild(piece: Inline): Child {
  if (typeof piece === 'string') return piece;
  if ('code' in piece) return h('code', {}, piece.code);
  return 'label' in piece ? piece.label : piece.severity;
}
