import { deepStrictEqual } from 'node:assert';
import t from 'tap';
import { createDictionary } from '../../../src/store/sqlite/dictionary.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { OWN } from '../../../src/store/sqlite/shape-codes.ts';
import { createShapes } from '../../../src/store/sqlite/shapes.ts';
import { makeLine } from '../../helpers/lines.ts';

/** More than there is room for at first, twice. */
const SHAPES = 2_100;

t.test('the client of a shape is known, also of one for which room is made first', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const shapes = createShapes(db, createDictionary(db));
  const ids = Array.from({ length: SHAPES }, (_, at) =>
    shapes.code(makeLine(`web-${at}`, { downstream_remote_address: `10.0.${at >> 8}.${at & 255}:40000` })),
  );
  shapes.write();
  const anew = createShapes(db, createDictionary(db));
  const hosts = ids.map((id) => anew.numberOf(id, OWN));
  deepStrictEqual(
    hosts,
    ids.map((id) => shapes.coded(id).own),
  );
  t.equal(new Set(ids).size, SHAPES);
  t.ok(hosts.every((host) => host > 0));
  close();
});
