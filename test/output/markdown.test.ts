import t from 'tap';
import { codeBlock, codeSpan, escapeMarkdown, tableCode } from '../../src/output/markdown.ts';
import { HOSTILE, UNSHOWABLE } from '../helpers/hostile.ts';

t.test('escapes what means something', async (t) => {
  const rows: [text: string, escaped: string][] = [
    ['plain words, 3.5 %', 'plain words, 3.5 %'],
    ['<b> & |', '&lt;b&gt; &amp; \\|'],
    ['*a* _b_ `c`', '\\*a\\* \\_b\\_ \\`c\\`'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['[a](b)', '\\[a\\]\\(b\\)'],
  ];
  for (const [text, escaped] of rows) t.equal(escapeMarkdown(text), escaped, text);
});

t.test('a code span has more backticks round it than in it', async (t) => {
  t.equal(codeSpan('a'), '`a`');
  t.equal(codeSpan('a`b'), '``a`b``');
  t.equal(codeSpan('`a`'), '`` `a` ``');
  t.equal(tableCode('a|b'), '`a\\|b`');
});

t.test('a code block cannot be closed from inside', async (t) => {
  t.equal(codeBlock('a', 'text'), '```text\na\n```');
  t.equal(codeBlock('```\n# out', 'text'), '````text\n```\n# out\n````');
});

t.test('no text leaves a table cell, or shows as HTML', async (t) => {
  for (const [index, text] of HOSTILE.entries()) {
    const escaped = escapeMarkdown(text);
    t.notMatch(escaped, UNSHOWABLE, `payload ${index}`);
    t.notMatch(escaped, /(?<!\\)\||[<>\n]/, 'no cell, no tag, one line');
    t.notMatch(tableCode(text), /(?<!\\)\||\n/, 'nor as code');
    const fence = /^`+/.exec(codeBlock(text, 'text'))?.[0] ?? '';
    t.equal(codeBlock(text, 'text').split(fence).length, 3, 'one block');
  }
});
