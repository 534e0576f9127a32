/** The dashboards of `deploy/`: every question is asked of the real server, every expression of a real Prometheus. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { DASHBOARDS } from '../../scripts/dashboards.ts';
import { ROOT } from '../helpers/cli.ts';
import { NO_PROMETHEUS, startPrometheus } from '../helpers/prometheus.ts';
import { serve } from '../helpers/serve.ts';

const DEPLOY = join(ROOT, 'deploy');
const read = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8');

interface Source {
  readonly type: string;
  readonly uid: string;
}

interface Target {
  readonly refId: string;
  readonly datasource: Source;
  readonly format?: string;
  readonly url?: string;
  readonly url_options?: { readonly params: readonly { readonly key: string; readonly value: string }[] };
  readonly columns?: readonly { readonly selector: string; readonly type: string }[];
  readonly expr?: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource: Source;
  readonly targets: readonly Target[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly current: { readonly value?: string };
      readonly query: unknown;
    }[];
  };
}

const dashboards: readonly Dashboard[] = Object.keys(DASHBOARDS).map((name) =>
  JSON.parse(read(`grafana/dashboards/${name}`)),
);
const targets = dashboards.flatMap((dashboard) =>
  dashboard.panels.flatMap((panel) => panel.targets.map((target) => ({ dashboard, panel, target }))),
);
const sources: readonly { readonly uid: string; readonly type: string }[] = parse(
  read('grafana/provisioning/datasources/meshwake.yaml'),
).datasources;

/** What Grafana puts in the place of its variables, for the sample. */
const VALUES: Readonly<Record<string, string>> = {
  '__from:date:iso': '2020-09-14T09:00:00.000Z',
  '__to:date:iso': '2020-09-14T10:00:00.000Z',
  destination: '10.36.1.9:5701',
};

function filled(dashboard: Dashboard, text: string): string {
  return text.replace(/\$\{([^}]+)\}/g, (whole, name: string) => {
    const variable = dashboard.templating.list.find((one) => one.name === name);
    return VALUES[name] ?? variable?.current.value ?? whole;
  });
}

function urlOf(dashboard: Dashboard, { url = '', url_options }: Target): string {
  const query = new URLSearchParams();
  for (const { key, value } of url_options?.params ?? []) query.append(key, filled(dashboard, value));
  return `${url}?${query}`;
}

t.test('the files are those that the scripts make', async (t) => {
  t.strictSame(readdirSync(join(DEPLOY, 'grafana', 'dashboards')).sort(), Object.keys(DASHBOARDS).sort());
  for (const [name, make] of Object.entries(DASHBOARDS)) {
    t.strictSame(
      JSON.parse(read(`grafana/dashboards/${name}`)),
      JSON.parse(JSON.stringify(make())),
      `${name}: run \`npm run dashboards\` if it differs`,
    );
  }
});

t.test('panels have data sources that are provisioned, and places of their own', async (t) => {
  for (const { uid, panels } of dashboards) {
    t.equal(new Set(panels.map(({ id }) => id)).size, panels.length, `${uid}: no id twice`);
    for (const { title, datasource, targets: own, gridPos } of panels) {
      t.ok(own.length > 0, `${uid}: ${title} asks for something`);
      t.equal(new Set(own.map(({ refId }) => refId)).size, own.length, `${uid}: ${title}`);
      for (const source of [datasource, ...own.map((target) => target.datasource)])
        t.ok(sources.some(({ uid: known, type }) => known === source.uid && type === source.type));
      const { x, y, w, h } = gridPos;
      t.ok(x + w <= 24, `${uid}: ${title} is within the width`);
      const above = panels.filter(({ gridPos: other }) => {
        const isBeside = other.x + other.w <= x || x + w <= other.x;
        return !isBeside && other.y < y + h && y < other.y + other.h;
      });
      t.equal(above.length, 1, `${uid}: ${title} is over itself alone`);
    }
  }
});

