/** A real server with schedules and real receivers: it is killed again and again, and nothing is lost or told twice. (E6) */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { Random } from '../../bench/simulator/random.ts';
import type { ReportItem, ScheduleItem } from '../../src/domain/report-items.ts';
import { runCli, until } from '../helpers/cli.ts';
import { receive } from '../helpers/receiver.ts';
import { recentIncident } from '../helpers/recent-lines.ts';
import { type Server, serve } from '../helpers/serve.ts';

const SEED = Number(process.env.ORACLE_SEED ?? Date.now() % 1_000_000);
const KILLS = process.env.LONG_TESTS === undefined ? 6 : 60;

async function post(server: Server, text: string): Promise<void> {
  const headers = { 'content-type': 'text/plain' };
  const url = `${server.url}/api/v1/ingest?namespace=harvest`;
  const response = await fetch(url, { method: 'POST', headers, body: text });
  if (response.status !== 200) throw new Error(await response.text());
}

const schedulesOf = async (server: Server): Promise<readonly ScheduleItem[]> =>
  ((await server.get('/api/v1/schedules')) as { items: ScheduleItem[] }).items;
const reportsOf = async (server: Server): Promise<readonly ReportItem[]> =>
  ((await server.get('/api/v1/reports?limit=10000')) as { items: ReportItem[] }).items;

t.test('a report on a schedule is made of the lines, and reaches its targets', async (t) => {
  const folder = t.testdir({ out: {} });
  const receiver = await receive(t);
  const config = join(folder, 'meshwake.yaml');
  writeFileSync(
    config,
    `allow_networks: [127.0.0.1]
targets:
  - {name: archive, type: file, directory: out}
  - {name: hook, type: webhook, url: '${receiver.url}/in', secret_env: HOOK_KEY}
  - {name: nowhere, type: webhook, url: 'http://192.0.2.1/in'}
reports:
  - {name: often, cron: '*/2 * * * * *', timezone: Europe/Berlin, window: 24h, deliver: [archive, hook, nowhere]}
`,
  );
  const db = join(folder, 'm.db');
  const env = { HOOK_KEY: 'k3y' };
  const server = await serve(t, ['--db', db, '--config', config], { env });
  const { before, after } = recentIncident(Date.now());
  await post(server, before + after);
  const found = await until('a report tells the incident', async () => {
    const all = await reportsOf(server);
    const good = all.filter(
      ({ deliveries }) =>
        deliveries.filter(({ state }) => state === 'delivered').length === 2 &&
        deliveries.some(({ state, error }) => state === 'pending' && error !== null),
    );
    return good.find(({ severity }) => severity === 'critical') ?? null;
  });
  t.match(found.deliveries, [
    { target: 'archive', state: 'delivered', tries: 1 },
    { target: 'hook', state: 'delivered', tries: 1 },
    { target: 'nowhere', state: 'pending', error: /no public address/ },
  ]);
  const sent = receiver.received.find(({ headers }) => headers['x-delivery-id'] === `${found.id}/hook`);
  const signature = createHmac('sha256', 'k3y')
    .update(sent?.body ?? '')
    .digest('hex');
  t.equal(sent?.headers['x-signature-256'], `sha256=${signature}`);
  t.equal(JSON.parse(sent?.body ?? '{}').report.incidents.closed.length, 1);
  const file = readFileSync(join(folder, 'out', `${found.id}.html`), 'utf8');
  t.match(file, /captured by grid-ext/);
  const page = await fetch(`${server.url}/api/v1/reports/${found.id}`, { headers: { accept: 'text/html' } });
  t.equal(await page.text(), file, 'the same as what was delivered');
  t.match(page.headers.get('content-security-policy'), /default-src 'none'.*sandbox/);
  const [schedule] = await schedulesOf(server);
  t.match(schedule, {
    name: 'often',
    targets: [{ target: 'archive' }, { target: 'hook' }, { target: 'nowhere' }],
  });
  t.ok(schedule?.next_runs.length === 5 && schedule.next_runs.every((time) => time.endsWith('.000Z')));
  // A try is counted once it is noted.
  await until('the try is counted', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return /meshwake_deliveries_total\{target="nowhere",outcome="retried"\} [1-9]/.exec(metrics);
  });
  t.match(
    await (await fetch(`${server.url}/readyz?verbose`)).text(),
    /\[-\]reports: cannot deliver to nowhere/,
  );
  await until('there are two', async () => ((await reportsOf(server)).length >= 2 ? true : null));
  const list = await runCli(['get', 'reports', '--server', server.url, '--limit', '2', '-o', 'json']);
  t.equal(list.exit, 0, list.stderr);
  t.equal(JSON.parse(list.stdout).items.length, 2);
  server.child.kill('SIGTERM');
  await once(server.child, 'close');
  t.equal(server.child.exitCode, 0);
  const one = await runCli(['get', 'reports', found.id, '--db', db]);
  t.equal(one.exit, 0, one.stderr);
  t.match(one.stdout, /captured by grid-ext/);
});

