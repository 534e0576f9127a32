import t from 'tap';
import { Knowledge } from '../../src/parse/express-knowledge.ts';

const MEBIBYTE = 1024 * 1024;

t.test('what is learned is bounded by its bytes, however few stretches they are', async (t) => {
  const knowledge = new Knowledge(() => null, true);
  const stretch = Buffer.alloc(2_000, 'x');
  const view = new DataView(stretch.buffer, stretch.byteOffset, stretch.byteLength);
  let bytes = 0;
  for (let i = 0; !knowledge.isFull && bytes < 32 * MEBIBYTE; i++) {
    stretch.write(String(i).padStart(9, '0'));
    if (!knowledge.addStretch(stretch, view, 0, stretch.length)) break;
    bytes += stretch.length;
  }
  t.ok(knowledge.isFull, 'it is full at last');
  t.ok(bytes <= 9 * MEBIBYTE, `after ${bytes} bytes`);
});
