/** Who calls whom, from the flows of clients: they tell what was dialled, where it was sent, and who got it. */
import { normalizeCluster } from '../domain/cluster-name.ts';
import { AppError } from '../domain/errors.ts';
import { type Filter, matchesValue } from '../domain/filter.ts';
import type { State } from '../domain/resources.ts';
import { formatTime, HOUR_MS } from '../domain/time.ts';
import type { Topology, TopologyEdge, TopologyNode } from '../domain/topology.ts';
import { describePlace } from './findings.ts';
import { getOrMake } from './get-or-make.ts';
import { idOf } from './hash.ts';
import type { Hours } from './hours.ts';
import { compareText, type Facts, type KnownAddress, type Leg } from './legs.ts';
import type { LineModel } from './model.ts';
import type { Ownership } from './ownership.ts';
import { EVIDENCE_MS, type Writer } from './pods.ts';
import { shapeIndexOf } from './shape-index.ts';

/** Numbers of nodes are below it. */
const NODES_MAX = 2 ** 26;

type NodeName = Pick<TopologyNode, 'kind' | 'name' | 'namespace' | 'port'>;

interface Edge {
  readonly source: number;
  readonly target: number;
  readonly states: Map<State, number>;
  connections: number;
  failures: number;
  bytes_received: number;
  bytes_sent: number;
  first: number;
  last: number;
}

/** The window is widened to whole hours. Errors: `bad_parameter` for a port in `source`. */
export function tellTopology(filter: Filter, edgesMax: number, model: LineModel): Topology {
  checkSource(filter);
  const nodes = new Nodes(model);
  const edges = new Map<number, Edge>();
  const asked = shapeIndexOf(model).matching(filter, model);
  const hours = hoursOf(filter, model);
  const sum = new Sum();
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [id, shape] of model.shapes) {
    if (asked[id] !== 1 || shape.facts.direction !== 'outbound') continue;
    const isSteady = nodes.isSteady(shape.facts);
    /** Of the legs that are summed up: null without any. */
    let way: readonly Edge[] | null = null;
    shape.eachIn(hours, (leg) => {
      const state = model.judgementOf(leg)?.state ?? null;
      if (!matchesValue(filter.state, state)) return;
      const { hour } = leg.flow;
      if (hour < from) from = hour;
      if (hour > to) to = hour;
      if (way === null) way = edgesOf(nodes.wayOf(leg), edges);
      else if (sum.state !== state) sum.addTo(way);
      sum.add(leg, state);
      if (isSteady) return;
      sum.addTo(way);
      way = null;
    });
    if (way !== null) sum.addTo(way);
  }
  return {
    since: edges.size === 0 ? null : formatTime(from * HOUR_MS),
    until: edges.size === 0 ? null : formatTime((to + 1) * HOUR_MS),
    ...present(nodes.names, [...edges.values()], edgesMax),
  };
}

/** Those that a window touches. */
function hoursOf({ since, until }: Filter, { first, lastStart }: LineModel): Hours {
  if (first === null || lastStart === null) return { from: 0, to: 0 };
  const from = Math.floor(Math.max(first, since ?? first) / HOUR_MS);
  const to = Math.floor(Math.min(lastStart, until === null ? lastStart : until - 1) / HOUR_MS);
  return { from, to: to + 1 };
}

/** Those between the nodes of a way. */
function edgesOf(way: readonly number[], edges: Map<number, Edge>): Edge[] {
  return way.slice(1).map((target, i) => {
    const source = way[i] ?? 0;
    return getOrMake(edges, source * NODES_MAX + target, () => newEdge(source, target));
  });
}

