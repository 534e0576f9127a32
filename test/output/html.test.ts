import t from 'tap';
import { formatHtml, html } from '../../src/output/html.ts';
import { HOSTILE, UNSHOWABLE } from '../helpers/hostile.ts';

t.test('escapes text, takes markup of its own as it is', async (t) => {
  t.equal(formatHtml(html`<p>${'<b>'}</p>`), '<p>&lt;b&gt;</p>');
  t.equal(
    formatHtml(html`<ul>${['a', 'b'].map((item) => html`<li>${item}</li>`)}</ul>`),
    '<ul><li>a</li><li>b</li></ul>',
  );
  t.equal(formatHtml(html`<p>${null}${3}${html`<br>`}</p>`), '<p>3<br></p>');
});

t.test('no text becomes markup or leaves an attribute', async (t) => {
  for (const [index, text] of HOSTILE.entries()) {
    const page = formatHtml(html`<p title="${text}">${text}</p>`);
    t.notMatch(page, UNSHOWABLE, `payload ${index}`);
    t.match(page, /^<p title="[^"<>]*">[^<>]*<\/p>$/, 'one element with one attribute');
  }
});

t.test('an object that looks like markup is none to the compiler', async (t) => {
  // @ts-expect-error Only `html` makes markup.
  t.ok(html`${{ markup: '<b>' }}`);
});
