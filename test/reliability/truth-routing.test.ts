/**
 * Routes, shifts, incidents and what is explained of addresses, in every form and by every filter, against what is true of
 * simulated meshes, with LONG_TESTS many: see truth.test.ts.
 */
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import type { Explanation } from '../../src/domain/queries.ts';
import type { Incident, Route, Shift } from '../../src/domain/resources.ts';
import { get, listInAllForms, queryOf, sameInAllForms, type Values } from '../helpers/forms.ts';
import { fits, hostOf, type MeshTruth, portOf, type TrueLine } from '../helpers/mesh-truth.ts';
import {
  addressesOf,
  bytesOf,
  failuresOf,
  firstOf,
  lastOf,
  runsOf,
  type TrueRun,
} from '../helpers/true-runs.ts';
import { filterSamples, withoutSourcePorts } from '../helpers/truth-filters.ts';
import { inMeshes, PAGE_ITEMS, QUESTIONS } from '../helpers/truth-meshes.ts';

inMeshes('routes', routes);
inMeshes('shifts', shifts);
inMeshes('incidents', incidents);
inMeshes('explain', explain);

const FILTERS = [
  'pod',
  'namespace',
  'workload',
  'node',
  'source',
  'destination',
  'port',
  'upstream_cluster',
  'since',
  'until',
];

const time = (ms: number): string => new Date(ms).toISOString();

function samples(mesh: MeshTruth, more: readonly string[] = []): readonly Values[] {
  return withoutSourcePorts(filterSamples(mesh, [...FILTERS, ...more], QUESTIONS));
}

/** Whether filters ask for a run, its window aside. */
function fitsRun(values: Values, run: TrueRun, addresses: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const { node, source, response_flag, since: _since, until: _until, ...shared } = values;
  const [line] = run.lines;
  return (
    line !== undefined &&
    fits(shared, line) &&
    (node === undefined || run.lines.some((one) => fits({ node }, one))) &&
    (response_flag === undefined || run.lines.some((one) => fits({ response_flag }, one))) &&
    (source === undefined || source.some((ip) => addresses.get(run.pod)?.has(ip) === true))
  );
}

function overlaps({ since, until }: Values, first: number, last: number): boolean {
  const at = (values: readonly string[] | undefined) => values?.map((value) => Date.parse(value));
  return (at(since)?.some((from) => last >= from) ?? true) && (at(until)?.some((to) => first < to) ?? true);
}

const toldRoute = (route: Route): string =>
  JSON.stringify([
    route.source.pod,
    route.destination.address,
    route.upstream_cluster ?? '-',
    [route.first_seen, route.last_seen, route.connections, route.failures, route.bytes],
  ]);

const trueRoute = (run: TrueRun): string =>
  JSON.stringify([
    run.pod,
    run.address,
    run.cluster,
    [time(firstOf(run)), time(lastOf(run)), run.lines.length, failuresOf(run), bytesOf(run)],
  ]);

async function routes(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  const runs = runsOf(mesh);
  const addresses = addressesOf(mesh);
  t.ok(runs.length > 100, 'there are many');
  for (const values of samples(mesh, ['response_flag'])) {
    const told = queryOf(values).toString();
    const forms = await listInAllForms(app, '/api/v1/routes', values, PAGE_ITEMS);
    const expected = runs.filter(
      (run) => fitsRun(values, run, addresses) && overlaps(values, firstOf(run), lastOf(run)),
    );
    t.strictSame((forms.json as Route[]).map(toldRoute).sort(), expected.map(trueRoute).sort(), told);
    sameInAllForms(t, forms, told);
  }
  for (const state of ['service', 'passthrough', 'captured', 'blackhole', 'gateway', 'direct']) {
    const forms = await listInAllForms(app, '/api/v1/routes', { state: [state] }, PAGE_ITEMS);
    const found = new Set((forms.json as Route[]).map(toldRoute));
    for (const run of runs) {
      const [line] = run.lines;
      if (line?.state != null)
        t.equal(found.has(trueRoute(run)), line.state === state, `${state}: ${trueRoute(run)}`);
    }
  }
}

const toldShift = (shift: Shift): string =>
  JSON.stringify([
    shift.source.pod,
    shift.destination.address,
    [shift.from.upstream_cluster ?? '-', shift.to.upstream_cluster ?? '-'],
    [shift.last_before, shift.first_after],
    [shift.before.connections, shift.before.failures],
    [shift.after.connections, shift.after.failures, shift.after.bytes],
  ]);

