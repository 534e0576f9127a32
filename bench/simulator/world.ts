/** Builds the mesh: nodes, workloads with their services, pods with all their later replacements. */
import { isForSpeed } from './for-speed.ts';
import type { Node, Particular, Pod, RegisteredHost, Role, Workload, World } from './model.ts';
import type { SimulationOptions } from './options.ts';
import { PodFactory, placePods, planReplacements } from './pods.ts';
import { Random } from './random.ts';
import { PEER_PORT, planWorkloads } from './services.ts';

/** How far clocks are off on nodes where nobody sets them. */
const BROKEN_CLOCK_MS = 3_000;

/** The mesh for these options. A function of the options alone. */
export function buildWorld(options: SimulationOptions): World {
  const random = new Random(options.seed, 'world');
  const nodes = buildNodes(options, random);
  const workloads = planWorkloads(options.scenario, options.services);
  const factory = new PodFactory(options, nodes, random);
  placePods(workloads, options, factory);
  const replacements = planReplacements(workloads, options, factory);
  const particular = isForSpeed(options.scenario) ? null : findParticular(workloads, nodes, factory);
  return assemble(workloads, nodes, random, particular, replacements);
}

/** Roles of pods that open connections of all ordinary kinds. */
const CALLERS: ReadonlySet<Role> = new Set(['tcp', 'http', 'headless', 'peer']);

function assemble(
  workloads: readonly Workload[],
  nodes: readonly Node[],
  random: Random,
  particular: Particular | null,
  replacements: readonly Pod[],
): World {
  const ofRole = (role: Role): Workload[] => workloads.filter((workload) => workload.role === role);
  const named = (name: string): Workload => find(workloads, name);
  const tcp = ofRole('tcp').filter((workload) => workload.name !== 'ferry');
  const clients = workloads
    .filter((workload) => CALLERS.has(workload.role))
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
    particular,
    replacements: replacements.filter((pod) => CALLERS.has(pod.workload.role)),
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

function buildNodes(options: SimulationOptions, random: Random): Node[] {
  return Array.from({ length: options.nodes }, (_, index) => ({
    name: `node-${index + 1}`,
    ip: `10.20.0.${10 + index}`,
    offset: random.between(-options.skewMs, options.skewMs) + brokenBy(index, options),
  }));
}

/** Clocks of the first nodes are off, in turn ahead and behind. */
function brokenBy(index: number, { brokenClocks }: SimulationOptions): number {
  if (index >= brokenClocks) return 0;
  return index % 2 === 0 ? BROKEN_CLOCK_MS : -BROKEN_CLOCK_MS;
}

function findParticular(
  workloads: readonly Workload[],
  nodes: readonly Node[],
  factory: PodFactory,
): Particular {
  const named = (name: string): Workload => find(workloads, name);
  return {
    ingress: named('istio-ingressgateway'),
    eastWest: named('istio-eastwestgateway'),
    remote: named('lighthouse'),
    ambient: [named('dory'), named('skiff')],
    ztunnels: nodes.map((node) => factory.daemon(ZTUNNEL, node)),
    strict: named('rampart'),
    sharedHeadless: named('tower'),
    proxied: named('osprey'),
    relay: named('relay'),
    routed: named('turnpike'),
    routedTo: named('bypass'),
    moved: named('sundial'),
    moving: named('gnomon'),
  };
}

/** No service: one pod on each node, for the pods of the node that have no sidecar. */
const ZTUNNEL: Workload = {
  name: 'ztunnel',
  namespace: 'istio-system',
  stateful: false,
  slots: [],
  role: 'ambient',
  host: '',
  port: 15_008,
  targetPort: 15_008,
  address: '',
  cluster: '',
  sni: '',
  inboundCluster: '',
};

function find(workloads: readonly Workload[], name: string): Workload {
  return first(workloads.filter((workload) => workload.name === name));
}

function first<T>(items: readonly T[]): T {
  const item = items[0];
  if (item === undefined) throw new Error('BUG: the mesh lacks a part');
  return item;
}
