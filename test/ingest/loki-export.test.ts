/** Files with what a query to Loki answered. */
import fc from 'fast-check';
import t from 'tap';
import { LINE_BYTES_MAX } from '../../src/domain/limits.ts';
import { DocumentError } from '../../src/ingest/json-documents.ts';
import { beginsLokiExport, lokiExportLines, mayBeginLokiExport } from '../../src/ingest/loki-export.ts';

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The records of a document, and what was wrong with it, if anything. */
async function read(
  text: string | Uint8Array,
  size = 1_000,
): Promise<[records: unknown[], error: string | null]> {
  const records: unknown[] = [];
  try {
    for await (const line of lokiExportLines(chunksOf(Buffer.from(text), size)))
      records.push(JSON.parse(Buffer.from(line).toString()));
    return [records, null];
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return [records, error.message];
  }
}

interface Stream {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: readonly (readonly unknown[])[];
}

const answer = (result: readonly Stream[], indent?: number): string =>
  JSON.stringify(
    { status: 'success', data: { resultType: 'streams', result, stats: { summary: { n: [1, null] } } } },
    null,
    indent,
  );

const recordsOf = (streams: readonly Stream[]) =>
  streams.flatMap(({ stream, values }) =>
    values.map(([timestamp, line]) => ({ labels: { ...stream }, timestamp, line })),
  );

const STREAMS: readonly Stream[] = [
  {
    stream: { pod: 'web-0', namespace: 'shop' },
    values: [
      ['1', 'a "quoted" [line]'],
      ['2', 'b\n\u{1f600}', { trace_id: 'x' }],
    ],
  },
  { stream: {}, values: [] },
  { stream: { pod: 'db-0' }, values: [['3', '']] },
];

t.test('knows its beginning, and while it cannot know', async (t) => {
  for (const text of [
    answer(STREAMS),
    answer(STREAMS, 2),
    `\ufeff ${answer([])}`,
    '{"streams":[{"stream":{}}]}',
    '{"data":{"result":[]}}',
  ])
    t.ok(beginsLokiExport(Buffer.from(text)), text.slice(0, 40));
  for (const text of [
    '{"start_time":"2024"}',
    '{"status":"success"}',
    '{"streams":[]}',
    '[{"stream":{}}]',
    '[2024-03-05T09:00:00Z]',
    '',
  ]) {
    t.notOk(beginsLokiExport(Buffer.from(text)), text);
  }
  for (const head of ['', ' {', '{\n  "status', '{"data":{"res'])
    t.ok(mayBeginLokiExport(Buffer.from(head)), head);
  for (const head of ['{"start', '{"duration":1', '{}', '[', 'a', answer(STREAMS)])
    t.notOk(mayBeginLokiExport(Buffer.from(head)), head);
});

t.test('gives each line with the labels of its stream, wherever it is cut', async (t) => {
  const text = answer(STREAMS, 1);
  for (let size = 1; size < 40; size++)
    t.strictSame(await read(text, size), [recordsOf(STREAMS), null], `${size}`);
  t.strictSame(
    await read(JSON.stringify({ streams: STREAMS })),
    [recordsOf(STREAMS), null],
    'as it is pushed',
  );
  t.strictSame(await read(answer([])), [[], null]);
});

const anyText = fc.string({ unit: 'grapheme', maxLength: 30 });
const anyStream = fc.record({
  stream: fc.dictionary(
    anyText.filter((name) => name !== '__proto__'),
    anyText,
    { maxKeys: 4 },
  ),
  values: fc.array(fc.tuple(fc.stringMatching(/^\d{1,19}$/), anyText), { maxLength: 6 }),
});

t.test('any streams come out as a parser of whole documents reads them', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStream, { maxLength: 4 }),
      fc.integer({ min: 1, max: 200 }),
      async (streams, size) => {
        t.strictSame(await read(answer(streams), size), [recordsOf(streams), null]);
      },
    ),
    { numRuns: 300 },
  );
});

t.test('what breaks off is told, after every line before it', async (t) => {
  const text = answer(STREAMS);
  const all = recordsOf(STREAMS);
  for (let length = 0; length < text.length; length++) {
    const [records, error] = await read(text.slice(0, length));
    t.ok(error !== null, `${length}`);
    const whole = ['a \\"quoted\\" [line]"]', '{"trace_id":"x"}]', '["3",""]'].filter((end) =>
      text.slice(0, length).includes(end),
    );
    t.strictSame(records, all.slice(0, whole.length), `${length}`);
  }
});

t.test('refuses what holds no lines, and what is too much', async (t) => {
  const rows: [text: string | Uint8Array, said: RegExp][] = [
    [
      answer(STREAMS).replace('"streams"', '"matrix"'),
      /holds numbers and no lines: its resultType is "matrix"/,
    ],
    [`${answer(STREAMS)} x`, /it is not JSON/],
    ['{"data":{"result":[{"values":[["1","x"]],"stream":{}}]}}', /values before its labels/],
    ['{"data":{"result":[{"stream":{},"values":[["1",2]]}]}}', /an entry has no line/],
    ['{"data":{"result":[{"stream":{},"values":[{}]}]}}', /an entry has no line/],
    [`{"data":{"result":${'['.repeat(100_000)}`, /nests deeper than 64 levels/],
    [
      `{"data":{"result":[{"stream":{${'"a":"b",'.repeat(1)}"x":"${'y'.repeat(70_000)}"}`,
      /more than 65536 characters/,
    ],
    [Buffer.concat([Buffer.from('{"data":{"result":["'), Buffer.of(0xff, 0xfe)]), /it is not UTF-8/],
  ];
  for (const [text, said] of rows) t.match((await read(text))[1], said);
});

t.test('a line without end takes no memory, and is too long for whoever reads lines', async (t) => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"data":{"result":[{"stream":{},"values":[["1","');
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    for (let n = 0; n < 64; n++) yield chunk;
    yield Buffer.from('"],["2","next"]]}]}}');
  }
  const lengths: number[] = [];
  for await (const line of lokiExportLines(endless())) lengths.push(line.length);
  t.equal(lengths.length, 2);
  t.ok((lengths[0] ?? 0) > LINE_BYTES_MAX && (lengths[0] ?? 0) < 2 * LINE_BYTES_MAX, `${lengths[0]}`);
});

t.test('any change to a document is read or refused', async (t) => {
  const bytes = Buffer.from(answer(STREAMS));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 300 }),
      async (changes, size) => {
        const changed = Buffer.from(bytes);
        for (const [at, byte] of changes) changed[at] = byte;
        // Throws what is no error of ours.
        await read(changed, size);
      },
    ),
    { numRuns: 2_000 },
  );
  t.pass('2,000 documents');
});
