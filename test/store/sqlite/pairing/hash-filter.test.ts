import t from 'tap';
import { ListMaker } from '../../../../src/store/sqlite/pairing/list-maker.ts';

/** Numbers that look like hashes, and are always the same. */
function hashes(count: number, seed: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => {
    const mixed = Math.imul((i + 1) ^ seed, 0x85ebca6b);
    return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0;
  });
}

t.test('what is in the list may be in it; of what is not, most is known not to be', async (t) => {
  const code = new ListMaker();
  for (const count of [0, 1, 100, 20_000, 200_000]) {
    const listed = hashes(count, 1);
    const filter = code.filterOf(new Uint8Array(listed.buffer));
    t.ok(
      listed.every((hash) => filter.mayHave(hash)),
      `all of ${count}`,
    );
    const others = hashes(20_000, 0x5bd1e995);
    const taken = others.filter((hash) => filter.mayHave(hash) && !listed.includes(hash)).length;
    t.ok(taken < 0.05 * others.length, `${taken} of ${others.length} are not told from ${count}`);
    t.ok(filter.byteLength <= Math.max(8, 2 * count), `${filter.byteLength} bytes`);
  }
});
