/** What changes in the mesh's routing, for which calls, and when each proxy takes it over. */
import type { Pod, Workload, World } from './model.ts';
import type { Scenario, SimulationOptions } from './options.ts';
import { hash32 } from './random.ts';
import { PEER_PORT } from './services.ts';

/** How long Envoy lets the connections of a removed listener live, as Istio sets it. */
export const DRAIN_MS = 45_000;

export type ChangeName =
  | 'failing_capture'
  | 'silent_capture'
  | 'registry_only'
  | 'service_removed'
  | 'adoption';

/** Calls that routing may treat alike. */
export type Traffic = 'peers' | 'other_peers' | 'unknown_hosts' | 'services';

/** One change, as the person who made it would tell it. */
export interface ChangePlan {
  readonly name: ChangeName;
  /** Diagnoses of docs/diagnoses.md that name it; none when it is an improvement. */
  readonly diagnoses: readonly string[];
  /** Port whose listeners change; null for all ports. */
  readonly port: number | null;
  /** Cluster that takes the connections over; null where the log prints none or several. */
  readonly cluster: string | null;
  readonly misdelivered: boolean;
  readonly victims: readonly string[];
  readonly begins: number;
  /** Infinity when it stays. */
  readonly ends: number;
}

/** A change on its way through the mesh: every proxy learns of it at an instant of its own. */
export class Change {
  readonly plan: ChangePlan;
  readonly #seed: number;
  readonly #removed: Workload;
  readonly #begun: number[] = [];
  readonly #ended: number[] = [];

  constructor(plan: ChangePlan, seed: number, removed: Workload) {
    this.plan = plan;
    this.#seed = hash32(plan.name, seed >>> 0);
    this.#removed = removed;
  }

  /** When this pod's proxy takes the change over; the pod's first moment when it starts later. */
  beginsFor(pod: Pod): number {
    const known = this.#begun[pod.uid];
    if (known !== undefined) return known;
    const instant = Math.max(pod.from, this.plan.begins + pushDelay(pod, this.#seed + 1));
    this.#begun[pod.uid] = instant;
    return instant;
  }

  /** When this pod's proxy takes the end of the change over; Infinity when it stays. */
  endsFor(pod: Pod): number {
    const known = this.#ended[pod.uid];
    if (known !== undefined) return known;
    // A proxy that starts afterwards never hears of it.
    const instant =
      pod.from >= this.plan.ends ? this.plan.ends : this.plan.ends + pushDelay(pod, this.#seed + 2);
    this.#ended[pod.uid] = instant;
    return instant;
  }

  isInForce(pod: Pod, time: number): boolean {
    return time >= this.beginsFor(pod) && time < this.endsFor(pod);
  }

  concerns(traffic: Traffic, workload: Workload | null): boolean {
    switch (this.plan.name) {
      case 'failing_capture':
      case 'silent_capture':
      case 'adoption':
        return traffic === 'peers';
      case 'registry_only':
        return traffic !== 'services';
      case 'service_removed':
        return traffic === 'services' && workload === this.#removed;
    }
  }
}

/** How long after a change this pod's proxy takes it over: Istio collects changes for 100 ms, then tells one by one. */
export function pushDelay(pod: Pod, salt: number): number {
  return 200 + (4_900 * hash32(`${pod.name}/${pod.uid}`, salt)) / 0x1_0000_0000;
}

/** The changes of a scenario, in the order in which they begin. */
export function planChanges(options: SimulationOptions, world: World): Change[] {
  const span = (options.lines / options.linesPerSecond) * 1_000;
  const at = (share: number): number => options.startTime + share * span;
  const removed = world.tcp[0];
  if (removed === undefined) throw new Error('BUG: no service to remove');
  return timetable(options.scenario).map(([name, begins, ends]) => {
    const times = { begins: at(begins), ends: ends === null ? Number.POSITIVE_INFINITY : at(ends) };
    return new Change({ ...describe(name, options, world, removed), ...times }, options.seed, removed);
  });
}

type Entry = readonly [name: ChangeName, begins: number, ends: number | null];

/** Begin and end as shares of the simulated time. */
function timetable(scenario: Scenario): readonly Entry[] {
  switch (scenario) {
    case 'quiet':
    case 'throughput':
    case 'http_throughput':
      return [];
    case 'recovery':
      return [['silent_capture', 0.3, 0.65]];
    case 'all_in_turn':
      return [
        ['failing_capture', 0.1, 0.2],
        ['silent_capture', 0.3, 0.4],
        ['registry_only', 0.5, 0.6],
        ['service_removed', 0.7, null],
        ['adoption', 0.85, null],
      ];
    default:
      return [[scenario, 0.5, null]];
  }
}

function describe(
  name: ChangeName,
  options: SimulationOptions,
  world: World,
  removed: Workload,
): Omit<ChangePlan, 'begins' | 'ends'> {
  const peers = { port: PEER_PORT, victims: [world.peers.name] };
  switch (name) {
    case 'failing_capture':
      return {
        ...peers,
        name,
        diagnoses: ['catch_all_capture'],
        cluster: world.catchAlls.failing,
        misdelivered: true,
      };
    case 'silent_capture':
      return {
        ...peers,
        name,
        diagnoses: ['silent_misdelivery', 'catch_all_capture'],
        cluster: world.catchAlls.silent,
        misdelivered: true,
      };
    case 'registry_only':
      return {
        name,
        diagnoses: ['blocked_by_registry_only', 'mesh_policy_change'],
        port: null,
        cluster: blackHoleName(options),
        misdelivered: false,
        victims: [world.peers.name, world.otherPeers.name],
      };
    case 'service_removed':
      return {
        name,
        diagnoses: ['visibility_lost'],
        port: removed.port,
        cluster: 'PassthroughCluster',
        misdelivered: false,
        victims: [removed.name],
      };
    case 'adoption':
      return {
        ...peers,
        name,
        diagnoses: [],
        cluster: world.peers.cluster,
        misdelivered: false,
        victims: [],
      };
  }
}

/** Old Envoys print no cluster when the connection goes nowhere. */
export function blackHoleName(options: SimulationOptions): string | null {
  return options.format === 'istio-1.3' ? null : 'BlackHoleCluster';
}
