/** Builds the mesh: nodes, workloads with their services, pods with all their later replacements. */
import type { Node, Pod, RegisteredHost, Role, Slot, Workload, World } from './model.ts';
import type { SimulationOptions } from './options.ts';
import { Random } from './random.ts';

/** Port of the peers, which the catch-all listeners take. */
export const PEER_PORT = 7_411;
const OTHER_PEER_PORT = 8_655;
const TCP_PORTS = [5_432, 6_380, 9_092, 4_222, 27_017, 3_306] as const;
const NAMESPACES = ['harbor', 'uplands', 'market', 'archive', 'works'] as const;
const NAMES = [
  ...['quarry', 'mill', 'kiln', 'granary', 'beacon', 'anvil', 'loom', 'ferrier', 'orchard', 'smithy', 'weir'],
  ...['cooper', 'tannery', 'dairy', 'chandler', 'saltern', 'press', 'bellows', 'sluice', 'tiller', 'wharf'],
  ...['cellar', 'stable', 'gable', 'hearth', 'cistern', 'arbor', 'thicket', 'meadow', 'paddock', 'furrow'],
] as const;
/** Letters that Kubernetes puts at the end of generated names. */
const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
/** A container network gives an address to another pod after so many ms. */
const IP_COOLDOWN_MS = 30_000;

interface Plan {
  readonly name: string;
  readonly role: Role;
  readonly port: number;
  readonly targetPort: number;
  readonly stateful: boolean;
}

/** The mesh for these options. A function of the options alone. */
export function buildWorld(options: SimulationOptions): World {
  const random = new Random(options.seed, 'world');
  const nodes = buildNodes(options, random);
  const workloads = planServices(options.services).map((plan, index) => buildWorkload(plan, index));
  const factory = new PodFactory(options, nodes, random);
  placePods(workloads, options, factory);
  const replacements = planReplacements(workloads, options, factory);
  return assemble(workloads, nodes, replacements, random);
}

function assemble(
  workloads: readonly Workload[],
  nodes: readonly Node[],
  replacements: readonly Pod[],
  random: Random,
): World {
  const ofRole = (role: Role): Workload[] => workloads.filter((workload) => workload.role === role);
  const named = (name: string): Workload => first(workloads.filter((workload) => workload.name === name));
  const tcp = ofRole('tcp').filter((workload) => workload.name !== 'ferry');
  const clients = workloads
    .filter((workload) => workload.role !== 'gateway')
    .flatMap((workload) => workload.slots);
  const aliased = first(tcp.slice(1));
  return {
    nodes,
    workloads,
    clients: random.shuffle(clients),
    tcp,
    http: ofRole('http'),
    headless: first(ofRole('headless')),
    peers: named('sextant'),
    otherPeers: named('compass'),
    neighbour: named('ferry'),
    gateway: first(ofRole('gateway')),
    peerClients: ofRole('http')
      .slice(0, 2)
      .flatMap((workload) => workload.slots),
    alias: {
      workload: aliased,
      cluster: `outbound|${aliased.port}||${aliased.name}.alias.example`,
      addresses: [`240.240.7.3:${aliased.port}`],
      upstreams: [aliased.address],
    },
    ranges: [
      range('ledger.partner.example', 9_443, '198.51.100', ['192.0.2.40:9443', '192.0.2.41:9443']),
      range('queue.partner.example', 5_671, '203.0.113', null),
    ],
    gatewayHosts: ['files.tideline.example', 'api.tideline.example'].map((host, index) => ({
      cluster: `outbound|443||${host}`,
      addresses: [`192.0.2.${100 + index}:443`],
      upstreams: [`192.0.2.${100 + index}:443`],
    })),
    unknownHosts: Array.from({ length: 12 }, (_, i) => `192.0.2.${200 + i}:${i % 3 === 0 ? 8443 : 443}`),
    catchAlls: {
      failing: `outbound|${PEER_PORT}||almanac.archive.svc.cluster.local`,
      silent: `outbound|${PEER_PORT}||gazette.works.svc.cluster.local`,
    },
    replacements,
  };
}

function range(
  host: string,
  port: number,
  prefix: string,
  upstreams: readonly string[] | null,
): RegisteredHost {
  const addresses = Array.from({ length: 30 }, (_, i) => `${prefix}.${130 + i}:${port}`);
  return { cluster: `outbound|${port}||${host}`, addresses, upstreams };
}

function planServices(count: number): Plan[] {
  const fixed: Plan[] = [
    plan('sextant', 'peer', PEER_PORT, PEER_PORT, true),
    plan('compass', 'peer', OTHER_PEER_PORT, OTHER_PEER_PORT, true),
    plan('lantern', 'headless', 6_820, 6_820, true),
    plan('ferry', 'tcp', PEER_PORT, PEER_PORT, false),
    plan('istio-egressgateway', 'gateway', 443, 8_443, false),
  ];
  const others = Array.from({ length: count - fixed.length }, (_, index): Plan => {
    const name = `${NAMES[index % NAMES.length]}${index < NAMES.length ? '' : `-${Math.floor(index / NAMES.length) + 1}`}`;
    if (index % 4 === 1) return plan(name, 'http', 80, 8_080, false);
    const port = TCP_PORTS[index % TCP_PORTS.length] ?? 5_432;
    return plan(name, 'tcp', port, index % 3 === 0 ? port + 10_000 : port, index % 5 === 2);
  });
  return [...fixed, ...others];
}

function plan(name: string, role: Role, port: number, targetPort: number, stateful: boolean): Plan {
  return { name, role, port, targetPort, stateful };
}

