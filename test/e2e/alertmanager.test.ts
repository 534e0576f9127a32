/** Debian's Alertmanager takes incidents as alerts, groups them, and tells a webhook when they fire and when they are over. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ScheduleItem } from '../../src/domain/report-items.ts';
import type { Incident } from '../../src/domain/resources.ts';
import { until } from '../helpers/cli.ts';
import { type Receiver, receive } from '../helpers/receiver.ts';
import { recentIncident } from '../helpers/recent-lines.ts';
import { type Server, serve } from '../helpers/serve.ts';

const PROGRAM = ['prometheus-alertmanager', 'alertmanager'].find(
  (name) => spawnSync(name, ['--version']).error === undefined,
);
const SKIP = PROGRAM === undefined ? 'no Alertmanager here: apt-get install prometheus-alertmanager' : false;

interface Told {
  readonly status: 'firing' | 'resolved';
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: ReadonlyArray<{
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly generatorURL: string;
  }>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts Alertmanager, which tells `receiver`. */
async function startAlertmanager(
  t: Test,
  folder: string,
  receiver: Receiver,
): Promise<{ readonly url: string }> {
  const port = await freePort();
  const config = join(folder, 'alertmanager.yml');
  writeFileSync(
    config,
    `route: {receiver: hook, group_by: [report, namespace], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: hook
    webhook_configs: [{url: '${receiver.url}/', send_resolved: true}]
`,
  );
  const args = [
    `--config.file=${config}`,
    `--storage.path=${join(folder, 'alertmanager')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ];
  const child: ChildProcess = spawn(PROGRAM ?? '', args, { stdio: 'ignore' });
  t.teardown(() => void child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  await until('Alertmanager is ready', async () => {
    const answer = await fetch(`${url}/-/ready`).catch(() => null);
    return answer?.status === 200 ? true : null;
  });
  return { url };
}

async function post(server: Server, text: string): Promise<void> {
  const headers = { 'content-type': 'text/plain' };
  const url = `${server.url}/api/v1/ingest?namespace=harvest`;
  await fetch(url, { method: 'POST', headers, body: text });
}

t.test('incidents fire, are grouped, and are resolved when they are over', { skip: SKIP }, async (t) => {
  const receiver = await receive(t);
  const folder = t.testdir({});
  const alertmanager = await startAlertmanager(t, folder, receiver);
  const config = join(folder, 'meshwake.yaml');
  writeFileSync(
    config,
    `external_url: https://mesh.example.com
allow_networks: [127.0.0.1]
targets: [{name: am, type: alertmanager, url: '${alertmanager.url}', resend: 10s}]
reports: [{name: ops, cron: '0 7 * * *', window: 6h, filters: {severity: [critical]}, deliver: [am]}]
`,
  );
  const db = join(folder, 'm.db');
  const first = await serve(t, ['--db', db, '--config', config]);
  const { before, after } = recentIncident(Date.now());
  await post(first, before);
  const told = (): Told[] => receiver.received.map(({ body }) => JSON.parse(body) as Told);
  const firing = await until(
    'it fires',
    async () => told().find(({ status }) => status === 'firing') ?? null,
  );
  t.strictSame(firing.groupLabels, { report: 'ops', namespace: 'harvest' });
  const [alert] = firing.alerts;
  t.equal(firing.alerts.length, 1);
  t.match(alert, {
    labels: {
      alertname: 'MeshwakeIncident',
      diagnosis: 'catch_all_capture',
      severity: 'critical',
      port: '5701',
    },
    annotations: { summary: /captured by grid-ext/, description: /./, remedy: /./ },
    generatorURL: /^https:\/\/mesh\.example\.com\/#\/incidents\/[0-9a-f]+$/,
  });
  // It is told again and again, and stays one alert; another process goes on with it.
  first.child.kill('SIGKILL');
  await once(first.child, 'close');
  const second = await serve(t, ['--db', db, '--config', config]);
  const statusOf = async () =>
    ((await second.get('/api/v1/schedules')) as { items: ScheduleItem[] }).items[0];
  const status = await until('the second one has told it', async () => {
    const [target] = (await statusOf())?.targets ?? [];
    return target?.alerts?.told_at == null ? null : target.alerts;
  });
  t.match(status, { firing: 1, error: null });
  const listed = (await (await fetch(`${alertmanager.url}/api/v2/alerts`)).json()) as unknown[];
  t.equal(listed.length, 1);
  await post(second, after);
  const over = await until(
    'it is over',
    async () => told().find(({ status: s }) => s === 'resolved') ?? null,
  );
  t.match(over.alerts, [{ status: 'resolved', labels: alert?.labels, startsAt: alert?.startsAt }]);
  t.equal(told().filter(({ status: s }) => s === 'firing').length, 1, 'nobody was told twice');
  const none = await until('nothing fires', async () =>
    (await statusOf())?.targets[0]?.alerts?.firing === 0 ? true : null,
  );
  t.ok(none);
  const { items } = (await second.get(`/api/v1/incidents?severity=critical`)) as {
    items: readonly Incident[];
  };
  // Alertmanager writes no zeros at the end of a fraction.
  const instant = (text: string | null | undefined): number => Date.parse(text ?? '');
  t.ok(items[0]?.ended?.before);
  t.equal(
    instant(over.alerts[0]?.endsAt),
    instant(items[0]?.ended?.before),
    'when the incident was, not when it lapsed',
  );
});