/** Numbers for nodes, from 0 on. */
class Nodes {
  readonly names: NodeName[] = [];
  readonly #known: Ownership;
  readonly #span: readonly [first: number, last: number];
  readonly #numbers = new Map<string, number>();
  readonly #clients = new Map<string, number>();
  readonly #clusters = new Map<string, number>();
  /** By addresses that are of one all the time. */
  readonly #places = {
    destination: new Map<KnownAddress, number>(),
    workload: new Map<KnownAddress, number>(),
  };
  /** Of pods with a name, by the pod, then by the port that was dialled; 0 where it is no destination. */
  readonly #writers = new Map<string, Map<number, number>>();
  readonly #isSteady = new Map<KnownAddress, boolean>();

  constructor({ known, first, lastStart }: LineModel) {
    this.#known = known;
    this.#span = [first ?? 0, lastStart ?? 0];
  }

  /** The nodes that connections of a leg went through, one after the other. */
  wayOf({ facts, flow }: Leg): number[] {
    const way = [this.#client(facts.writer, facts)];
    if (facts.local !== null) way.push(this.#place('destination', facts.local, flow.first));
    const { upstream_cluster } = flow.shape;
    // As logged, so that the name is a filter.
    if (upstream_cluster !== null) way.push(this.#cluster(normalizeCluster(upstream_cluster)));
    if (facts.upstream !== null) way.push(this.#place('workload', facts.upstream, flow.first));
    return way;
  }

  /** True when all legs of the shape go the same way: who has its addresses is the same at all times. */
  isSteady({ local, upstream }: Facts): boolean {
    return (local === null || this.#isOfOne(local)) && (upstream === null || this.#isOfOne(upstream));
  }

  #isOfOne(address: KnownAddress): boolean {
    const told = this.#isSteady.get(address);
    if (told !== undefined) return told;
    const [first, last] = this.#span;
    const covers = (one: { readonly first: number; readonly last: number }): boolean =>
      one.first - EVIDENCE_MS <= first && last <= one.last + EVIDENCE_MS;
    const claims = this.#known.pods.claims(address.ip);
    const writer = claims[0]?.writer ?? null;
    const isNamed = writer !== null && this.#isNamed(writer);
    const isSteady =
      claims.length <= 1 && claims.every(covers) && (isNamed || this.#known.owners(address).every(covers));
    this.#isSteady.set(address, isSteady);
    return isSteady;
  }

  #client(writer: string, { source }: Facts): number {
    const told = this.#clients.get(writer);
    if (told !== undefined) return told;
    const namespace = source.namespace ?? this.#known.namespaceOf(writer);
    const name = source.workload ?? source.ip ?? writer;
    const number = this.#number({ kind: 'workload', name, namespace, port: null });
    this.#clients.set(writer, number);
    return number;
  }

  #cluster(name: string): number {
    const told = this.#clusters.get(name);
    if (told !== undefined) return told;
    const number = this.#number({ kind: 'cluster', name, namespace: null, port: null });
    this.#clusters.set(name, number);
    return number;
  }

  #place(kind: 'destination' | 'workload', address: KnownAddress, time: number): number {
    if (!this.#isOfOne(address)) return this.#find(kind, address, time);
    return getOrMake(this.#places[kind], address, () => this.#find(kind, address, time));
  }

  /** Whoever has the address. */
  #find(kind: 'destination' | 'workload', address: KnownAddress, time: number): number {
    const writer = this.#known.pods.claimAt(address.ip, time)?.writer ?? null;
    if (writer === null || !this.#isNamed(writer)) return this.#describe(kind, address, time);
    const byPort = getOrMake(this.#writers, writer.key, () => new Map<number, number>());
    const port = kind === 'workload' ? 0 : address.port;
    return getOrMake(byPort, port, () => this.#describe(kind, address, time));
  }

  /** What is told of a pod is the same for all its addresses: of one without a namespace, that of the service at the address is. */
  #isNamed({ key, source }: Writer): boolean {
    return source.workload !== null && this.#known.namespaceOf(key) !== null;
  }

  #describe(kind: 'destination' | 'workload', address: KnownAddress, time: number): number {
    const { workload, owner, namespace } = describePlace(address, time, this.#known);
    if (kind === 'workload') {
      const name = workload ?? address.key;
      return this.#number({ kind, name, namespace: workload === null ? null : namespace, port: null });
    }
    const name = workload ?? owner ?? address.ip;
    return this.#number({
      kind,
      name,
      namespace: name === address.ip ? null : namespace,
      port: address.port,
    });
  }

  #number(name: NodeName): number {
    const key = JSON.stringify([name.kind, name.name, name.namespace, name.port]);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.names.push(name) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}

function newEdge(source: number, target: number): Edge {
  return {
    source,
    target,
    states: new Map(),
    connections: 0,
    failures: 0,
    bytes_received: 0,
    bytes_sent: 0,
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
  };
}

/** What legs of one shape and state sum up, before it is added to the edges that they went along. */
class Sum {
  state: State | null = null;
  #connections = 0;
  #failures = 0;
  #received = 0;
  #sent = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  add({ facts, flow }: Leg, state: State | null): void {
    this.state = state;
    const { connections, first, last } = flow;
    this.#connections += connections;
    if (facts.failed) this.#failures += connections;
    this.#received += flow.bytes_received;
    this.#sent += flow.bytes_sent;
    if (first < this.#first) this.#first = first;
    if (last > this.#last) this.#last = last;
  }

  /** Begins anew. */
  addTo(edges: readonly Edge[]): void {
    const { state } = this;
    for (const edge of edges) {
      edge.connections += this.#connections;
      edge.failures += this.#failures;
      edge.bytes_received += this.#received;
      edge.bytes_sent += this.#sent;
      if (this.#first < edge.first) edge.first = this.#first;
      if (this.#last > edge.last) edge.last = this.#last;
      if (state !== null) edge.states.set(state, (edge.states.get(state) ?? 0) + this.#connections);
    }
    this.#connections = this.#failures = this.#received = this.#sent = 0;
    this.#first = Number.POSITIVE_INFINITY;
    this.#last = Number.NEGATIVE_INFINITY;
  }
}

function present(
  names: readonly NodeName[],
  edges: readonly Edge[],
  edgesMax: number,
): Omit<Topology, 'since' | 'until'> {
  const sums = names.map((name) => {
    const { kind, namespace, port } = name;
    const id = idOf('node', kind, name.name, namespace ?? '', port ?? '');
    return { id, ...name, connections_in: 0, failures_in: 0, connections_out: 0, failures_out: 0 };
  });
  for (const { source, target, connections, failures } of edges) {
    const [from, into] = [sums[source], sums[target]];
    if (from === undefined || into === undefined) continue;
    from.connections_out += connections;
    from.failures_out += failures;
    into.connections_in += connections;
    into.failures_in += failures;
  }
  const told = edges
    .map((edge) => toEdge(edge, sums))
    .sort((a, b) => b.connections - a.connections || compareText(a.id, b.id))
    .slice(0, edgesMax);
  const ends = new Set(told.flatMap(({ source, target }) => [source, target]));
  return {
    nodes_total: names.length,
    nodes: sums.filter(({ id }) => ends.has(id)).sort((a, b) => compareText(a.id, b.id)),
    edges_total: edges.length,
    edges: told,
  };
}

function toEdge(
  { first, last, states, ...edge }: Edge,
  nodes: ReadonlyArray<{ readonly id: string }>,
): TopologyEdge {
  const [source = '', target = ''] = [nodes[edge.source]?.id, nodes[edge.target]?.id];
  return {
    id: idOf('edge', source, target),
    ...edge,
    source,
    target,
    states: Object.fromEntries([...states].sort(([a], [b]) => compareText(a, b))),
    first_seen: formatTime(first),
    last_seen: formatTime(last),
  };
}

function checkSource({ source }: Filter): void {
  if (source.every(({ port }) => port === null)) return;
  throw new AppError(
    'bad_parameter',
    'cannot use a port in filter "source" with topology: connections are counted without the port of the client; expected an address alone',
  );
}
