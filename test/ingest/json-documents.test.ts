import fc from 'fast-check';
import t from 'tap';
import { DocumentError, documentLines } from '../../src/ingest/json-documents.ts';

/** The documents of a text that arrives in pieces of so many bytes, and the error after them. */
async function read(text: string, bytes: number): Promise<{ documents: string[]; error: unknown }> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const all = Buffer.from(text);
    for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
  }
  let lines = '';
  let error: unknown = null;
  try {
    for await (const chunk of documentLines(pieces())) lines += Buffer.from(chunk).toString();
  } catch (caught) {
    error = caught;
  }
  return { documents: lines.split('\n').slice(0, -1), error };
}

t.test('gives documents as they are, without the white space between their tokens', async (t) => {
  const rows: [body: string, documents: string[]][] = [
    ['', []],
    ['[]', []],
    ['{"a":1}', ['{"a":1}']],
    ['[{"a":1},{"b":[1,{"c":2}]}]', ['{"a":1}', '{"b":[1,{"c":2}]}']],
    ['{"a": 1}\n{"b": "x y\\" }"}', ['{"a":1}', '{"b":"x y\\" }"}']],
    ['\u001e{"a":1}\n\u001e{"b":2}\n', ['{"a":1}', '{"b":2}']],
    ['\ufeff[{"a":1}]', ['{"a":1}']],
    ['[{"n":9007199254740993,"n":1.0,"__proto__":{}}]', ['{"n":9007199254740993,"n":1.0,"__proto__":{}}']],
  ];
  for (const [body, documents] of rows) {
    for (const bytes of [1, 3, 1_000])
      t.strictSame(await read(body, bytes), { documents, error: null }, `${body} in pieces of ${bytes}`);
  }
});

t.test('any list of objects comes out as it went in', async (t) => {
  const documents = fc.array(fc.dictionary(fc.string(), fc.jsonValue()));
  await fc.assert(
    fc.asyncProperty(documents, fc.nat(4), fc.integer({ min: 1, max: 7 }), async (list, indent, bytes) => {
      const wanted = { documents: list.map((document) => JSON.stringify(document)), error: null };
      t.strictSame(await read(JSON.stringify(list, null, indent), bytes), wanted);
      const inTurn = list.map((document) => JSON.stringify(document, null, indent)).join(' ');
      t.strictSame(await read(inTurn, bytes), wanted);
    }),
    { numRuns: 50 },
  );
});

t.test('what breaks the order of documents is told by its byte, after all documents before it', async (t) => {
  const rows: [text: string, documents: string[], message: string][] = [
    [
      '[{"a":1},{"b":2} {"c":3}]',
      ['{"a":1}', '{"b":2}'],
      'at byte 17: a comma is missing between two objects',
    ],
    ['[{"a":1},{"b":', ['{"a":1}'], 'at byte 14: it ends inside an object'],
    ['[{"a":1},', ['{"a":1}'], 'at byte 9: it ends inside the array'],
    ['[{"a":1}] x', ['{"a":1}'], 'at byte 10: something follows the end of the array'],
    ['{"a":1} x', ['{"a":1}'], 'at byte 8: expected an object'],
    ['{"a":1}{"a":"\n"}', ['{"a":1}'], 'at byte 13: a string has a raw newline in it'],
  ];
  for (const [text, documents, message] of rows) {
    for (const bytes of [1, 3, 1_000]) {
      const found = await read(text, bytes);
      t.strictSame(found.documents, documents, `${text} in pieces of ${bytes}`);
      t.ok(found.error instanceof DocumentError);
      t.match(found.error, { message });
    }
  }
});
