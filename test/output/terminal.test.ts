// Promises: D3 (docs/reliability.md).
import fc from 'fast-check';
import t from 'tap';
import { escapeLines, escapeText, formatJson } from '../../src/output/terminal.ts';
import { HOSTILE, UNSHOWABLE } from '../helpers/hostile.ts';

t.test('escapes what a terminal acts on or hides', async (t) => {
  const rows: [text: string, escaped: string][] = [
    ['plain', 'plain'],
    ['outbound|5701||db.ns.svc', 'outbound|5701||db.ns.svc'],
    ['\u001b[31m', '\\u001b[31m'],
    ['a\nb', 'a\\u000ab'],
    ['a\r\b\u007f', 'a\\u000d\\u0008\\u007f'],
    ['\u009b', '\\u009b'],
    ['\u202e', '\\u202e'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['\ud800', '\\ud800'],
    ['grün 网格 🚦', 'grün 网格 🚦'],
  ];
  for (const [text, escaped] of rows) t.equal(escapeText(text), escaped, escaped);
});

t.test('no text leaves anything unsafe, and escaping twice changes nothing', async (t) => {
  const check = (text: string): void => {
    const escaped = escapeText(text);
    if (UNSHOWABLE.test(escaped) || escaped.includes('\n'))
      throw new Error(`unsafe: ${JSON.stringify(escaped)}`);
    if (escapeText(escaped) !== escaped) throw new Error(`not idempotent: ${JSON.stringify(text)}`);
  };
  for (const [index, text] of HOSTILE.entries()) t.doesNotThrow(() => check(text), `payload ${index}`);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), check));
});

t.test('keeps newlines where lines are wanted', async (t) => {
  t.equal(escapeLines('a\n\u001bb\n'), 'a\n\\u001bb\n');
});

t.test('JSON is safe and means the same', async (t) => {
  for (const [index, text] of HOSTILE.entries()) {
    const json = formatJson({ text }, 2);
    t.notMatch(json, UNSHOWABLE, `payload ${index}`);
    t.equal(JSON.parse(json).text, text, 'and reads back');
  }
});
