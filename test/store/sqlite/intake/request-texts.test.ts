/** What is put together as bytes is what is put together as strings. */
import fc from 'fast-check';
import t from 'tap';
import { EMPTY_ENTRY, NO_IDENTITY, numbersOf, type ParsedLine } from '../../../../src/domain/entry.ts';
import { LineColumns } from '../../../../src/domain/line-columns.ts';
import { textHash } from '../../../../src/domain/line-hash.ts';
import { TEMPLATE_FIELD, TEMPLATE_WIDTH, Templates } from '../../../../src/domain/templates.ts';
import { createDictionary } from '../../../../src/store/sqlite/dictionary.ts';
import { encodeExtra, extraContent, extraOf, requestHash } from '../../../../src/store/sqlite/extra.ts';
import { RequestTexts } from '../../../../src/store/sqlite/intake/request-texts.ts';
import { LineBatch } from '../../../../src/store/sqlite/line-batch.ts';
import { openDatabase } from '../../../../src/store/sqlite/open.ts';

const SEED = { a: 77, b: -5 };
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 3 });
/** Printable ASCII, sometimes with what JSON escapes. */
const text = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[ !#-[\]-~]{1,40}$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^[ -~]{1,9}$/) },
);
const shared = fc.oneof(text, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 9 }));
const request = fc.record({
  path: orNull(text),
  request_id: orNull(text),
  x_forwarded_for: orNull(shared),
  upstream_service_time: orNull(fc.oneof(fc.nat({ max: 120 }), fc.constantFrom(0, 9, 10, 2 ** 31 - 1))),
  user_agent: orNull(shared),
  authority: orNull(shared),
});

t.test('texts of requests are the same as bytes and as strings', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const dictionary = createDictionary(db);
  const batch = new LineBatch();
  let taken = 0;
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 12 }), (requests) => {
      const templates = new Templates();
      const columns = new LineColumns(templates, requests.length);
      for (const said of requests) {
        const row = new Int32Array(TEMPLATE_WIDTH);
        for (const field of ['x_forwarded_for', 'user_agent', 'authority'] as const)
          row[TEMPLATE_FIELD[field]] = templates.numberOf(said[field]);
        const entry = { ...EMPTY_ENTRY, ...said, method: 'GET' };
        const line: ParsedLine = {
          ...{
            entry,
            identity: NO_IDENTITY,
            format: 'x',
            envelope: 'none',
            raw: '',
            rebuildable: true,
            utf8: true,
          },
          numbers: numbersOf(entry),
        };
        columns.add(line, templates.add(row));
      }
      const texts = new RequestTexts(dictionary);
      batch.clear();
      for (const at of requests.keys()) {
        const extra = extraOf(columns, at);
        if (extra === null) throw new Error('a request without texts');
        if (!texts.take(columns, at, SEED.a, SEED.b)) {
          const isOdd = !/^[ -[\]-~]*$/.test(JSON.stringify([extra.path, extra.request_id]));
          const isBeyond = !/^[ -~]*$/.test(JSON.stringify(extra));
          if (!isOdd && !isBeyond && encodeExtra(extra, dictionary) !== null)
            throw new Error(JSON.stringify(extra));
          continue;
        }
        taken++;
        const { a, b } = textHash(SEED, extraContent(extra));
        t.strictSame([...texts.hash], [a, b]);
        const index = batch.grow();
        texts.keep(batch, index);
        t.equal(batch.request[index], requestHash(extra));
        t.equal(batch.extra(index), encodeExtra(extra, dictionary));
      }
    }),
    { numRuns: 300 },
  );
  close();
  t.ok(taken > 500, `${taken} of them as bytes`);
});
