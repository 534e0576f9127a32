/** Texts that somebody could write into a log line to have them run, hidden or misread. Every output test uses all of them. */

/** Control sequences and characters that a terminal acts on. */
const TERMINAL = [
  '\u001b[31mred\u001b[0m',
  '\u001b[2J\u001b[1;1H',
  '\u001b]0;title\u0007',
  '\u001b]8;;http://evil.example\u0007click\u001b]8;;\u0007',
  '\u001b]52;c;ZXZpbA==\u0007',
  '\u001bPdevice control\u001b\\',
  '\u001b_application command\u001b\\',
  '\u009b31mC1',
  'over\rwritten',
  'back\b\b\bspace',
  'delete\u007f',
  'bell\u0007',
  'nul\u0000tail',
  'next\u0085line',
  'forged\n2020-07-23 INFO all is well',
];

/** Characters that reorder or hide others. */
const INVISIBLE = [
  '\u202egnp.exe',
  '\u2066isolated\u2069',
  'zero\u200bwidth',
  'joiner\u200d',
  'soft\u00adhyphen',
  'bom\ufeff',
  'mark\u200e\u061c',
  'filler\u3164\u115f\uffa0',
  'grapheme\u034fjoiner',
  'tag\u{e0041}\u{e007f}',
  'separator\u2028\u2029',
  'lone \ud800 surrogate',
];

/** Texts that a spreadsheet takes for a formula. */
export const FORMULAS = [
  '=1+1',
  '+1',
  '-1+1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '\n=1',
  ' =1',
  '  +1',
  '\u0000=1',
  '\uff1d1',
  '\uff20SUM',
  '\u200b=1',
  "=cmd|' /C calc'!A0",
  '-2+3+cmd|" /C calc"!A0',
];

/** Markup, for HTML, Markdown and templates. */
const MARKUP = [
  '<script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '" onmouseover="alert(1)',
  "' onmouseover='alert(1)",
  '</code></pre><svg onload=alert(1)>',
  '&lt;script&gt;',
  'javascript:alert(1)',
  '{{7*7}}',
  '\u0024{7*7}',
  '[click](javascript:alert(1))',
  '![x](http://evil.example/x.png)',
  '| a | b |',
  '``` \n# heading',
  '`code`',
  '# heading',
  '- item',
  '1. item',
  '<!-- comment -->',
];

/** Texts for SQL, paths and shells. */
const OTHER = [
  "' OR 1=1--",
  '"; DROP TABLE lines;',
  '../../etc/passwd',
  '$(touch x)',
  '`touch x`',
  '%s%n',
  '__proto__',
];

export const HOSTILE: readonly string[] = [...TERMINAL, ...INVISIBLE, ...FORMULAS, ...MARKUP, ...OTHER];

/** What must not be in anything that is shown: controls but `\n`, and characters that reorder or hide others. */
export const UNSHOWABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]|\u034f/u;
