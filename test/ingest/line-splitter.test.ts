// Promises: B4, C1, L1 (docs/reliability.md).
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { LINE_BYTES_MAX, REJECT_TEXT_MAX } from '../../src/domain/limits.ts';
import { createBlockSplitter, createLineSplitter, takeLine } from '../../src/ingest/line-splitter.ts';

/** What a splitter gave out: lines as [text, utf8], lines too long by their beginning. */
type Given = ReadonlyArray<readonly [text: string, utf8: boolean] | readonly [tooLong: string]>;

const MEBIBYTE = 1_048_576;

function split(chunks: readonly Uint8Array[], lineBytesMax = LINE_BYTES_MAX): Given {
  const given: Array<Given[number]> = [];
  const splitter = createLineSplitter(
    { line: (text, utf8) => given.push([text, utf8]), tooLong: (beginning) => given.push([beginning]) },
    lineBytesMax,
  );
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return given;
}

/** The bytes cut at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, i) => bytes.subarray(from, sorted[i] ?? bytes.length));
}

const lines = (texts: readonly string[]): Given => texts.map((text) => [text, true]);
const places = fc.array(fc.nat(), { maxLength: 12 });
/** Bytes with many line ends among them, and pieces of characters. */
const bytes = fc
  .array(
    fc.constantFrom(
      'a',
      'bc',
      '\n',
      '\r\n',
      '\r',
      '\0',
      'é',
      '\u{1f600}',
      Buffer.from([0xc3]),
      Buffer.from([0xff]),
    ),
    {
      maxLength: 60,
    },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as string))));

