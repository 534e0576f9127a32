import t from 'tap';
import { BLOCK_SHAPES } from '../../../src/store/sqlite/flow-block.ts';
import { createHeldBlocks } from '../../../src/store/sqlite/held-blocks.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';

const HOUR = 474_000;

t.test('blocks of the last transaction stay, and no more than asked for', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const blocks = createHeldBlocks(db, 2);
  const at = (block: number) => blocks.at(HOUR + (block % 2), block * BLOCK_SHAPES);
  const write = (...numbers: number[]) => {
    const opened = numbers.map((block) => {
      const one = at(block);
      one.open(block * BLOCK_SHAPES);
      return one;
    });
    blocks.write();
    return opened;
  };
  const isHeld = (block: number, one: unknown) => at(block) === one;
  const [one, two] = write(1, 2);
  t.ok(isHeld(1, one) && isHeld(2, two), 'both');
  const [three] = write(3);
  t.ok(isHeld(3, three), 'the one of the last transaction');
  t.notOk(isHeld(1, one), 'not those before it');
  const many = write(4, 5, 6);
  t.notOk(
    many.some((block, i) => isHeld(4 + i, block)),
    'none of more than find place',
  );
  close();
});