const trueShift = (run: TrueRun & { readonly before: TrueRun }): string =>
  JSON.stringify([
    run.pod,
    run.address,
    [run.before.cluster, run.cluster],
    [time(lastOf(run.before)), time(firstOf(run))],
    [run.before.lines.length, failuresOf(run.before)],
    [run.lines.length, failuresOf(run), bytesOf(run)],
  ]);

/** The lines before and after a shift, by their starts: of one client, or of one workload where it names no pod. */
function linesOf(shift: Shift, mesh: MeshTruth): readonly [before: TrueLine, after: TrueLine] | null {
  const find = (start: string, cluster: string | null): TrueLine | undefined =>
    mesh.lines.find(
      (line) =>
        line.side === 'outbound' &&
        time(line.start) === start &&
        line.cluster === (cluster ?? '-') &&
        line.workload === shift.source.workload &&
        portOf(line.downstreamLocal) === shift.destination.port &&
        (shift.source.pod === null || line.pod === shift.source.pod),
    );
  const before = find(shift.last_before, shift.from.upstream_cluster);
  const after = find(shift.first_after, shift.to.upstream_cluster);
  return before === undefined || after === undefined ? null : [before, after];
}

async function shifts(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  const addresses = addressesOf(mesh);
  const changes = runsOf(mesh).filter((run): run is Changed => run.before !== null);
  const truth = new Set(changes.map(trueShift));
  const ways = new Set(changes.map(({ pod, address }) => `${pod} ${address}`));
  const all = (await listInAllForms(app, '/api/v1/shifts', {}, PAGE_ITEMS)).json as Shift[];
  const told = new Set(all.map(toldShift));
  for (const run of changes) {
    const [before, after] = [run.before.lines.at(-1), run.lines[0]];
    const isOfChange =
      before?.change != null && before.change === after?.change && before.phase !== after.phase;
    if (isOfChange && isTellable(run, mesh)) t.ok(told.has(trueShift(run)), `lacks ${trueShift(run)}`);
  }
  const known = all.map((shift) => ({ shift, lines: linesOf(shift, mesh) }));
  for (const { shift, lines } of known) {
    t.ok(lines !== null, `${toldShift(shift)} is between two lines`);
    const isFine = shift.source.pod !== null && ways.has(`${shift.source.pod} ${shift.destination.address}`);
    if (isFine) t.ok(truth.has(toldShift(shift)), toldShift(shift));
  }
  const kinds = all.map(({ kind }) => ({ kind: [kind] }));
  const states = ['passthrough', 'captured', 'service'].map((state) => ({ state: [state] }));
  for (const values of [...samples(mesh), ...kinds, ...states]) {
    const expected = known.filter(
      ({ shift, lines }) => lines !== null && fitsShift(values, shift, lines[1], addresses),
    );
    const forms = await listInAllForms(app, '/api/v1/shifts', values, PAGE_ITEMS);
    const query = queryOf(values).toString();
    t.strictSame(
      (forms.json as Shift[]).map(({ id }) => id),
      expected.map(({ shift }) => shift.id),
      query,
    );
    sameInAllForms(t, forms, query);
  }
}

type Changed = TrueRun & { readonly before: TrueRun };

const START_MS = 60_000;

/**
 * False for what may be a race with a proxy that is about to begin: the first minute of a pod at its address, as far as
 * connections tell, and a single one that was blocked.
 */
function isTellable(run: TrueRun, { lines }: MeshTruth): boolean {
  const [line] = run.lines;
  if (line === undefined || (run.cluster === 'BlackHoleCluster' && run.lines.length < 2)) return false;
  const address = hostOf(line.downstreamRemote);
  const isOfPod = (one: TrueLine): boolean =>
    one.pod === run.pod &&
    !one.http &&
    hostOf(one.side === 'inbound' ? one.downstreamLocal : one.downstreamRemote) === address;
  return line.start - Math.min(...lines.filter(isOfPod).map(({ start }) => start)) >= START_MS;
}

/** By the line after it, and by both clusters and states. */
function fitsShift(
  { upstream_cluster, state, kind, source, ...values }: Values,
  { from, to }: Shift,
  after: TrueLine,
  addresses: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const { since, until, ...shared } = values;
  const ends = [from, to];
  return (
    fits({ ...shared, ...(since && { since }), ...(until && { until }) }, after) &&
    (kind === undefined || kind.includes(`${from.state}_to_${to.state}`)) &&
    (state === undefined || ends.some((end) => state.includes(end.state))) &&
    (source === undefined || source.some((ip) => addresses.get(after.pod)?.has(ip) === true)) &&
    (upstream_cluster === undefined ||
      ends.some((end) => fits({ upstream_cluster }, { ...after, cluster: end.upstream_cluster ?? '-' })))
  );
}

