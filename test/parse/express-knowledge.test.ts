import t from 'tap';
import { Knowledge } from '../../src/parse/express-knowledge.ts';
import { Scanner } from '../../src/parse/scanner.ts';

const MEBIBYTE = 1024 * 1024;

t.test('what is learned is bounded by its bytes, however few stretches they are', async (t) => {
  const knowledge = new Knowledge(() => null, true, new Scanner());
  const stretch = Buffer.alloc(2_000, 'x');
  let bytes = 0;
  for (let i = 0; !knowledge.isFull && bytes < 32 * MEBIBYTE; i++) {
    stretch.write(String(i).padStart(9, '0'));
    knowledge.scanner.load(stretch, 0, stretch.length);
    if (knowledge.stretchOf(0, stretch.length, stretch.toString(), false) < 0) break;
    bytes += stretch.length;
  }
  t.ok(knowledge.isFull, 'it is full at last');
  t.ok(bytes <= 9 * MEBIBYTE, `after ${bytes} bytes`);
});
