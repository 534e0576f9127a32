/** Text whose quoted parts are marked (`output/text.ts`), as elements. */
import type { Text } from '../../output/text.ts';
import { type Child, h } from '../dom/element.ts';

export function phrase(text: Text): Child {
  return text.map((piece) => (typeof piece === 'string' ? piece : h('code', {}, piece.code)));
}
