import t from 'tap';
import { arrayLines, beginsArray, mayBeginArray } from '../../src/cli/json-array.ts';

async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size: number): Promise<string> {
  let read = '';
  for await (const piece of arrayLines('export.json', chunksOf(text, size)))
    read += Buffer.from(piece).toString();
  return read;
}

t.test('knows the beginning of an array of records from that of a log line', async (t) => {
  for (const array of ['[{"a":1}]', ' [\n  {"a"', '\u{feff}[ {'])
    t.ok(beginsArray(Buffer.from(array)), array);
  for (const line of ['[2020-07-23T14:26:27.081Z] "- - -"', '{"a":[{}]}', '[pod/a/b] {"a":1}', '[]', '']) {
    t.notOk(beginsArray(Buffer.from(line)), line);
  }
});

t.test('knows while it cannot know', async (t) => {
  for (const head of ['', ' \n', '[', '\ufeff[\n  '])
    t.ok(mayBeginArray(Buffer.from(head)), JSON.stringify(head));
  for (const head of ['[{', '[2', 'a', ' {', ' '.repeat(1_024)])
    t.notOk(mayBeginArray(Buffer.from(head)), head);
});

t.test('gives one record a line wherever the chunks are cut', async (t) => {
  const records = Array.from({ length: 50 }, (_, i) => ({
    log: `line ${i} "é\\ \n`,
    n: [i, null],
    deep: { a: true },
  }));
  const expected = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  for (const size of [1, 7, 100_000]) t.equal(await read(JSON.stringify(records, null, 2), size), expected);
});

t.test('an array that breaks off is an error that names the input', async (t) => {
  await t.rejects(read('[{"a":1},{"a":2},{"a"', 5), { code: 'bad_body', message: /"export.json"/ });
  await t.rejects(read('[{"a":1} {"a":2}]', 5), { code: 'bad_body' });
  let before = '';
  const reading = (async () => {
    for await (const piece of arrayLines('x', chunksOf('[{"a":1},{"a":2},{"a"', 1_000)))
      before += Buffer.from(piece).toString();
  })();
  await t.rejects(reading, {
    message: 'cannot read the JSON array in "x" to its end: at byte 21: it ends inside',
  });
  t.equal(before, '{"a":1}\n{"a":2}\n', 'what came before it is there');
});
