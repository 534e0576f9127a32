import fc from 'fast-check';
import t from 'tap';
import { createDictionary } from '../../../src/store/sqlite/dictionary.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';

t.test('gives the same id for the same text, and the text for the id', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const dictionary = createDictionary(db);
  const fresh = () => createDictionary(db);
  const ids = new Map<string, number | null>();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', ' ', '\0', 'a\0b', 'a\0c', 'A', 'a', 'é', 'e\u0301'),
      ),
      (text) => {
        const id = dictionary.idOf(text);
        const known = ids.get(text);
        ids.set(text, id);
        return (
          (known === undefined || known === id) &&
          dictionary.textOf(id) === text &&
          dictionary.idOf(text) === id
        );
      },
    ),
    { numRuns: 300 },
  );
  t.equal(new Set(ids.values()).size, ids.size, 'different texts have different ids');
  const other = fresh();
  for (const [text, id] of ids) {
    if (other.idOf(text) !== id) t.fail(`id of ${JSON.stringify(text)}`);
    if (fresh().textOf(id) !== text) t.fail(`text of ${JSON.stringify(text)}`);
  }
  close();
});

t.test('nothing has no id', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const dictionary = createDictionary(db);
  t.equal(dictionary.idOf(null), null);
  t.equal(dictionary.textOf(null), null);
  t.equal(dictionary.textOf(4_711), null);
  t.not(dictionary.idOf(''), null);
  close();
});

t.test('half a character is stored as the mark for one', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const dictionary = createDictionary(db);
  const id = dictionary.idOf('a\ud800');
  t.equal(dictionary.textOf(id), 'a\ufffd');
  t.equal(dictionary.idOf('a\ud800'), id);
  t.equal(dictionary.idOf('a\ufffd'), id);
  close();
});

t.test('a transaction that failed leaves no ids behind once all is forgotten', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const dictionary = createDictionary(db);
  const kept = dictionary.idOf('kept');
  // The temporary database has no journal, so the failure is undone by hand.
  const lost = dictionary.idOf('lost');
  db.prepare('DELETE FROM text WHERE id = ?').run(lost);
  dictionary.reset();
  t.equal(dictionary.textOf(lost), null);
  t.equal(dictionary.idOf('kept'), kept);
  const again = dictionary.idOf('lost');
  t.equal(dictionary.textOf(again), 'lost');
  t.equal(db.prepare('SELECT count(*) FROM text').pluck().get(), 2);
  close();
});
