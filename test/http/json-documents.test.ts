import fc from 'fast-check';
import t from 'tap';
import { createDocumentSplitter } from '../../src/http/json-documents.ts';

/** Splits a body that arrives in pieces of so many bytes. */
function split(body: string, bytes: number): string[] {
  const splitter = createDocumentSplitter();
  const all = Buffer.from(body);
  let text = '';
  for (let at = 0; at < all.length; at += bytes)
    text += Buffer.from(splitter.push(all.subarray(at, at + bytes))).toString();
  splitter.end();
  return text.split('\n').slice(0, -1);
}

t.test('gives documents as they are, without the white space between their tokens', async (t) => {
  const rows: [body: string, documents: string[]][] = [
    ['', []],
    ['[]', []],
    ['{"a":1}', ['{"a":1}']],
    ['[{"a":1},{"b":[1,{"c":2}]}]', ['{"a":1}', '{"b":[1,{"c":2}]}']],
    ['{"a": 1}\n{"b": "x y\\" }"}', ['{"a":1}', '{"b":"x y\\" }"}']],
    ['\u001e{"a":1}\n\u001e{"b":2}\n', ['{"a":1}', '{"b":2}']],
    ['[{"n":9007199254740993,"n":1.0,"__proto__":{}}]', ['{"n":9007199254740993,"n":1.0,"__proto__":{}}']],
  ];
  for (const [body, documents] of rows) {
    for (const bytes of [1, 3, 1_000])
      t.strictSame(split(body, bytes), documents, `${body} in pieces of ${bytes}`);
  }
});

t.test('any list of objects comes out as it went in', async (t) => {
  const documents = fc.array(fc.dictionary(fc.string(), fc.jsonValue()));
  fc.assert(
    fc.property(documents, fc.nat(4), fc.integer({ min: 1, max: 7 }), (list, indent, bytes) => {
      const wanted = list.map((document) => JSON.stringify(document));
      t.strictSame(split(JSON.stringify(list, null, indent), bytes), wanted);
      t.strictSame(
        split(list.map((document) => JSON.stringify(document, null, indent)).join(' '), bytes),
        wanted,
      );
    }),
    { numRuns: 50 },
  );
});
