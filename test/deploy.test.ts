/** What is in deploy/ can be used as it stands: systemd and Kubernetes understand it, and Meshwake its own part. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { program } from '../scripts/pages/cli.ts';
import { readPlan } from '../src/compose/reports.ts';
import { ROOT } from './helpers/cli.ts';

const read = (path: string): string => readFileSync(join(ROOT, 'deploy', path), 'utf8');
const NOW = Date.UTC(2026, 0, 5);

const NO_SYSTEMD =
  spawnSync('systemd-analyze', ['--version']).error === undefined
    ? false
    : 'no systemd-analyze here: apt-get install systemd';

/** The units in a folder, with a program that is there in place of ours. */
function unitsIn(folder: string): string[] {
  return ['meshwake.service', 'meshwake-report.service', 'meshwake-report.timer'].map((name) => {
    const path = join(folder, name);
    writeFileSync(path, read(`systemd/${name}`).replace('/usr/local/bin/meshwake', process.execPath));
    return path;
  });
}

t.test('systemd understands the units, and finds them well locked up', { skip: NO_SYSTEMD }, async (t) => {
  const units = unitsIn(t.testdir({}));
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], { encoding: 'utf8' });
  const own = verified.stderr.split('\n').filter((line) => line.includes('meshwake'));
  t.strictSame(own, [], verified.stderr);
  for (const unit of units.filter((path) => path.endsWith('.service'))) {
    const args = ['security', '--offline=true', '--threshold=25', unit];
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    t.equal(status, 0, `${stdout.slice(-400)}${stderr}`);
  }
  const calendar = /OnCalendar=(.*)/.exec(read('systemd/meshwake-report.timer'))?.[1] ?? '';
  t.equal(spawnSync('systemd-analyze', ['calendar', calendar]).status, 0, calendar);
});

t.test('systemd says so where a unit is wrong', { skip: NO_SYSTEMD }, async (t) => {
  const path = join(t.testdir({}), 'meshwake.service');
  writeFileSync(path, read('systemd/meshwake.service').replace('Type=exec', 'Type=exce'));
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' });
  t.match(stderr, /meshwake.*exce/);
});

/** The flags of each command line of ours, with the words before them. */
const COMMANDS = [
  ...['meshwake.service', 'meshwake-report.service'].map((name) => read(`systemd/${name}`)),
].map((text) => /ExecStart=\S+ (.*)/.exec(text)?.[1]?.split(' ') ?? []);

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: ReadonlyArray<{ readonly name: string; readonly mountPath: string }>;
}
interface PodSpec {
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly automountServiceAccountToken: boolean;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: ReadonlyArray<{ readonly name: string }>;
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Record<string, unknown>;
}

function manifestsOf(name: string): Manifest[] {
  return parseAllDocuments(read(`kubernetes/${name}`)).map((document) => {
    if (!('errors' in document) || document.errors.length > 0) throw new Error(`${name} is no YAML`);
    return document.toJS() as Manifest;
  });
}

const MANIFESTS = [...manifestsOf('meshwake.yaml'), ...manifestsOf('report-cronjob.yaml')];

/** The pods of a manifest: of a Deployment, or of the jobs of a CronJob. */
function podOf({ kind, spec }: Manifest): PodSpec | null {
  // The shapes are those of Kubernetes' API.
  const of = spec as {
    template?: { spec: PodSpec };
    jobTemplate?: { spec: { template: { spec: PodSpec } } };
  };
  if (kind === 'Deployment') return of.template?.spec ?? null;
  return kind === 'CronJob' ? (of.jobTemplate?.spec.template.spec ?? null) : null;
}

const PODS = MANIFESTS.flatMap((manifest) => podOf(manifest) ?? []);
const CONTAINERS = PODS.flatMap((pod) => [...(pod.initContainers ?? []), ...pod.containers]);

t.test('the manifests hang together', async (t) => {
  t.strictSame(
    MANIFESTS.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`),
    [
      ...['ConfigMap', 'PersistentVolumeClaim', 'Deployment', 'Service'].map(
        (kind) => `${kind} meshwake/meshwake`,
      ),
      'CronJob meshwake/meshwake-report',
    ],
  );
  for (const pod of PODS) {
    const volumes = pod.volumes.map(({ name }) => name);
    for (const { name, volumeMounts } of [...pod.containers, ...(pod.initContainers ?? [])])
      for (const mount of volumeMounts) t.ok(volumes.includes(mount.name), `${name}: ${mount.name}`);
  }
  const cron = MANIFESTS.find(({ kind }) => kind === 'CronJob')?.spec;
  t.match(cron, {
    concurrencyPolicy: 'Forbid',
    timeZone: 'Europe/Berlin',
    jobTemplate: { spec: { backoffLimit: 0 } },
  });
  t.match(MANIFESTS.find(({ kind }) => kind === 'Deployment')?.spec, {
    replicas: 1,
    strategy: { type: 'Recreate' },
  });
});

t.test('the pods may do as little as pods may', async (t) => {
  t.equal(PODS.length, 2);
  for (const pod of PODS) {
    t.match(pod.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    t.equal(pod.automountServiceAccountToken, false);
  }
  for (const { name, securityContext } of CONTAINERS) {
    const restricted = {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    };
    t.match(securityContext, restricted, name);
  }
});

t.test('every command line is one that Meshwake understands', async (t) => {
  const lines = [...COMMANDS, ...CONTAINERS.flatMap(({ args }) => (args === undefined ? [] : [[...args]]))];
  t.equal(lines.length, 4);
  for (const [name, ...flags] of lines) {
    const command = program().commands.find((one) => one.name() === name);
    t.strictSame(command?.parseOptions(flags).unknown, [], `${name} ${flags.join(' ')}`);
  }
});

t.test('the configurations are ones that Meshwake reads', async (t) => {
  const secrets = { 'hook-key': 'k\n', 'slack-url': 'https://hooks.slack.com/x\n', 'smtp-password': 'p\n' };
  const folder = t.testdir({ secrets });
  const config = join(folder, 'meshwake.yaml');
  writeFileSync(config, read('meshwake.yaml'));
  const plan = await readPlan(config, { env: {}, now: () => NOW });
  t.match(plan.schedules, [{ name: 'daily' }, { name: 'payments' }, { name: 'ops' }]);
  t.equal(plan.targets.length, 5, 'one of each type');
  const map = MANIFESTS.find(({ kind }) => kind === 'ConfigMap')?.data?.['meshwake.yaml'] ?? '';
  mkdirSync(join(folder, 'cluster'));
  const inCluster = join(folder, 'cluster', 'meshwake.yaml');
  writeFileSync(inCluster, map.replace('/run/secrets/meshwake/', '../secrets/'));
  t.match((await readPlan(inCluster, { env: {}, now: () => NOW })).schedules, [
    { name: 'daily' },
    { name: 'ops' },
  ]);
});
