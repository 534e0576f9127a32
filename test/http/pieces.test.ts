import t from 'tap';
import { piecesOf } from '../../src/http/pieces.ts';

t.test('short texts are sent together, and no piece is long', async (t) => {
  const items = Array.from({ length: 5_000 }, (_, i) => i);
  const pieces = [...piecesOf(items, (i) => `${'x'.repeat(100)}${i}\n`)];
  t.equal(pieces.join(''), items.map((i) => `${'x'.repeat(100)}${i}\n`).join(''));
  t.ok(pieces.length > 10 && pieces.length < 20, `${pieces.length} pieces`);
  t.ok(Math.max(...pieces.map(({ length }) => length)) < 33_000);
});

t.test('a long text is a piece, and nothing is none', async (t) => {
  t.same([...piecesOf(['a', 'b'.repeat(40_000), 'c'], (text) => text)], [`a${'b'.repeat(40_000)}`, 'c']);
  t.same([...piecesOf([], String)], []);
  t.same([...piecesOf(['', ''], (text) => text)], []);
});
