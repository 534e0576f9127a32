/**
 * Topology, coverage and time series, in every form and by every filter, against what is true of simulated meshes: see
 * truth.test.ts. LONG_TESTS goes through many meshes.
 */
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import type { Coverage } from '../../src/domain/coverage.ts';
import type { Timeseries } from '../../src/domain/timeseries.ts';
import type { Topology, TopologyEdge, TopologyNode } from '../../src/domain/topology.ts';
import { answerInAllForms, queryOf, sameInAllForms, type Values } from '../helpers/forms.ts';
import {
  connectionsOf,
  fits,
  isFailed,
  type MeshTruth,
  portOf,
  type TrueLine,
} from '../helpers/mesh-truth.ts';
import { filterSamples, LINE_FILTERS, widened, withoutSourcePorts } from '../helpers/truth-filters.ts';
import { inMeshes, QUESTIONS } from '../helpers/truth-meshes.ts';

inMeshes('topology', topology);
inMeshes('coverage', coverage);
inMeshes('time series', timeseries);

const HOUR = 3_600_000;
const MINUTE = 60_000;

function samples(mesh: MeshTruth, names: readonly string[]): readonly Values[] {
  return withoutSourcePorts(filterSamples(mesh, names, QUESTIONS));
}

/** Sums of several things, by a key: in the order of the keys. */
function sumsBy<T>(items: readonly T[], keyOf: (item: T) => string, of: (item: T) => readonly number[]) {
  const sums = new Map<string, number[]>();
  for (const item of items) {
    const known = sums.get(keyOf(item));
    sums.set(
      keyOf(item),
      of(item).map((value, index) => value + (known?.[index] ?? 0)),
    );
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
}

const ofLine = (line: TrueLine): readonly number[] => [1, isFailed(line) ? 1 : 0, line.received, line.sent];

async function topology(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  const clients = connectionsOf(mesh.lines).filter(({ direction }) => direction === 'outbound');
  const clusters = new Set(mesh.lines.map(({ cluster }) => cluster));
  for (const values of samples(
    mesh,
    LINE_FILTERS.filter((name) => name !== 'direction'),
  )) {
    const query = queryOf(values).toString();
    const own = clients.filter((line) => fits(widened(values, HOUR), line));
    const forms = await answerInAllForms(app, '/api/v1/topology', { ...values, limit: ['10000'] });
    const { nodes, edges } = forms.json as Topology;
    const named = edges.map((edge) => namedEdge(edge, nodes));
    const ofEdge = (edge: TopologyEdge): readonly number[] => [
      edge.connections,
      edge.failures,
      edge.bytes_received,
      edge.bytes_sent,
    ];
    t.strictSame(
      sumsBy(
        named.filter(({ source }) => source.kind === 'workload'),
        ({ source, target }) => `${source.name} ${target.port}`,
        (edge) => ofEdge({ ...edge, source: '', target: '' }),
      ),
      sumsBy(own, (line) => `${line.workload} ${portOf(line.downstreamLocal)}`, ofLine),
      `by workload and port: ${query}`,
    );
    t.strictSame(
      sumsBy(
        named.filter(({ source, target }) => source.kind === 'destination' && clusters.has(target.name)),
        ({ target }) => target.name,
        (edge) => ofEdge({ ...edge, source: '', target: '' }),
      ),
      sumsBy(
        own.filter(({ cluster }) => cluster !== '-'),
        ({ cluster }) => cluster,
        ofLine,
      ),
      `by cluster: ${query}`,
    );
    sameInAllForms(t, { ...forms, json: named }, query);
  }
}

function namedEdge(edge: TopologyEdge, nodes: readonly TopologyNode[]) {
  const end = (id: string) => {
    const node = nodes.find((one) => one.id === id);
    if (node === undefined) throw new Error(`there is no node ${id}`);
    const { kind, name, namespace, port } = node;
    return { id, kind, name, namespace, port };
  };
  return { ...edge, source: end(edge.source), target: end(edge.target) };
}

async function coverage(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  const lines = connectionsOf(mesh.lines);
  const sure = new Set<string>();
  const possible = new Set<string>();
  for (const { kind, outbound, inbound } of mesh.pairs) {
    for (const end of [outbound, inbound]) {
      possible.add(end.name);
      // What a gateway's line counts as is about the server that it called.
      if (['full', 'gateway', 'http'].includes(kind) && (end === outbound || !end.isGateway))
        sure.add(end.name);
    }
  }
  for (const values of samples(mesh, LINE_FILTERS)) {
    const query = queryOf(values).toString();
    const own = lines.filter((line) => fits(widened(values, HOUR), line));
    const forms = await answerInAllForms(app, '/api/v1/coverage', { ...values, limit: ['10000'] });
    const told = forms.json as Coverage;
    const count = (test: (line: TrueLine) => boolean): number => own.filter(test).length;
    t.match(
      told.lines,
      {
        total: own.length,
        outbound: count(({ direction }) => direction === 'outbound'),
        inbound: count(({ direction }) => direction === 'inbound'),
        tcp: count(({ http }) => !http),
        http: count(({ http }) => http),
      },
      query,
    );
    const { paired, ambiguous, expected_unmatched, pending, unexplained } = told.pairing;
    t.equal(paired + ambiguous + expected_unmatched + pending + unexplained, own.length, query);
    t.ok(paired >= count(({ name }) => sure.has(name)), `${paired} have another end: ${query}`);
    t.ok(paired <= count(({ name }) => possible.has(name)), `${paired} have another end: ${query}`);
    const pods = told.pods.filter((pod) => pod.lines > 0);
    t.strictSame(
      sumsBy(
        pods,
        ({ pod, namespace, workload }) => [pod, namespace, workload].join(' '),
        (pod) => [pod.lines, pod.outbound, pod.inbound],
      ),
      sumsBy(
        own,
        ({ pod, namespace, workload }) => [pod, namespace, workload].join(' '),
        ({ direction }) => [1, direction === 'outbound' ? 1 : 0, direction === 'inbound' ? 1 : 0],
      ),
      `by pod: ${query}`,
    );
    sameInAllForms(t, { ...forms, json: told.pods }, query);
  }
}

const ADDED = {
  connections: () => 1,
  failures: (line: TrueLine) => (isFailed(line) ? 1 : 0),
  bytes_received: ({ received }: TrueLine) => received,
  bytes_sent: ({ sent }: TrueLine) => sent,
} as const;
const ADDED_NAMES = Object.keys(ADDED) as (keyof typeof ADDED)[];

/** Labels that the lines themselves have. */
const LABELS: Readonly<Record<string, (line: TrueLine) => string | null>> = {
  upstream_cluster: ({ cluster }) => (cluster === '-' ? null : cluster),
  destination: ({ downstreamLocal }) => downstreamLocal,
  response_flag: ({ flags }) => (flags === '-' ? null : flags),
  port: ({ downstreamLocal }) => String(portOf(downstreamLocal)),
};
const LABEL_NAMES = Object.keys(LABELS);

async function timeseries(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  const lines = connectionsOf(mesh.lines).filter(({ downstreamLocal }) => downstreamLocal !== '-');
  for (const [index, values] of samples(mesh, LINE_FILTERS).entries()) {
    const metric = ADDED_NAMES[index % ADDED_NAMES.length] ?? 'connections';
    const groups = [
      LABEL_NAMES[index % LABEL_NAMES.length] ?? 'port',
      LABEL_NAMES[(index + 1) % LABEL_NAMES.length] ?? 'port',
    ];
    const step = [1, 5, 60][index % 3] ?? 1;
    const question = { ...values, metric: [metric], group_by: groups, step: [`${step}m`], limit: ['10000'] };
    const query = queryOf(question).toString();
    const own = lines.filter((line) => fits(widened(values, MINUTE), line));
    const forms = await answerInAllForms(app, '/api/v1/timeseries', question);
    const points = (forms.json as Timeseries).series.flatMap((series) =>
      series.points.map(([time, value]) => ({ time, ...series.labels, value })),
    );
    const stepStart = ({ start }: TrueLine): string =>
      new Date(Math.floor(start / (step * MINUTE)) * step * MINUTE).toISOString();
    const expected = sumsBy(
      own,
      (line) => JSON.stringify([stepStart(line), ...groups.map((name) => LABELS[name]?.(line) ?? null)]),
      (line) => [ADDED[metric](line)],
    );
    const told = points.map((point): [string, number[]] => [
      JSON.stringify([point.time, ...groups.map((name) => (point as Record<string, unknown>)[name])]),
      [point.value],
    ]);
    const isSome = ([, [value]]: [string, number[]]): boolean => value !== 0;
    t.strictSame(
      told.filter(isSome).sort(([a], [b]) => (a < b ? -1 : 1)),
      expected.filter(isSome),
      query,
    );
    sameInAllForms(t, { ...forms, json: points }, query);
  }
  await quantiles(t, app, lines);
}

/** The smallest that is not less than that share of all, and at most `relative_error` more. */
async function quantiles(t: Test, app: FastifyInstance, lines: readonly TrueLine[]): Promise<void> {
  for (const [metric, share] of [
    ['duration_p50', 0.5],
    ['duration_p95', 0.95],
    ['duration_p99', 0.99],
  ] as const) {
    const question = {
      metric: [metric],
      group_by: ['port'],
      step: ['1h'],
      limit: ['10000'],
      until: ['2026-03-02T07:00:00Z'],
    };
    const { json } = await answerInAllForms(app, '/api/v1/timeseries', question);
    const { series, relative_error } = json as Timeseries;
    t.ok(series.length > 5);
    for (const { labels, points } of series) {
      for (const [time, value] of points) {
        const durations = lines
          .filter(
            (line) =>
              String(portOf(line.downstreamLocal)) === labels.port &&
              line.start >= Date.parse(time) &&
              line.start < Date.parse(time) + HOUR,
          )
          .map(({ duration }) => duration)
          .sort((a, b) => a - b);
        const exact = durations[Math.max(0, Math.ceil(share * durations.length) - 1)] ?? Number.NaN;
        t.ok(
          Math.abs(value - exact) <= Math.max(1, relative_error * exact),
          `${metric} of ${labels.port}: ${value}, truly ${exact}`,
        );
      }
    }
  }
}
