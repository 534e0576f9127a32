/** Calls that the changes of the scenarios take elsewhere. */
import type { Actors } from './actors.ts';
import { blackHoleName, type Change } from './changes.ts';
import type { Detours } from './detours.ts';
import { serverEnd } from './ends.ts';
import { drawExchange, drawPeerLife, drawServiceLife } from './exchange.ts';
import type { Pod, Workload, World } from './model.ts';
import type { LogFormat, SimulationOptions } from './options.ts';
import type { Random } from './random.ts';
import { decide } from './routing.ts';
import type { SideCalls } from './side-calls.ts';
import type { Attempt, Exchange, Wire } from './wire.ts';

/** An old Envoy that waits for the first bytes of a plain connection gives up after so many ms. */
const SNIFF_MS = 1_000;

/** What these calls are made of. */
export interface CallParts {
  readonly actors: Actors;
  readonly changes: readonly Change[];
  readonly wire: Wire;
  readonly side: SideCalls;
  readonly detours: Detours | null;
  readonly random: Random;
}

/** Each method makes one call; false when the pods or ports that it needs are not there just now. */
export class ChangingCalls {
  readonly #options: SimulationOptions;
  readonly #format: LogFormat;
  readonly #world: World;
  readonly #changes: readonly Change[];
  readonly #wire: Wire;
  readonly #actors: Actors;
  readonly #side: SideCalls;
  readonly #detours: Detours | null;
  readonly #random: Random;

  constructor(options: SimulationOptions, { actors, changes, wire, side, detours, random }: CallParts) {
    this.#options = options;
    this.#format = options.format;
    this.#world = actors.world;
    this.#changes = changes;
    this.#wire = wire;
    this.#actors = actors;
    this.#side = side;
    this.#detours = detours;
    this.#random = random;
  }

  /** By the virtual address of a service, as long as that leads somewhere. */
  service(now: number, source: Pod, service: Workload): boolean {
    const call = { traffic: 'services', workload: service, source, now } as const;
    const { change, marks, cutAt } = decide(this.#changes, call);
    const attempt = { now, source, dialled: service.address, serverName: '-', marks };
    if (change !== null) {
      // The service's address leads nowhere any more: what is sent there is dropped.
      return this.#side.timeOut({ ...attempt, cluster: 'PassthroughCluster', upstream: service.address });
    }
    const server = this.#actors.endpoint(service, now);
    if (server === null) return false;
    const exchange = drawExchange(this.#random, drawServiceLife(this.#random), cutAt);
    const far = serverEnd(this.#format, server, service.sni, 'full');
    return this.#wire.connect(
      { ...attempt, cluster: service.cluster, upstream: server.address },
      far,
      exchange,
    );
  }

  /** By the address of a pod that has no listener, unless a change gives it one or takes the call elsewhere. */
  peer(now: number): boolean {
    const { peers, neighbour } = this.#world;
    const source = this.#actors.peerCaller(now);
    const target = this.#actors.endpoint(peers, now);
    // A call to one's own address never reaches the proxy.
    if (source === null || target === null || source === target) return false;
    const call = { traffic: 'peers', workload: null, source, now } as const;
    const { change, marks, cutAt } = decide(this.#changes, call);
    const attempt = { now, source, dialled: target.address, serverName: '-', marks };
    const exchange = drawExchange(this.#random, drawPeerLife(this.#random), cutAt);
    switch (change?.plan.name) {
      case undefined:
        return this.#passthrough(attempt, target, exchange);
      case 'adoption': {
        const far = serverEnd(this.#format, target, peers.sni, 'full');
        return this.#wire.connect(
          { ...attempt, cluster: peers.cluster, upstream: target.address },
          far,
          exchange,
        );
      }
      case 'failing_capture':
        return this.#side.timeOut({
          ...attempt,
          cluster: this.#world.catchAlls.failing,
          upstream: this.#wrongAddress(),
        });
      case 'silent_capture': {
        const server = this.#actors.endpoint(neighbour, now);
        if (server === null) return false;
        const far = serverEnd(this.#format, server, '-', 'dnat');
        const captured = { ...attempt, cluster: this.#world.catchAlls.silent, upstream: neighbour.address };
        return this.#wire.connect(captured, far, exchange);
      }
      default:
        return this.#blackHole(attempt);
    }
  }

  /** The same on a port that no catch-all listener takes. */
  otherPeer(now: number): boolean {
    const { otherPeers } = this.#world;
    const source = this.#actors.endpoint(otherPeers, now);
    const target = this.#actors.endpoint(otherPeers, now);
    if (source === null || target === null || source === target) return false;
    const call = { traffic: 'other_peers', workload: null, source, now } as const;
    const { change, marks, cutAt } = decide(this.#changes, call);
    const attempt = { now, source, dialled: target.address, serverName: '-', marks };
    if (change !== null) return this.#blackHole(attempt);
    return this.#passthrough(
      attempt,
      target,
      drawExchange(this.#random, this.#random.logNormal(20_000, 1.5), cutAt),
    );
  }

  /** By pod address, to a server that refuses plain text: routed as other unknown destinations are. */
  strict(now: number, source: Pod): boolean {
    const server = this.#detours?.strictServer(now) ?? null;
    if (server === null || server === source) return false;
    const call = { traffic: 'other_peers', workload: null, source, now } as const;
    const { change, marks } = decide(this.#changes, call);
    const attempt = { now, source, dialled: server.address, serverName: '-', marks };
    return change === null ? (this.#detours?.strict(attempt, server) ?? false) : this.#blackHole(attempt);
  }

  /** To a host that nothing in the mesh knows. */
  unknownHost(now: number, source: Pod): boolean {
    const call = { traffic: 'unknown_hosts', workload: null, source, now } as const;
    const { change, marks, cutAt } = decide(this.#changes, call);
    const dialled = this.#random.pick(this.#world.unknownHosts);
    const serverName = dialled.endsWith(':443') ? 'shop.tideline.example' : '-';
    const attempt = { now, source, dialled, serverName, marks };
    if (change !== null) return this.#blackHole(attempt);
    const exchange = drawExchange(this.#random, drawServiceLife(this.#random), cutAt);
    return this.#wire.connect(
      { ...attempt, cluster: 'PassthroughCluster', upstream: dialled },
      null,
      exchange,
    );
  }

  /** Opened by pod address and passed on unread: plain text, and the server cannot tell whom it was for. */
  #passthrough(attempt: Omit<Attempt, 'cluster' | 'upstream'>, server: Pod, exchange: Exchange): boolean {
    const silent = this.#format === 'istio-1.3' && exchange.lasts > 1_300 && this.#random.chance(0.3);
    const delay = silent ? SNIFF_MS + this.#random.between(0, 6) : 0;
    const far = { ...serverEnd(this.#format, server, '-', 'full'), delay };
    return this.#wire.connect(
      { ...attempt, cluster: 'PassthroughCluster', upstream: attempt.dialled },
      far,
      exchange,
    );
  }

  #blackHole(attempt: Omit<Attempt, 'cluster' | 'upstream'>): boolean {
    const cluster = blackHoleName(this.#options) ?? '-';
    return this.#wire.fail({ ...attempt, cluster, upstream: '-' }, 'UH', '-', this.#random.between(0, 9));
  }

  /** An address of the mesh that has nothing on the port of the catch-all listener. */
  #wrongAddress(): string {
    const other = this.#world.http[0];
    const ip = other?.address.slice(0, other.address.indexOf(':')) ?? '10.112.0.250';
    return `${ip}:${this.#world.peers.port}`;
  }
}
