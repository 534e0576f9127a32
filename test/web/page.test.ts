/** The web page in a real browser, against the real server: every view, link and filter; what it must never do. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { simulate } from '../../bench/simulator/simulate.ts';
import { barriers } from '../helpers/barriers.ts';
import { launch, NO_CHROMIUM, settled, until, watchedPage } from '../helpers/browser.ts';
import { ROOT } from '../helpers/cli.ts';
import { HOSTILE, UNSHOWABLE } from '../helpers/hostile.ts';
import { type Server, serve } from '../helpers/serve.ts';

const ARTICLE = readFileSync(join(ROOT, 'samples', 'incident-article.log'), 'utf8');

/** A server that holds these lines. */
async function serverWith(t: Test, text: string, type = 'text/plain'): Promise<Server> {
  const server = await serve(t, ['--db', join(t.testdir(), 'page.db')]);
  if (text !== '') await post(t, server.url, text, type);
  return server;
}

async function post(t: Test, url: string, body: string, type = 'text/plain'): Promise<void> {
  const response = await fetch(`${url}/api/v1/ingest`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  t.equal(response.status, 200, await response.clone().text());
}

const ID = '98b444af4e26c38a';
const VIEWS: readonly (readonly [fragment: string, heading: RegExp])[] = [
  ['#/', /No open incident/],
  [`#/incidents/${ID}`, /Port 5701: traffic from planner to planner is captured/],
  ['#/topology', /Topology/],
  ['#/topology?trouble=1', /Topology/],
  ['#/connections', /Connections/],
  ['#/explain', /Explain an address/],
  ['#/explain/10.36.1.9:5701', /Explain 10.36.1.9:5701/],
  ['#/destinations/10.36.1.9:5701', /10.36.1.9:5701/],
  ['#/workloads/planner', /planner/],
  ['#/anomalies', /Anomalies/],
  ['#/reports', /Reports/],
  ['#/nowhere', /nothing at this address/],
];

t.test('every view, wide and narrow, light and dark', { skip: NO_CHROMIUM }, async (t) => {
  const { url } = await serverWith(t, ARTICLE);
  const browser = await launch(t);
  for (const [width, scheme] of [
    [1440, 'light'],
    [390, 'dark'],
  ] as const) {
    const watched = await watchedPage(browser, { url, width, scheme });
    const { page } = watched;
    for (const [fragment, heading] of VIEWS) {
      const name = `${fragment} ${width} ${scheme}`;
      await watched.visit(fragment);
      t.match(await page.locator('h1').first().textContent(), heading, name);
      t.equal(await page.locator('.failure').count(), 0, `${name} has all it asked for`);
      t.strictSame(await barriers(page), [], `${name} can be used by everybody`);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      t.ok(Number(overflow) <= 0, `${name} is not wider than the screen`);
      t.strictSame(watched.faults(), [], `${name} does nothing that it must not`);
    }
    await page.context().close();
  }
});

t.test('every link leads somewhere', { skip: NO_CHROMIUM }, async (t) => {
  const { url } = await serverWith(t, ARTICLE);
  const watched = await watchedPage(await launch(t), { url });
  const links = new Set<string>();
  const calls = new Set<string>();
  for (const [fragment] of VIEWS) {
    await watched.visit(fragment);
    const hrefs = (await watched.page.evaluate(
      '[...document.querySelectorAll("a")].map((a) => a.getAttribute("href"))',
    )) as string[];
    for (const href of hrefs) (href.startsWith('/') ? calls : links).add(href);
  }
  // One of each kind of line is enough.
  const lines = [...links].filter((href) => /^#\/connections\/\w/.test(href));
  for (const href of lines.slice(2)) links.delete(href);
  links.delete('#main');
  t.ok(links.size > 25 && calls.size > 15, `${links.size} links, ${calls.size} calls`);
  for (const link of links) {
    await watched.visit(link);
    t.equal(await watched.page.locator('.failure').count(), 0, link);
    t.equal(await watched.page.locator('text=There is nothing at this address').count(), 0, link);
  }
  t.strictSame(watched.faults(), []);
  for (const call of calls) {
    const response = await fetch(`${url}${call}`);
    t.equal(response.status, 200, call);
    await response.body?.cancel();
  }
});

t.test(
  'an incident shows its way before and after, its proof and what mends it',
  { skip: NO_CHROMIUM },
  async (t) => {
    const { url } = await serverWith(t, ARTICLE);
    const watched = await watchedPage(await launch(t), { url });
    const { page } = watched;
    await watched.visit(`#/incidents/${ID}`);
    const ways = await page.locator('.way').allTextContents();
    t.equal(ways.length, 2);
    t.match(ways[0], /Before[\s\S]*passthrough[\s\S]*0 of 13 failed[\s\S]*PassthroughCluster/);
    t.match(
      ways[1],
      /After[\s\S]*captured[\s\S]*14 of 14 failed[\s\S]*0\.0\.0\.0:5701[\s\S]*grid-ext\.billing:5701[\s\S]*10\.0\.91\.7:5701/,
    );
    t.ok(
      (await page.locator('.lines mark.cluster').allTextContents()).every((text) =>
        text.includes('grid-ext'),
      ),
    );
    t.ok((await page.locator('.lines mark.flags').allTextContents()).includes('UF,URX'));
    t.match(await page.locator('.remedies pre').first().textContent(), 'kind: Service');
    t.equal(await page.locator('.plot canvas').count(), 1, 'a chart over time');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.locator('.remedies .copy').first().click();
    // Copying takes its time; the words on the button tell, but not for long.
    await until(page, 'navigator.clipboard.readText().then((text) => text.startsWith("apiVersion: v1\\n"))');
  },
);

t.test('whose traffic it was leads to a workload, where it is one', { skip: NO_CHROMIUM }, async (t) => {
  const whole = await serverWith(t, ARTICLE);
  const alone = await serve(t, ['--db', join(t.testdirName, 'alone.db')]);
  // Of the others nobody knows the pods then.
  const own = ARTICLE.split('\n').filter((line) => line.startsWith('planner-6c9f7d8b5d-zr4wn'));
  await post(t, alone.url, own.join('\n'));
  const browser = await launch(t);
  for (const [server, name, links] of [
    [whole, 'planner', 1],
    [alone, 'planner.harvest.svc.cluster.local', 0],
  ] as const) {
    const { items } = (await server.get('/api/v1/incidents')) as { items: { id: string }[] };
    const watched = await watchedPage(browser, { url: server.url });
    await watched.visit(`#/incidents/${items[0]?.id}`);
    const victims = watched.page.locator('[aria-labelledby=affected] h3', { hasText: 'Whose traffic' });
    t.equal(await victims.locator('+ ul').textContent(), name);
    t.equal(await victims.locator(`+ ul a[href="#/workloads/${name}"]`).count(), links, name);
    await watched.page.context().close();
  }
});

t.test('filters stand in the URL, and come from it', { skip: NO_CHROMIUM }, async (t) => {
  const { url } = await serverWith(t, ARTICLE);
  const watched = await watchedPage(await launch(t), { url });
  const { page } = watched;
  await watched.visit('#/connections');
  await page.locator('#filter-state').selectOption('captured');
  await until(page, 'location.hash === "#/connections?state=captured"');
  await page.locator('.status', { hasText: /^14 connections/ }).waitFor();
  await page.locator('#filter-destination').fill('10.36.1.9:5701, 10.36.0.14:5701');
  await page.keyboard.press('Enter');
  await until(page, 'location.hash.includes("destination=10.36.0.14")');
  await page.locator('.chip', { hasText: '10.36.0.14' }).first().waitFor();
  await settled(page);
  const dialled = await page.locator('.row:not(.head) .cell-to').allTextContents();
  t.ok(
    dialled.length > 2 && dialled.every((text) => /10\.36\.(1\.9|0\.14):5701/.test(text)),
    dialled.join(' '),
  );
  const chip = page.locator('.chip', { hasText: 'state: captured' });
  await chip.click();
  await until(page, '!location.hash.includes("state=")');
  await chip.waitFor({ state: 'detached' });
  await page.goBack();
  await until(page, 'location.hash.includes("state=captured")');
  await chip.waitFor();
  t.equal(await page.locator('#filter-state').inputValue(), 'captured', 'the way back works');
  await watched.visit('#/connections?port=nonsense');
  t.match(
    await page.locator('.failure').textContent(),
    /port[\s\S]*Try again/,
    'a mistake is told in the words of the API',
  );
  t.match(await watched.someFaults(), [/400/], 'which the browser tells, too');
});

t.test(
  'one line is opened with every field explained, beside that of the other end',
  { skip: NO_CHROMIUM },
  async (t) => {
    const { url } = await serverWith(t, ARTICLE);
    const watched = await watchedPage(await launch(t), { url });
    const { page } = watched;
    await watched.visit('#/connections?direction=outbound&state=passthrough');
    await page.locator('.row:not(.head) a').first().click();
    await until(page, 'location.hash.startsWith("#/connections/")');
    await page.locator('main', { hasText: 'Both ends are known' }).waitFor();
    await settled(page);
    const text = await page.locator('main').textContent();
    for (const expected of [
      'Both ends are known',
      'Client’s line',
      'Server’s line',
      'upstream_host',
      '%UPSTREAM_HOST%',
      '= downstream_local_address',
      'Chosen endpoint',
    ])
      t.match(text, expected);
    t.strictSame(await barriers(page), []);
  },
);

t.test('new lines appear in the live tail', { skip: NO_CHROMIUM }, async (t) => {
  const [first = '', ...rest] = ARTICLE.split('\n').filter((line) => line.includes('2020-'));
  const { url } = await serverWith(t, `${first}\n`);
  const watched = await watchedPage(await launch(t), { url });
  await watched.visit('#/connections?tail=1');
  await until(
    watched.page,
    'document.querySelector(".status").textContent.includes("new ones appear on top")',
  );
  const before = await watched.page.locator('.row:not(.head)').count();
  await post(t, url, `${rest.join('\n')}\n`);
  await until(watched.page, `document.querySelectorAll('.row:not(.head)').length > ${before}`);
  t.strictSame(watched.faults(), []);
});

t.test(
  'without lines it says how to send some, without a server what to do',
  { skip: NO_CHROMIUM },
  async (t) => {
    const { url, child } = await serverWith(t, '');
    const watched = await watchedPage(await launch(t), { url });
    await watched.visit('#/');
    t.match(
      await watched.page.locator('.first-steps pre').first().textContent(),
      `stern . -A -c istio-proxy | npx meshwake ingest --server ${url}`,
    );
    t.strictSame(await barriers(watched.page), []);
    for (const fragment of [
      '#/topology',
      '#/connections',
      '#/workloads/none',
      '#/destinations/10.0.0.1:1',
      '#/explain/10.0.0.1',
      '#/anomalies',
      '#/reports',
    ]) {
      await watched.visit(fragment);
      t.equal(await watched.page.locator('.failure').count(), 0, `${fragment} without lines`);
      t.not(String(await watched.page.locator('main').textContent()).trim(), '');
    }
    t.strictSame(watched.faults(), []);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await watched.visit('#/topology');
    t.match(await watched.page.locator('.failure').textContent(), /cannot reach the server[\s\S]*Try again/);
  },
);

t.test('a token is asked for, kept for the tab, and in no URL', { skip: NO_CHROMIUM }, async (t) => {
  const token = 'dGhlLXJlYWRlcnMtdG9rZW4tb2YtYS10ZXN0';
  const file = join(t.testdir({}), 'tokens');
  writeFileSync(file, `reader read ${token}\n`, { mode: 0o600 });
  const server = await serve(t, ['--db', join(t.testdirName, 'm.db'), '--token-file', file], { token });
  const { page } = await watchedPage(await launch(t), { url: server.url });
  const urls: string[] = [];
  page.on('request', (request) => urls.push(request.url()));
  await page.locator('#token').fill('wrong');
  await page.keyboard.press('Enter');
  await page.locator('.token-form .failure').waitFor();
  await page.locator('#token').fill(token);
  await page.keyboard.press('Enter');
  await page.locator('.first-steps').waitFor();
  t.match(await page.locator('.first-steps').textContent(), 'Authorization: Bearer $MESHWAKE_TOKEN');
  t.ok(urls.length > 2 && urls.every((url) => !url.includes(token)));
  t.notMatch(await page.content(), token);
});

t.test('what the API answers opens with the token, too', { skip: NO_CHROMIUM }, async (t) => {
  const token = 'dGhlLXJlYWRlcnMtdG9rZW4tb2YtYS10ZXN0';
  const file = join(t.testdir({}), 'tokens');
  writeFileSync(file, `both ingest,read ${token}\n`, { mode: 0o600 });
  const server = await serve(t, ['--db', join(t.testdirName, 'm.db'), '--token-file', file], { token });
  await fetch(`${server.url}/api/v1/ingest`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', authorization: `Bearer ${token}` },
    body: ARTICLE,
  });
  const watched = await watchedPage(await launch(t), { url: server.url });
  const { page } = watched;
  await page.locator('#token').fill(token);
  await page.keyboard.press('Enter');
  await watched.visit(`#/incidents/${ID}`);
  await page.locator('.calls summary').first().click();
  const opening = page.waitForEvent('popup');
  await page.locator('.calls a').first().click();
  const tab = await opening;
  await tab.waitForURL(/^blob:/);
  await until(tab, 'document.body.textContent.includes("catch_all_capture")');
  const saving = page.waitForEvent('download');
  await page.locator('a', { hasText: 'Evidence' }).click();
  const saved = await saving;
  t.equal(saved.suggestedFilename(), `meshwake-evidence-${ID}.json`);
  t.match(JSON.parse(readFileSync(await saved.path(), 'utf8')), { incident: { id: ID } });
});

t.test(
  'a new incident is shown when it is found, not when it is asked for',
  { skip: NO_CHROMIUM },
  async (t) => {
    const lines = ARTICLE.split('\n').filter((line) => line.includes('2020-'));
    const { url } = await serverWith(t, `${lines[0]}\n`);
    const watched = await watchedPage(await launch(t), { url });
    const { page } = watched;
    // Without an interval nothing is asked for again by itself.
    await page.addInitScript('globalThis.setInterval = () => 0');
    const following = page.waitForResponse((response) => response.url().includes('/api/v1/events'));
    await page.reload();
    await following;
    await settled(page);
    t.equal(await page.locator('.card').count(), 0);
    await post(t, url, `${lines.join('\n')}\n`);
    await page.locator('.card', { hasText: 'captured' }).first().waitFor();
    t.strictSame(watched.faults(), []);
  },
);

t.test('what strangers wrote is shown and never run', { skip: NO_CHROMIUM }, async (t) => {
  const texts = HOSTILE.map((text) => text.toWellFormed());
  const lines = texts.flatMap((text, index) => hostileLines(text, index));
  const { url, get } = await serverWith(
    t,
    lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    'application/x-ndjson',
  );
  const watched = await watchedPage(await launch(t), { url });
  const { page } = watched;
  const scripts = await page.evaluate('document.querySelectorAll("script").length');
  const { items: incidents } = (await get('/api/v1/incidents?limit=5')) as { items: { id: string }[] };
  const { items: held } = (await get('/api/v1/connections?limit=1000')) as {
    items: { id: string; workload: string | null }[];
  };
  t.ok(
    incidents.length > 0 && held.length >= lines.length / 2,
    `${incidents.length} incidents, ${held.length} lines`,
  );
  const fragments = [
    '#/',
    ...incidents.map(({ id }) => `#/incidents/${id}`),
    '#/topology',
    '#/connections',
    ...held.slice(0, 12).map(({ id }) => `#/connections/${id}`),
    '#/explain/10.40.1.5:6379',
    '#/destinations/10.40.1.5:6379',
    ...held.slice(0, 6).map(({ workload }) => `#/workloads/${encodeURIComponent(workload ?? 'x')}`),
    ...texts.slice(0, 40).map((text) => `#/connections?workload=${encodeURIComponent(text)}`),
    ...texts.slice(0, 10).map((text) => `#/${encodeURIComponent(text)}/${encodeURIComponent(text)}`),
  ];
  for (const fragment of fragments) {
    await watched.visit(fragment);
    t.equal(await page.evaluate('document.querySelectorAll("script").length'), scripts, fragment);
    t.equal(
      await page.evaluate(
        'document.querySelectorAll("main img, main iframe, main object, main foreignObject, main [onerror], main [onload], main [onmouseover]").length',
      ),
      0,
    );
    t.notMatch(
      String(await page.evaluate('document.querySelector("main").textContent')),
      UNSHOWABLE,
      'nothing hides or reorders',
    );
    const odd = watched.faults().filter((fault) => !/status of 40[04]/.test(fault));
    t.strictSame(odd, [], fragment);
  }
});

/** A capture, each text of which is somebody's: before, after, and what a server saw. */
function hostileLines(text: string, index: number): object[] {
  const at = (minute: number): string =>
    `2024-03-05T09:${String(minute).padStart(2, '0')}:0${index % 10}.${String(100 + index)}Z`;
  const server = `10.40.${index + 1}.5:6379`;
  const line = (minute: number, over: object): object => ({
    podName: `${text}-${index}`,
    namespace: text,
    containerName: text,
    nodeName: text,
    message: JSON.stringify({
      start_time: at(minute),
      method: null,
      protocol: null,
      response_code: 0,
      response_flags: '-',
      bytes_received: 10,
      bytes_sent: 20,
      duration: 1_000,
      downstream_local_address: server,
      downstream_remote_address: `10.40.200.${index + 1}:${40_000 + minute}`,
      requested_server_name: null,
      route_name: text,
      connection_termination_details: text,
      upstream_transport_failure_reason: text,
      user_agent: text,
      authority: text,
      ...over,
    }),
  });
  const straight = {
    upstream_cluster: 'PassthroughCluster',
    upstream_host: server,
    upstream_local_address: `10.40.200.${index + 1}:50000`,
  };
  const taken = {
    upstream_cluster: `outbound|6379||${text}.billing.svc.cluster.local`,
    upstream_host: '10.96.77.3:6379',
    response_flags: 'UF,URX',
  };
  const served = {
    upstream_cluster: 'inbound|6379||cache.shop.svc.cluster.local',
    upstream_host: '127.0.0.1:6379',
    // Of a client it would name a gateway.
    requested_server_name: text,
    upstream_local_address: '127.0.0.1:50001',
    downstream_remote_address: straight.upstream_local_address,
  };
  const answer = { ...line(10, served), podName: `server-${text}-${index}` };
  return [line(10, straight), answer, line(12, straight), line(20, taken), line(21, taken), line(22, taken)];
}

t.test('very many connections are few elements', { skip: NO_CHROMIUM }, async (t) => {
  const { lines } = simulate({ seed: 7, scenario: 'quiet', lines: 6_000 });
  const text = [...lines].map(({ line }) => `${line}\n`).join('');
  const { url } = await serverWith(t, text);
  const watched = await watchedPage(await launch(t), { url });
  const { page } = watched;
  await watched.visit('#/connections');
  // The end moves away as more is loaded, until there is no more.
  await until(
    page,
    'document.querySelector(".virtual").scrollTo(0, 1e9); !document.querySelector(".status").textContent.includes("more as you scroll")',
  );
  const shown = Number(
    String(await page.locator('.status').textContent())
      .replaceAll(',', '')
      .split(' ')[0],
  );
  t.ok(shown > 5_000, `${shown} rows`);
  t.ok((await page.locator('.row').count()) < 150, 'of which only those in sight are elements');
  await until(page, `document.querySelector('[aria-rowindex="${shown + 1}"]') !== null`);
  t.strictSame(watched.faults(), []);
});

t.test('by keyboard alone', { skip: NO_CHROMIUM }, async (t) => {
  const { url } = await serverWith(t, ARTICLE);
  const watched = await watchedPage(await launch(t), { url });
  const { page } = watched;
  await watched.visit('#/');
  await page.reload();
  await settled(page);
  await page.keyboard.press('Tab');
  t.match(await page.evaluate('document.activeElement.textContent'), 'Skip to content');
  await page.keyboard.press('Enter');
  t.equal(await page.evaluate('document.activeElement.id'), 'main');
  t.equal(await page.evaluate('location.hash.includes("main")'), false, 'and the place stays');
  await page.locator('.card h3 a').first().focus();
  await page.keyboard.press('Enter');
  await until(page, 'location.hash.startsWith("#/incidents/")');
  // A reader begins at the new view.
  await until(page, 'document.activeElement.id === "main"');
  await page.locator('.lookup input').focus();
  await page.keyboard.type('10.36.1.9:5701');
  await page.keyboard.press('Enter');
  await until(page, 'location.hash === "#/explain/10.36.1.9%3A5701"');
});