t.test('whenever the server is killed, a period has one report, and each target has it', async (t) => {
  const folder = t.testdir({ out: {} });
  const random = new Random(SEED, 'reports');
  t.comment(`ORACLE_SEED=${SEED}`);
  const receiver = await receive(t);
  // Some answers come late and some are errors, so that kills meet every state of a delivery.
  receiver.answer = (response) => {
    const fate = random.int(10);
    if (fate < 2) response.writeHead(503).end();
    else setTimeout(() => response.end('ok'), random.int(300));
  };
  const config = join(folder, 'meshwake.yaml');
  writeFileSync(
    config,
    `allow_networks: [127.0.0.1]
targets:
  - {name: archive, type: file, directory: out}
  - {name: hook, type: webhook, url: '${receiver.url}/in'}
reports:
  - {name: a, cron: '* * * * * *', window: 1h, format: text, deliver: [archive, hook]}
  - {name: b, cron: '*/3 * * * * *', deliver: [hook]}
`,
  );
  const args = ['--db', join(folder, 'm.db'), '--config', config];
  for (let kill = 0; kill < KILLS; kill++) {
    const server = await serve(t, args);
    if (kill === 0) await post(server, recentIncident(Date.now()).before);
    await delay(random.int(2_500));
    server.child.kill('SIGKILL');
    await once(server.child, 'close');
  }
  // Where the machine has much other work, none of them may have lived for as long as a report takes.
  const last = await serve(t, args);
  await until('there is something to look at', async () =>
    (await reportsOf(last)).length >= KILLS ? true : null,
  );
  last.child.kill('SIGKILL');
  await once(last.child, 'close');
  receiver.answer = (response) => void response.end('ok');
  // The same reports and targets, but no new ones come: what is left is delivered.
  const text = readFileSync(config, 'utf8');
  writeFileSync(config, text.replaceAll(/cron: '[^']*'/g, "cron: '0 0 1 1 *'"));
  const server = await serve(t, args);
  const reports = await until('everything is delivered', async () => {
    const all = await reportsOf(server);
    return all.every(({ deliveries }) => deliveries.every(({ state }) => state === 'delivered')) ? all : null;
  });
  const periods = reports.map(({ schedule, period }) => `${schedule} ${period}`);
  t.equal(new Set(periods).size, periods.length, 'one report for each period');
  const expected = reports.flatMap(({ deliveries }) => deliveries.map(({ id }) => id));
  const hooks = expected.filter((id) => id.endsWith('/hook')).sort();
  const got = new Map<string, Set<string>>();
  for (const { headers, body } of receiver.received) {
    const id = String(headers['x-delivery-id']);
    got.set(id, (got.get(id) ?? new Set()).add(body));
  }
  t.strictSame([...got.keys()].sort(), hooks, 'none is lost, and none is of no report');
  t.ok(
    [...got.values()].every((bodies) => bodies.size === 1),
    'what comes again is the same',
  );
  const files = expected
    .filter((id) => id.endsWith('/archive'))
    .map((id) => `${id.replace('/archive', '')}.txt`);
  t.strictSame(readdirSync(join(folder, 'out')).sort(), files.sort(), 'each file once, and none half');
  t.comment(
    `${KILLS + 1} kills, ${reports.length} reports, ${receiver.received.length} posts of ${hooks.length} deliveries`,
  );
});

t.test('a target is tested without a server, and told what is wrong', async (t) => {
  const folder = t.testdir({ out: {} });
  const receiver = await receive(t);
  const config = join(folder, 'meshwake.yaml');
  writeFileSync(
    config,
    `allow_networks: [127.0.0.1]
targets:
  - {name: archive, type: file, directory: out}
  - {name: hook, type: webhook, url: '${receiver.url}/in'}
  - {name: am, type: alertmanager, url: '${receiver.url}/am'}
reports:
  - {name: daily, cron: '0 7 * * *', format: markdown, deliver: [hook, archive]}
`,
  );
  const test = (name: string, ...more: string[]) =>
    runCli(['report', '--test-delivery', name, ...more], { cwd: folder });
  const hook = await test('hook', '--config', config);
  t.match(hook, { exit: 0, stderr: `hook has it: ${receiver.url}\n`, stdout: '' });
  const sent = JSON.parse(receiver.received[0]?.body ?? '');
  t.match(sent, {
    schedule: 'daily',
    headline: /This is a test/,
    rendered: { format: 'markdown', text: /This is a test/ },
  });
  t.equal((await test('archive', '--config', config)).exit, 0);
  t.match(readdirSync(join(folder, 'out')), [/^test-.*\.md$/]);
  t.equal((await test('am', '--config', config)).exit, 0);
  t.equal(receiver.received[1]?.path, '/am/api/v2/alerts');
  t.match(JSON.parse(receiver.received[1]?.body ?? ''), [{ labels: { alertname: 'MeshwakeTest' } }]);
  receiver.answer = (response) => void response.writeHead(404).end();
  t.match(await test('hook', '--config', config), {
    exit: 1,
    stderr: /cannot deliver to hook: .* status 404/,
  });
  t.match(await test('hok', '--config', config), {
    exit: 2,
    stderr: /no such target; expected one of archive, hook, am\n.*did you mean hook/,
  });
  t.match(await test('hook'), { exit: 2, stderr: /no configuration file is named/ });
  t.match(await test('hook', '--config', join(folder, 'missing')), {
    exit: 1,
    stderr: /cannot read configuration/,
  });
  t.notOk(
    readdirSync(folder).some((name) => name.endsWith('.db')),
    'no database is made',
  );
});
