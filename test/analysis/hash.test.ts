import t from 'tap';
import { hashText, idOf } from '../../src/analysis/hash.ts';

t.test('a hash is sixteen hex digits, and the same every time', async (t) => {
  t.match(hashText(''), /^[0-9a-f]{16}$/);
  t.equal(hashText('10.1.0.7:6379'), hashText('10.1.0.7:6379'));
});

t.test('texts that differ little have different hashes', async (t) => {
  const texts = Array.from({ length: 50_000 }, (_, i) => `10.${i >> 8}.${i & 255}.1:${i % 7}`);
  t.equal(new Set(texts.map(hashText)).size, new Set(texts).size);
});

t.test('parts are kept apart', async (t) => {
  t.not(idOf('a', 'bc'), idOf('ab', 'c'));
  t.not(idOf('1'), idOf(1));
  t.not(idOf(null), idOf('null'));
});