t.test('every question of every panel has an answer with the columns that it shows', async (t) => {
  const { url } = await serve(t, ['--db', join(t.testdir({}), 'grafana.db')]);
  const body = readFileSync(join(ROOT, 'samples', 'incident-article.log'));
  await fetch(`${url}/api/v1/ingest`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
  const asked = targets.filter(({ target }) => target.url !== undefined);
  t.ok(asked.length > 20, `${asked.length} questions`);
  const variables = dashboards.flatMap((dashboard) =>
    dashboard.templating.list
      .filter(({ query }) => typeof query === 'object')
      .map(({ query, name }) => ({
        dashboard,
        panel: { title: `variable ${name}` },
        target: (query as { readonly infinityQuery: Target }).infinityQuery,
      })),
  );
  t.ok(variables.length > 0, 'and variables');
  for (const { dashboard, panel, target } of [...asked, ...variables]) {
    const name = `${dashboard.uid}: ${panel.title} ${target.refId}`;
    const path = urlOf(dashboard, target);
    t.notMatch(path, /\$|%24/, `${name} has all its variables`);
    const response = await fetch(url + path);
    t.equal(response.status, 200, `${name}: ${path}`);
    const rows = (await response.json()) as Record<string, unknown>[];
    t.ok(Array.isArray(rows) && rows.length > 0, `${name} has rows`);
    for (const { selector, type } of target.columns ?? []) {
      const values = rows.map((row) => row[selector]);
      t.notOk(values.includes(undefined), `${name} has the column ${selector}`);
      const told = values.filter((value) => value !== null);
      t.ok(
        told.every((value) => fits(type, value)),
        `${name}: ${selector} is a ${type}`,
      );
    }
  }
  await checkGraph(t, url);
});

function fits(type: string, value: unknown): boolean {
  if (type === 'timestamp') return typeof value === 'string' && !Number.isNaN(Date.parse(value));
  return typeof value === type;
}

async function checkGraph(t: Test, url: string): Promise<void> {
  const get = async (part: string) => (await fetch(`${url}/api/v1/graph/${part}`)).json();
  const nodes = (await get('nodes')) as { id: string; arc__ok: number; arc__failed: number }[];
  const edges = (await get('edges')) as { source: string; target: string }[];
  const ids = new Set(nodes.map(({ id }) => id));
  t.ok(edges.length > 0 && edges.every(({ source, target }) => ids.has(source) && ids.has(target)));
  for (const { arc__ok, arc__failed } of nodes)
    t.ok(Math.abs(arc__ok + arc__failed - 1) < 1e-9, 'arcs are a whole ring');
  t.ok(nodes.some(({ arc__failed }) => arc__failed > 0));
}

t.test('every expression means something to Prometheus', { skip: NO_PROMETHEUS }, async (t) => {
  const directory = t.testdir({});
  const { url } = await serve(t, ['--db', join(directory, 'm.db')]);
  const known = await (await fetch(`${url}/metrics`)).text();
  const own = join(directory, 'prometheus');
  mkdirSync(own);
  const prometheus = await startPrometheus(t, { target: url, directory: own });
  await prometheus.waitFor('up == 1', (samples) => samples.length > 0);
  const expressions = targets.flatMap(({ target }) => target.expr ?? []);
  t.ok(expressions.length > 5);
  for (const expression of expressions) {
    await t.resolves(prometheus.query(expression), expression);
    for (const [name] of expression.matchAll(/meshwake_\w+/g)) {
      const base = name.replace(/_bucket$/, '');
      t.match(known, `\n# TYPE ${base} `, name);
    }
  }
  await t.rejects(prometheus.query('sum(rate(meshwake_lines_accepted_total)'), /parse error/);
});

t.test('promtool takes the configuration of Prometheus', { skip: NO_PROMETHEUS }, async (t) => {
  const directory = t.testdir({ token: 'x' });
  const text = read('prometheus/prometheus.yml').replace(
    '/run/secrets/meshwake-read-token',
    join(directory, 'token'),
  );
  const file = join(directory, 'prometheus.yml');
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'config', file], { encoding: 'utf8' });
  t.equal(status, 0, stdout + stderr);
});

t.test('where Grafana and Prometheus look is what the compose file has', async (t) => {
  const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'));
  const [meshwake] = parse(read('grafana/provisioning/datasources/meshwake.yaml')).datasources;
  t.equal(meshwake.url, 'http://meshwake:8710');
  t.strictSame(meshwake.jsonData.allowedHosts, [meshwake.url]);
  const [provider] = parse(read('grafana/provisioning/dashboards/meshwake.yaml')).providers;
  const mounts = compose.services.grafana.volumes.map((mount: string) => mount.split(':'));
  t.ok(
    mounts.some(([, target]: string[]) => target === provider.options.path),
    'dashboards are mounted',
  );
  t.match(compose.services.grafana.environment.GF_PLUGINS_PREINSTALL, meshwake.type);
  const [job] = parse(read('prometheus/prometheus.yml')).scrape_configs;
  t.strictSame(job.static_configs[0].targets, ['meshwake:8710']);
  for (const path of [meshwake.secureJsonData.bearerToken, job.authorization.credentials_file]) {
    const [, secret = ''] = /\/run\/secrets\/([\w-]+)/.exec(path) ?? [];
    t.ok(secret in compose.secrets, secret);
    for (const name of ['grafana', 'prometheus']) t.strictSame(compose.services[name].secrets, [secret]);
  }
});
