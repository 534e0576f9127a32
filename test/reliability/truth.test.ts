/**
 * Connections and pairs, in every form and by every filter, against what is true of simulated meshes: references are made from
 * the simulator's own knowledge and from its lines read without the product's parser. LONG_TESTS goes through many meshes.
 */
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import type { Connection, Incident, Pair } from '../../src/domain/resources.ts';
import { get, listInAllForms, queryOf, sameInAllForms, type Values } from '../helpers/forms.ts';
import { connectionsOf, fits, type MeshTruth, nameOf, type TrueLine } from '../helpers/mesh-truth.ts';
import { filterSamples, LINE_FILTERS } from '../helpers/truth-filters.ts';
import { inMeshes, PAGE_ITEMS, QUESTIONS } from '../helpers/truth-meshes.ts';

inMeshes('connections', connections);
inMeshes('pairs', pairs);

async function connections(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  for (const values of filterSamples(mesh, LINE_FILTERS, QUESTIONS)) {
    const told = queryOf(values).toString();
    const forms = await listInAllForms(app, '/api/v1/connections', values, PAGE_ITEMS);
    const found = forms.json as Connection[];
    t.strictSame(
      found.map(nameOf).sort(),
      mesh.lines
        .filter((line) => fits(values, line))
        .map(nameOf)
        .sort(),
      told,
    );
    t.strictSame(
      found.map(({ start_time: time }) => time),
      found
        .map(({ start_time: time }) => time)
        .sort()
        .reverse(),
    );
    sameInAllForms(t, forms, told);
  }
  await states(t, app, mesh);
  await verdicts(t, app, mesh);
  await findings(t, app, mesh);
}

/** All of them, by name. */
async function listed(app: FastifyInstance, list: string, values: Values): Promise<Set<string>> {
  const { json } = await listInAllForms(app, `/api/v1/${list}`, values, PAGE_ITEMS);
  return new Set((json as Connection[]).map(nameOf));
}

/** Those of which it is true are in the list, and none of which something else is. */
function holds(
  t: Test,
  found: ReadonlySet<string>,
  mesh: MeshTruth,
  isTrue: (line: TrueLine) => boolean | null,
  told: string,
): void {
  for (const line of mesh.lines) {
    const is = isTrue(line);
    if (is !== null && is !== found.has(nameOf(line)))
      t.fail(`${told}: ${is ? 'lacks' : 'has'} ${nameOf(line)}`);
  }
  t.ok(true, told);
}

async function states(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  for (const state of ['service', 'direct', 'passthrough', 'captured', 'gateway']) {
    const found = await listed(app, 'connections', { state: [state] });
    holds(t, found, mesh, (line) => (line.state === null ? null : line.state === state), state);
    const some = await listed(app, 'connections', { state: [state], response_flag: ['UF'] });
    t.strictSame(
      [...some].sort(),
      mesh.lines
        .filter((line) => found.has(nameOf(line)) && fits({ response_flag: ['UF'] }, line))
        .map(nameOf)
        .sort(),
    );
  }
}

/** Pairs whose lines tell for sure that they belong together: see docs/accuracy.md. */
const SURE = new Set(['full', 'gateway', 'http']);

async function verdicts(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  const of = new Map<string, string>();
  for (const verdict of ['matched', 'expected_unmatched', 'unexplained', 'ambiguous', 'pending']) {
    for (const name of await listed(app, 'connections', { verdict: [verdict] })) {
      t.notOk(of.has(name), 'a line has one verdict');
      of.set(name, verdict);
    }
  }
  t.equal(of.size, mesh.lines.length, 'every line has a verdict');
  const both = await listed(app, 'connections', {
    verdict: ['unexplained', 'pending'],
    direction: ['outbound'],
  });
  t.strictSame(
    [...both].sort(),
    mesh.lines
      .filter(
        (line) =>
          line.direction === 'outbound' && ['unexplained', 'pending'].includes(of.get(nameOf(line)) ?? ''),
      )
      .map(nameOf)
      .sort(),
  );
  const inPair = new Set(mesh.pairs.flatMap(({ outbound, inbound }) => [outbound.name, inbound.name]));
  // What a gateway's line says of a partner is about the server that it called.
  const isSure = new Set(
    mesh.pairs
      .filter(({ kind }) => SURE.has(kind))
      .flatMap(({ outbound, inbound }) =>
        [outbound, inbound].filter((end) => end === outbound || !end.isGateway),
      )
      .map(({ name }) => name),
  );
  const last = new Set(connectionsOf(mesh.lines).map(({ id }) => id));
  for (const line of mesh.lines) {
    const verdict = of.get(nameOf(line));
    if (isSure.has(line.name) && last.has(line.id)) t.equal(verdict, 'matched', nameOf(line));
    if (!inPair.has(line.name)) t.not(verdict, 'matched', nameOf(line));
  }
}