t.test('gives each line without its ending', async (t) => {
  const rows: [bytes: string, lines: string[]][] = [
    ['', []],
    ['a\nb\n', ['a', 'b']],
    ['a\nb', ['a', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a\r', ['a']],
    ['\n\n', ['', '']],
    ['\r\n', ['']],
    ['a\r\r\n', ['a\r']],
    ['a\rb\n', ['a\rb']],
    [' a \n\tb', [' a ', '\tb']],
    ['a\0b\n\0\n', ['a\0b', '\0']],
    ['é\u{1f600}\n', ['é\u{1f600}']],
    ['\u2028a\u0085\n', ['\u2028a\u0085']],
  ];
  for (const [text, expected] of rows)
    t.strictSame(split([Buffer.from(text)]), lines(expected), encodeURIComponent(text));
});

t.test('reads a line that is no UTF-8 as one character a byte, and the next as usual', async (t) => {
  const input = Buffer.concat([
    Buffer.from('é\n'),
    Buffer.from([0x61, 0xff, 0xe9, 0x0a]),
    Buffer.from('é\n'),
  ]);
  t.strictSame(split([input]), [
    ['é', true],
    ['a\u00ff\u00e9', false],
    ['é', true],
  ]);
  t.strictSame(split([Buffer.from([0xc3]), Buffer.from([0x0a])]), [['\u00c3', false]]);
});

t.test('chunks cut anywhere give the same lines as one chunk', async (t) => {
  fc.assert(
    fc.property(bytes, places, (bytes, places) => {
      return isDeepStrictEqual(split(cut(bytes, places)), split([bytes]));
    }),
    { numRuns: 500 },
  );
  t.pass('held');
});

t.test('the lines put together again are the input', async (t) => {
  fc.assert(
    fc.property(bytes, places, (bytes, places) => {
      const given: Buffer[] = [];
      const line = (block: Buffer, from: number, to: number) =>
        given.push(Buffer.from(block.subarray(from, to)));
      const sink = { line, tooLong: () => given.push(Buffer.from('too long')) };
      const block = (block: Buffer, from: number, to: number) => {
        for (let at = from; at < to; ) at = takeLine(block, at, to, sink);
      };
      const splitter = createBlockSplitter({ block, tooLong: sink.tooLong });
      for (const chunk of cut(bytes, places)) splitter.push(chunk);
      splitter.end();
      const expected = bytes.toString('latin1').split('\n');
      if (expected.at(-1) === '') expected.pop();
      return isDeepStrictEqual(
        given.map((line) => line.toString('latin1')),
        expected.map((line) => line.replace(/\r$/, '')),
      );
    }),
    { numRuns: 300 },
  );
  t.pass('held');
});

t.test('a chunk may be filled anew by its owner', async (t) => {
  const given: string[] = [];
  const splitter = createLineSplitter({ line: (text) => given.push(text), tooLong: () => {} });
  const chunk = Buffer.alloc(4);
  for (const text of ['abcd', 'ef\ng', 'hi\nj']) {
    chunk.write(text);
    splitter.push(chunk);
  }
  splitter.end();
  t.strictSame(given, ['abcdef', 'ghi', 'j']);
});

t.test('a line of the limit is read, a longer one is not, and the next one is', async (t) => {
  const full = 'x'.repeat(LINE_BYTES_MAX);
  for (const size of [LINE_BYTES_MAX + 8, 65_536, 1_000_003]) {
    const whole = Buffer.from(`${full}\n${full}y\n${full}${full}${full}\nnext\n${full}y`);
    const places = Array.from({ length: Math.floor(whole.length / size) }, (_, i) => (i + 1) * size);
    const cutText = 'x'.repeat(REJECT_TEXT_MAX);
    t.strictSame(
      split(cut(whole, places)),
      [[full, true], [cutText], [cutText], ['next', true], [cutText]],
      `${size} bytes a chunk`,
    );
  }
});

t.test('chunks cut anywhere find the same lines too long', async (t) => {
  const text = fc
    .array(fc.constantFrom('abc', 'd', '\n', 'é'), { maxLength: 60 })
    .map((parts) => parts.join(''));
  const fates = (given: Given) => given.map((one) => (one.length === 1 ? null : one[0]));
  fc.assert(
    fc.property(text, places, fc.integer({ min: 1, max: 9 }), (text, places, max) => {
      const whole = Buffer.from(text);
      const expected = text.split('\n').map((line) => (Buffer.byteLength(line) > max ? null : line));
      if (text === '' || text.endsWith('\n')) expected.pop();
      return [[whole], cut(whole, places)].every((chunks) =>
        isDeepStrictEqual(fates(split(chunks, max)), expected),
      );
    }),
    { numRuns: 500 },
  );
  t.pass('held');
});

t.test('the carriage return before a newline does not count, wherever the chunks are cut', async (t) => {
  const input = Buffer.from('12345678\r\nnext\r\n');
  const expected = lines(['12345678', 'next']);
  t.strictSame(split([input], 8), expected, 'in one chunk');
  for (let place = 1; place < input.length; place++)
    t.strictSame(split(cut(input, [place]), 8), expected, `cut at ${place}`);
});

t.test('a line without end takes no memory', async (t) => {
  const chunk = Buffer.alloc(MEBIBYTE, 'x');
  const given: number[] = [];
  const splitter = createLineSplitter({
    line: (text) => given.push(text.length),
    tooLong: (beginning) => given.push(-beginning.length),
  });
  splitter.push(chunk);
  const before = process.memoryUsage().rss;
  let most = 0;
  for (let i = 1; i < 300; i++) {
    splitter.push(chunk);
    most = Math.max(most, process.memoryUsage().rss - before);
  }
  splitter.push(Buffer.from('x\nnext\n'));
  splitter.end();
  t.strictSame(given, [-REJECT_TEXT_MAX, 4]);
  t.ok(most < 64 * MEBIBYTE, `${most} bytes more than before`);
});

t.test('a line without end in many small chunks takes no memory either', async (t) => {
  const chunk = Buffer.alloc(1_024, 'x');
  let tooLong = 0;
  const splitter = createBlockSplitter({ block: () => t.fail('there is no line'), tooLong: () => tooLong++ });
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 100_000; i++) splitter.push(chunk);
  splitter.end();
  t.equal(tooLong, 1);
  const more = process.memoryUsage().rss - before;
  t.ok(more < 64 * MEBIBYTE, `${more} bytes more than before`);
});
