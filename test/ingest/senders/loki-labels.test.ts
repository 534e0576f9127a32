import fc from 'fast-check';
import t from 'tap';
import { parseLabels } from '../../../src/ingest/senders/loki-labels.ts';
import { SenderError } from '../../../src/ingest/senders/sender-error.ts';

t.test('reads labels as Go and people write them', async (t) => {
  const rows: [text: string, labels: Record<string, string>][] = [
    ['{}', {}],
    [' { } ', {}],
    ['{a="b"}', { a: 'b' }],
    ['{a="b",c="d"}', { a: 'b', c: 'd' }],
    ['{ a = "b" , c_1 = `d"\\` }', { a: 'b', c_1: 'd"\\' }],
    ['{a="\\"\\\\\\n\\x41\\u00e4\\U0001F600\\101"}', { a: '"\\\nAä😀A' }],
    ['{a="}, pod=\\"x\\""}', { a: '}, pod="x"' }],
    ['{a=""}', { a: '' }],
  ];
  for (const [text, labels] of rows) t.strictSame(Object.fromEntries(parseLabels(text)), labels, text);
});

t.test('refuses what are no labels', async (t) => {
  for (const text of [
    '',
    'a="b"',
    '{a="b"',
    '{a=b}',
    '{a="b" c="d"}',
    '{="b"}',
    '{1a="b"}',
    '{a="b"}x',
    '{,}',
    '{a="b\\"}',
  ])
    t.throws(() => parseLabels(text), SenderError, text);
});

t.test('what Go prints is read again, whatever it is', async (t) => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9_]{0,10}$/), fc.string()), (labels) => {
      const text = `{${Object.entries(labels)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(', ')}}`;
      return [...parseLabels(text)].every(([name, value]) => labels[name] === value);
    }),
  );
  t.pass('100 sets of labels');
});

t.test('takes time in proportion to the length', async (t) => {
  const started = performance.now();
  for (const text of [`{${'a="b",'.repeat(10_000)}`, `{a="${'\\'.repeat(60_000)}`, `{${' '.repeat(60_000)}`])
    t.throws(() => parseLabels(text), SenderError);
  t.ok(performance.now() - started < 2_000, 'no backtracking without end');
});
