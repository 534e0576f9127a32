// Promises: D11 (docs/reliability.md).
/** The web page and its files: who gets them, how they are packed and kept, what they may do. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { loadPage } from '../../../src/http/page-files.ts';
import { PAGE_POLICY } from '../../../src/http/routes/page.ts';
import { createApp } from '../../helpers/app.ts';

const HTML = '<!doctype html><title>Page</title>';
const DOCS = '<!doctype html><title>API</title>';
const SCRIPT = 'export const answer = 42;\n'.repeat(100);

async function createPageApp(t: Test) {
  const directory = t.testdir({});
  const assets = join(directory, 'assets');
  mkdirSync(assets);
  writeFileSync(join(directory, 'index.html'), HTML);
  writeFileSync(join(directory, 'docs.html'), DOCS);
  writeFileSync(join(assets, 'main-ABC.js'), SCRIPT);
  writeFileSync(join(assets, 'main-ABC.js.gz'), gzipSync(SCRIPT));
  writeFileSync(join(assets, 'notes.secret'), 'not served');
  return createApp(t, { deps: { page: loadPage(pathToFileURL(`${directory}/`)) } });
}

t.test('whoever asks for HTML gets the page, everybody else what Elasticsearch says', async (t) => {
  const { app } = await createPageApp(t);
  const rows: [accept: string | undefined, isPage: boolean][] = [
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
    ['application/xml, text/html;q=0.9', true],
    ['TEXT/HTML', true],
    ['application/xhtml+xml', true],
    [undefined, false],
    ['*/*', false],
    ['application/json', false],
    ['application/vnd.elasticsearch+json;compatible-with=8', false],
    ['text/htmlx', false],
    ['x/y;text/html', false],
  ];
  for (const [accept, isPage] of rows) {
    const response = await app.inject({ url: '/', headers: accept === undefined ? {} : { accept } });
    t.equal(response.statusCode, 200);
    t.equal(String(response.headers['content-type']).startsWith('text/html'), isPage, accept ?? 'none');
    t.match(response.headers.vary, 'Accept');
    if (isPage) {
      t.equal(response.body, HTML);
      t.equal(response.headers['content-security-policy'], PAGE_POLICY);
      t.equal(response.headers['cache-control'], 'no-store');
    } else {
      t.match(response.json(), { version: { number: String } });
      t.equal(response.headers['x-elastic-product'], 'Elasticsearch');
      t.match(response.headers['content-security-policy'], "default-src 'none';frame-ancestors");
    }
  }
});

t.test('the page of the API is under the same policy', async (t) => {
  const { app } = await createPageApp(t);
  const response = await app.inject('/docs');
  t.equal(response.body, DOCS);
  t.match(response.headers['content-type'], 'text/html');
  t.equal(response.headers['content-security-policy'], PAGE_POLICY);
  const { app: other } = await createApp(t);
  t.match((await other.inject('/docs')).json(), { code: 'not_found', remedy: /npm run build/ });
});

t.test('the policy lets nothing in that is inline or from elsewhere', async (t) => {
  t.match(PAGE_POLICY, "default-src 'none'");
  t.match(PAGE_POLICY, "frame-ancestors 'none'");
  t.match(PAGE_POLICY, "require-trusted-types-for 'script'");
  t.notMatch(PAGE_POLICY, /unsafe|https?:|data:|blob:|\*/);
});

t.test('files are kept for long, and packed for those who can unpack', async (t) => {
  const { app } = await createPageApp(t);
  const get = (encoding: string | undefined) =>
    app.inject({
      url: '/assets/main-ABC.js',
      headers: encoding === undefined ? {} : { 'accept-encoding': encoding },
    });
  for (const encoding of [undefined, 'br', 'gzip;q=0', 'gzip; q=0.0', 'x-gzip2']) {
    const response = await get(encoding);
    t.equal(response.body, SCRIPT, encoding ?? 'none');
    t.notOk('content-encoding' in response.headers, encoding ?? 'none');
  }
  for (const encoding of ['gzip', 'gzip, deflate, br', 'br;q=1.0, GZIP;q=0.5']) {
    const response = await get(encoding);
    t.equal(response.headers['content-encoding'], 'gzip', encoding);
    t.equal(gunzipSync(response.rawPayload).toString(), SCRIPT);
    t.equal(response.headers['cache-control'], 'public, max-age=31536000, immutable');
    t.match(response.headers['content-type'], 'text/javascript');
    t.match(response.headers.vary, 'Accept-Encoding');
    t.equal(response.headers['x-content-type-options'], 'nosniff');
  }
});

t.test('there are no other files', async (t) => {
  const { app } = await createPageApp(t);
  for (const name of [
    'x.js',
    'notes.secret',
    'main-ABC.js.gz',
    '..%2findex.html',
    '..%5c',
    '%00',
    'assets',
  ]) {
    const response = await app.inject(`/assets/${name}`);
    t.ok(response.statusCode === 404 || response.statusCode === 400, name);
    t.equal(response.headers['cache-control'], 'no-store', 'an error is not kept');
  }
});

t.test('where the page was not built, that is said', async (t) => {
  t.equal(loadPage(pathToFileURL(`${t.testdir({ 'page.html': HTML })}/`)), null);
  const { app } = await createApp(t);
  const response = await app.inject({ url: '/', headers: { accept: 'text/html' } });
  t.match(response.json(), { status: 404, remedy: /npm run build/ });
  t.equal((await app.inject('/')).statusCode, 200, 'clients of Elasticsearch do not mind');
});

t.test('a link from elsewhere may lead to the page, and to nothing else', async (t) => {
  const { app } = await createPageApp(t);
  const visit = { accept: 'text/html', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  const statusOf = async (url: string, headers: Record<string, string>, method: 'GET' | 'POST' = 'GET') =>
    (await app.inject({ url, headers: { ...visit, ...headers }, method })).statusCode;
  t.equal(await statusOf('/', { 'sec-fetch-dest': 'document' }), 200);
  t.equal(await statusOf('/docs', { 'sec-fetch-dest': 'document' }), 200);
  t.equal(await statusOf('/', { 'sec-fetch-dest': 'iframe' }), 403, 'not into a frame');
  t.equal(await statusOf('/', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }), 403);
  t.equal(await statusOf('/api/v1/incidents', { 'sec-fetch-dest': 'document' }), 403);
  t.equal(await statusOf('/api/v1/ingest', { 'sec-fetch-dest': 'document' }, 'POST'), 403);
  t.equal(await statusOf('/', { 'sec-fetch-dest': 'document', host: 'evil.example' }), 421);
});
