import t from 'tap';
import { createLineBatch } from '../../src/cli/line-batch.ts';
import { LINE_BYTES_MAX } from '../../src/domain/limits.ts';

const take = (lines: string[], bodyBytes: number, bodyBytesMax = 1_000) => {
  const batch = createLineBatch(bodyBytes, bodyBytesMax);
  const bodies: string[] = [];
  for (const line of lines) {
    batch.add(Buffer.from(line));
    for (let full = batch.takeFull(); full !== null; full = batch.takeFull())
      bodies.push(full.body.toString());
  }
  const rest = batch.take();
  return rest === null ? bodies : [...bodies, rest.body.toString()];
};

t.test('cuts at lines once a body is full', async (t) => {
  t.strictSame(take(['aaa', 'bbb', 'ccc'], 6), ['aaa\nbbb\n', 'ccc\n']);
  t.strictSame(take([], 6), []);
});

t.test('keeps the pieces of a split line together', async (t) => {
  const first = '2024-03-05T09:10:00.1Z stdout P [2024-03-05T09:10:00.100Z] "- - -"';
  const last = '2024-03-05T09:10:00.1Z stdout F  0 - rest';
  t.strictSame(take(['a', first, last, 'b'], 20), [`a\n${first}\n${last}\n`, 'b\n']);
});

t.test('keeps an object that is printed over several lines together', async (t) => {
  t.strictSame(take(['{', '  "a": 1', '}', '{', '}'], 2), ['{\n  "a": 1\n}\n', '{\n}\n']);
});

t.test('cuts all the same when a record never ends', async (t) => {
  t.strictSame(take(['{', ' a', ' b', ' c', ' d'], 2, 8), ['{\n a\n b\n', ' c\n d\n']);
});

t.test('says how many lines a body has', async (t) => {
  const batch = createLineBatch();
  t.ok(batch.isEmpty());
  for (const line of ['a', 'b', 'c']) batch.add(Buffer.from(line));
  t.notOk(batch.isEmpty());
  t.equal(batch.take()?.lines, 3);
  t.ok(batch.isEmpty());
});

t.test('a line beyond the limit stays beyond it', async (t) => {
  const batch = createLineBatch();
  batch.addTooLong(Buffer.from('beginning'));
  const body = batch.take()?.body ?? Buffer.alloc(0);
  t.equal(body.length, LINE_BYTES_MAX + 2);
  t.match(body.toString('utf8', 0, 9), 'beginning');
});