function buildWorkload(plan: Plan, index: number): Workload {
  const { name, role, port } = plan;
  const namespace = role === 'gateway' ? 'istio-system' : (NAMESPACES[index % NAMESPACES.length] ?? 'works');
  const host = `${name}.${namespace}.svc.cluster.local`;
  return {
    ...plan,
    namespace,
    slots: [],
    host,
    address: `10.112.${Math.floor(index / 200)}.${10 + (index % 200)}:${port}`,
    cluster: `outbound|${port}||${host}`,
    sni: `outbound_.${port}_._.${host}`,
    inboundCluster: `inbound|${port}|${role === 'http' ? 'http-web' : `tcp-${name}`}|${host}`,
  };
}

function buildNodes(options: SimulationOptions, random: Random): Node[] {
  return Array.from({ length: options.nodes }, (_, index) => ({
    name: `node-${index + 1}`,
    ip: `10.20.0.${10 + index}`,
    offset: random.between(-options.skewMs, options.skewMs),
  }));
}

/** Two pods for each service, three more for those that call each other, the rest in turn to the others. */
function placePods(workloads: readonly Workload[], options: SimulationOptions, factory: PodFactory): void {
  const wanted: number[] = workloads.map((workload) =>
    ['peer', 'headless'].includes(workload.role) ? 4 : 2,
  );
  const flexible = workloads.flatMap((workload, index) => (workload.role === 'gateway' ? [] : [index]));
  let left = options.pods - wanted.reduce((sum, count) => sum + count, 0);
  for (let turn = 0; left > 0; turn++, left--) {
    const index = flexible[turn % flexible.length] ?? 0;
    wanted[index] = (wanted[index] ?? 0) + 1;
  }
  for (const [index, workload] of workloads.entries()) {
    for (let n = 0; n < (wanted[index] ?? 0); n++) {
      const slot: Slot = { workload, pods: [], cursor: 0 };
      workload.slots.push(slot);
      slot.pods.push(factory.create(workload, n, Number.NEGATIVE_INFINITY));
    }
  }
}

/** Ends pods at random times and starts others in their place, some seconds later and on another node. */
function planReplacements(
  workloads: readonly Workload[],
  options: SimulationOptions,
  factory: PodFactory,
): Pod[] {
  const random = new Random(options.seed, 'replacements');
  const span = (options.lines / options.linesPerSecond) * 1_000;
  const count = Math.round((options.replacedPerHour * span) / 3_600_000);
  const times = Array.from({ length: count }, () => options.startTime + random.next() * span).sort(
    (a, b) => a - b,
  );
  const slots = workloads.flatMap((workload) => workload.slots.map((slot, ordinal) => ({ slot, ordinal })));
  for (const time of times) {
    const { slot, ordinal } = random.pick(slots);
    const last = slot.pods.length - 1;
    const old = slot.pods[last];
    // A pod that has only just begun stays: two replacements of one place would overlap.
    if (old === undefined || old.from > time - 60_000) continue;
    slot.pods[last] = { ...old, to: time };
    factory.release(old, time);
    slot.pods.push(factory.create(slot.workload, ordinal, time + random.between(1_000, 15_000)));
  }
  const all = slots.flatMap(({ slot }) => slot.pods);
  return all.filter((pod) => pod.from >= options.startTime).sort((a, b) => a.from - b.from);
}

/** Names pods and gives them addresses; an address that was given back is used again, also by another workload. */
class PodFactory {
  readonly #options: SimulationOptions;
  readonly #nodes: readonly Node[];
  readonly #random: Random;
  readonly #used: number[];
  readonly #released: Array<{ readonly ip: string; readonly node: Node; readonly at: number }> = [];
  #uid = 0;

  constructor(options: SimulationOptions, nodes: readonly Node[], random: Random) {
    this.#options = options;
    this.#nodes = nodes;
    this.#random = random;
    this.#used = nodes.map(() => 0);
  }

  create(workload: Workload, ordinal: number, from: number): Pod {
    const { ip, node } = this.#address(from);
    const name = workload.stateful ? `${workload.name}-${ordinal}` : this.#deploymentPod(workload);
    const namespace = this.#options.namespacePrefix ? `${workload.namespace} ` : '';
    return {
      uid: this.#uid++,
      name,
      workload,
      node,
      ip,
      address: `${ip}:${workload.targetPort}`,
      prefix: `${namespace}${name} istio-proxy `,
      from,
      to: Number.POSITIVE_INFINITY,
    };
  }

  release(pod: Pod, at: number): void {
    this.#released.push({ ip: pod.ip, node: pod.node, at });
  }

  #address(from: number): { ip: string; node: Node } {
    const old = this.#released[0];
    if (old !== undefined && old.at + IP_COOLDOWN_MS <= from && this.#random.chance(0.7)) {
      this.#released.shift();
      return old;
    }
    const index = this.#random.int(this.#nodes.length);
    const node = this.#nodes[index];
    if (node === undefined) throw new Error('BUG: no node');
    const count = this.#used[index] ?? 0;
    this.#used[index] = count + 1;
    return { ip: `10.${40 + Math.floor(count / 250)}.${index}.${2 + (count % 250)}`, node };
  }

  #deploymentPod(workload: Workload): string {
    const replicaSet = this.#letters(
      10,
      new Random(this.#options.seed, `${workload.namespace}/${workload.name}`),
    );
    return `${workload.name}-${replicaSet}-${this.#letters(5, this.#random)}`;
  }

  #letters(count: number, random: Random): string {
    let text = '';
    for (let i = 0; i < count; i++) text += NAME_LETTERS[random.int(NAME_LETTERS.length)];
    return text;
  }
}

function first<T>(items: readonly T[]): T {
  const item = items[0];
  if (item === undefined) throw new Error('BUG: the mesh lacks a part');
  return item;
}