/** What is diagnosed is found by its diagnosis, and by how bad it is. */
async function findings(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  for (const incident of mesh.truth.incidents.filter(
    ({ diagnoses, sources }) => diagnoses.length > 0 && sources.length > 0,
  )) {
    const found = await listed(app, 'connections', { diagnosis: incident.diagnoses });
    holds(
      t,
      found,
      mesh,
      (line) =>
        line.change !== incident.change
          ? null
          : line.phase === 'new'
            ? true
            : line.phase === 'old'
              ? false
              : null,
      `${incident.change} by diagnosis`,
    );
    const { items } = await get<{ items: Incident[] }>(
      app,
      `/api/v1/incidents?${queryOf({ diagnosis: incident.diagnoses })}`,
    );
    const severe = await listed(app, 'connections', {
      severity: [...new Set(items.map(({ severity }) => severity))],
    });
    t.ok(
      [...found].every((name) => severe.has(name)),
      'by severity there are no fewer',
    );
  }
}

async function pairs(t: Test, app: FastifyInstance, mesh: MeshTruth): Promise<void> {
  const byName = new Map(mesh.lines.map((line) => [nameOf(line), line]));
  const lineOf = (connection: Connection): TrueLine => {
    const line = byName.get(nameOf(connection));
    if (line === undefined) throw new Error(`there is no line ${nameOf(connection)}`);
    return line;
  };
  const keyOf = (one: string, other: string): string => [one, other].sort().join(' | ');
  const truth = new Map(mesh.pairs.map((pair) => [keyOf(pair.outbound.name, pair.inbound.name), pair]));
  const all = (await listInAllForms(app, '/api/v1/pairs', {}, PAGE_ITEMS)).json as Pair[];
  const told = all.map((pair) => ({ pair, ends: [lineOf(pair.outbound), lineOf(pair.inbound)] as const }));
  const keys = new Set(told.map(({ ends: [a, b] }) => keyOf(a.name, b.name)));
  for (const [key, pair] of truth)
    if (SURE.has(pair.kind) && !keys.has(key)) t.fail(`lacks ${pair.kind} ${key}`);
  for (const {
    pair,
    ends: [a, b],
  } of told) {
    const isTrue = truth.has(keyOf(a.name, b.name));
    if (pair.kind === 'full' && !isTrue) t.fail(`no pair: ${nameOf(a)} | ${nameOf(b)}`);
    t.equal(pair.start_skew_ms, b.start - a.start);
  }
  t.equal(keys.size, told.length, 'each once');
  for (const values of filterSamples(mesh, [...LINE_FILTERS, 'verdict'], QUESTIONS)) {
    const { kind, verdict, since, until, ...others } = values;
    const window = { ...(since && { since }), ...(until && { until }) };
    const expected = told.filter(
      ({ pair, ends }) =>
        fits(window, ends[0]) &&
        (verdict === undefined || verdict.includes('matched')) &&
        (kind === undefined || kind.includes(ends[0].http ? 'http' : 'tcp') || kind.includes(pair.kind)) &&
        ends.some((line) => fits(others, line)),
    );
    const forms = await listInAllForms(app, '/api/v1/pairs', values, PAGE_ITEMS);
    const query = queryOf(values).toString();
    t.strictSame(
      forms.json.map((pair) => (pair as Pair).id),
      expected.map(({ pair }) => pair.id),
      query,
    );
    sameInAllForms(t, forms, query);
  }
  for (const kind of ['full', 'dnat', 'snat', 'tunnel', 'sni', 'http', 'tcp']) {
    const { json } = await listInAllForms(app, '/api/v1/pairs', { kind: [kind] }, PAGE_ITEMS);
    const isOf = ({ pair, ends: [line] }: (typeof told)[number]) =>
      pair.kind === kind || (line.http ? 'http' : 'tcp') === kind;
    t.strictSame(
      json.map((pair) => (pair as Pair).id),
      told.filter(isOf).map(({ pair }) => pair.id),
      kind,
    );
  }
}