async function incidents(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  const all = (await listInAllForms(app, '/api/v1/incidents', {}, PAGE_ITEMS)).json as Incident[];
  for (const { change, diagnoses, port, sources } of mesh.truth.incidents) {
    if (diagnoses.length === 0 || sources.length === 0) continue;
    const told = all.filter(
      (one) => diagnoses.includes(one.diagnosis) && (port === null || one.port === port),
    );
    const pods = new Set(told.flatMap((one) => one.sources.map(({ pod }) => pod)));
    t.strictSame([...pods].sort(), sources.map(({ pod }) => pod).sort(), `the pods of ${change}`);
    // Each of them is found by each of its pods, also by that of its last line.
    for (const { pod } of sources) {
      const found = await get<{ items: Incident[] }>(
        app,
        `/api/v1/incidents?${queryOf({ pod: [pod], diagnosis: diagnoses })}`,
      );
      t.ok(
        found.items.some(({ id }) => told.some((one) => one.id === id)),
        `${change} by ${pod}`,
      );
    }
  }
  const by = (values: Values, is: (incident: Incident) => boolean) => ({ values, is });
  const one = <T>(list: readonly T[]): T[] => [...new Set(list)].slice(0, QUESTIONS);
  const members = ({ sources, destinations }: Incident) => [...sources, ...destinations];
  const questions = [
    ...one(all.flatMap(members).flatMap(({ pod }) => pod ?? [])).map((pod) =>
      by({ pod: [pod] }, (incident) => members(incident).some((member) => member.pod === pod)),
    ),
    ...one(all.flatMap(members).flatMap(({ workload }) => workload ?? [])).map((workload) =>
      by({ workload: [workload] }, (incident) =>
        members(incident).some((member) => member.workload === workload),
      ),
    ),
    ...one(all.flatMap(({ destinations }) => destinations.map(({ address }) => address))).map((address) =>
      by({ destination: [address] }, ({ destinations }) =>
        destinations.some((place) => place.address === address),
      ),
    ),
    ...one(all.map(({ diagnosis }) => diagnosis)).map((diagnosis) =>
      by({ diagnosis: [diagnosis] }, (incident) => incident.diagnosis === diagnosis),
    ),
    ...['info', 'medium', 'high', 'critical'].map((severity) =>
      by({ severity: [severity] }, (incident) => incident.severity === severity),
    ),
    by({ since: ['2099-01-01T00:00:00Z'] }, () => false),
    by({ until: ['2001-01-01T00:00:00Z'] }, () => false),
    by({ node: ['nowhere'] }, () => false),
  ];
  for (const { values, is } of questions) {
    const query = queryOf(values).toString();
    const forms = await listInAllForms(app, '/api/v1/incidents', values, PAGE_ITEMS);
    t.strictSame(
      (forms.json as Incident[]).map(({ id }) => id),
      all.filter(is).map(({ id }) => id),
      query,
    );
    sameInAllForms(t, forms, query);
  }
}

async function explain(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  const runs = runsOf(mesh);
  const pods = addressesOf(mesh);
  const addresses = [...new Set(runs.map(({ address }) => address))].filter((_, index) => index % 3 === 0);
  for (const [index, address] of addresses.entries()) {
    const ip = hostOf(address);
    const own = runs.filter((run) => run.address === address);
    const [{ pod, lines: [line] = [] } = { pod: '' }] = own;
    const filters: readonly Values[] = [
      {},
      { pod: [pod] },
      { node: [line?.node ?? ''] },
      { until: ['2001-01-01T00:00:00Z'] },
    ];
    const values = filters[index % filters.length] ?? {};
    const told = await get<Explanation>(
      app,
      `/api/v1/explain/${encodeURIComponent(address)}?${queryOf(values)}`,
    );
    const expected = own.filter(
      (run) => fitsRun(values, run, pods) && overlaps(values, firstOf(run), lastOf(run)),
    );
    t.strictSame(
      told.routes.map(toldRoute).sort(),
      expected.map(trueRoute).sort(),
      `${address} ${queryOf(values)}`,
    );
    t.strictSame(
      told.clients.map((client) => client.pod).sort(),
      [...new Set(expected.map((run) => run.pod))].sort(),
      'its clients are those who called',
    );
    const owners = [...pods].filter(([, ips]) => ips.has(ip)).map(([name]) => name);
    if (index % filters.length === 0)
      t.strictSame(told.pods.map((one) => one.pod).sort(), owners.sort(), `the pods at ${ip}`);
  }
}
