/** Which workloads a mesh has, with the services in front of them. */
import { isForSpeed } from './for-speed.ts';
import type { Role, Workload } from './model.ts';
import type { Scenario } from './options.ts';

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

interface Plan {
  readonly name: string;
  readonly role: Role;
  readonly port: number;
  readonly targetPort: number;
  readonly stateful: boolean;
}

/** Parts of every mesh. */
const FIXED: readonly Plan[] = [
  plan('sextant', 'peer', PEER_PORT, PEER_PORT, true),
  plan('compass', 'peer', OTHER_PEER_PORT, OTHER_PEER_PORT, true),
  plan('lantern', 'headless', 6_820, 6_820, true),
  plan('ferry', 'tcp', PEER_PORT, PEER_PORT, false),
  plan('istio-egressgateway', 'gateway', 443, 8_443, false),
];

/** Parts that only the hard meshes have: each is called in one way alone. */
const PARTICULAR: readonly Plan[] = [
  plan('istio-ingressgateway', 'gateway', 31_400, 31_400, false),
  plan('istio-eastwestgateway', 'gateway', 15_443, 15_443, false),
  plan('lighthouse', 'particular', 6_390, 6_390, true),
  plan('dory', 'ambient', 9_300, 9_300, false),
  plan('skiff', 'ambient', 9_310, 9_310, true),
  plan('rampart', 'particular', 9_701, 9_701, true),
  plan('tower', 'particular', 6_910, 6_910, true),
  plan('osprey', 'particular', 5_900, 5_900, false),
  plan('relay', 'particular', 3_128, 3_128, false),
  plan('turnpike', 'particular', 7_070, 7_070, false),
  plan('bypass', 'particular', 7_070, 7_070, false),
  plan('sundial', 'particular', 7_250, 7_250, false),
  plan('gnomon', 'particular', 7_250, 7_250, false),
];

/** The workloads of a mesh of this scenario, still without pods. */
export function planWorkloads(scenario: Scenario, count: number): Workload[] {
  const fixed = isForSpeed(scenario) ? FIXED : [...FIXED, ...PARTICULAR];
  const others = Array.from({ length: count - fixed.length }, (_, index): Plan => {
    const name = `${NAMES[index % NAMES.length]}${index < NAMES.length ? '' : `-${Math.floor(index / NAMES.length) + 1}`}`;
    if (index % 4 === 1) return plan(name, 'http', 80, 8_080, false);
    const port = TCP_PORTS[index % TCP_PORTS.length] ?? 5_432;
    return plan(name, 'tcp', port, index % 3 === 0 ? port + 10_000 : port, index % 5 === 2);
  });
  return [...fixed, ...others].map(buildWorkload);
}

/** The fewest services of which such a mesh can consist: every part, and some of the ordinary kinds. */
export function servicesMin(scenario: Scenario): number {
  return FIXED.length + 5 + (isForSpeed(scenario) ? 0 : PARTICULAR.length);
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
