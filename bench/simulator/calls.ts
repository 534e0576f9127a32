/** What the applications of the mesh do: whom they call, and where routing takes the call at that moment. */
import { Actors } from './actors.ts';
import { blackHoleName, type Change } from './changes.ts';
import { serverEnd } from './ends.ts';
import { drawExchange, drawPeerLife, drawServiceLife } from './exchange.ts';
import { type CallKind, callShares, type Share } from './mix.ts';
import { type Pod, podAt, type Workload, type World } from './model.ts';
import type { LogFormat, SimulationOptions } from './options.ts';
import { Random, WeightedIndex } from './random.ts';
import { decide } from './routing.ts';
import { SideCalls } from './side-calls.ts';
import type { Attempt, Exchange, Wire } from './wire.ts';

/** An old Envoy that waits for the first bytes of a plain connection gives up after so many ms. */
const SNIFF_MS = 1_000;

export class Calls {
  readonly #options: SimulationOptions;
  readonly #format: LogFormat;
  readonly #world: World;
  readonly #changes: readonly Change[];
  readonly #wire: Wire;
  readonly #actors: Actors;
  readonly #side: SideCalls;
  readonly #random: Random;
  readonly #shares: readonly Share[];
  readonly #kinds: WeightedIndex;
  #startedPods = 0;

  constructor(options: SimulationOptions, world: World, changes: readonly Change[], wire: Wire) {
    this.#options = options;
    this.#format = options.format;
    this.#world = world;
    this.#changes = changes;
    this.#wire = wire;
    this.#actors = new Actors(options.seed, world);
    this.#side = new SideCalls(options, this.#actors, wire);
    this.#random = new Random(options.seed, 'calls');
    this.#shares = callShares(options.scenario);
    this.#kinds = new WeightedIndex(this.#shares.map((share) => share.weight));
  }

  /** Makes one call. Returns its kind, or null when the pods it needs are just being replaced. */
  arrive(now: number): CallKind | null {
    this.#greetStartedPods(now);
    if (this.#random.chance(this.#options.messageRate)) this.#side.proxyMessage(now);
    const kind = this.#shares[this.#kinds.draw(this.#random)]?.kind;
    return kind !== undefined && this.#call(kind, now) ? kind : null;
  }

  #call(kind: CallKind, now: number): boolean {
    const source = this.#actors.client(now);
    switch (kind) {
      case 'peer':
        return this.#peer(now);
      case 'other_peer':
        return this.#otherPeer(now);
      case 'no_endpoints':
        return source !== null && this.#side.noEndpoints(now, source);
      case 'unknown_host':
        return source !== null && this.#unknownHost(now, source);
      case 'range':
        return source !== null && this.#side.range(now, source);
      case 'gateway':
        return source !== null && this.#side.gateway(now, source);
      case 'alias':
        return source !== null && this.#side.alias(now, source);
      case 'http':
        return source !== null && this.#side.http(now, source);
      case 'headless':
        return source !== null && this.#side.headless(now, source);
      case 'own_service':
        return source !== null && this.#service(now, source, ownService(source) ?? this.#actors.service());
      case 'probe':
      case 'no_chain':
        return this.#side.fromOutside(now, kind);
      case 'refused':
      case 'timeout':
      case 'tls_error':
      case 'refused_inside':
        return source !== null && this.#side.troubled(now, source, kind);
      case 'service':
        return this.#busyService(now, source);
    }
  }

  /** One pair of client and service has most of this traffic, so that its client ports go round soonest. */
  #busyService(now: number, source: Pod | null): boolean {
    const busiest = this.#world.clients[0];
    const service = this.#world.tcp[1];
    if (this.#options.scenario !== 'throughput' && this.#random.chance(0.6) && busiest && service) {
      const pod = podAt(busiest, now);
      return pod !== null && this.#service(now, pod, service);
    }
    return source !== null && this.#service(now, source, this.#actors.service());
  }

  #service(now: number, source: Pod, service: Workload): boolean {
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

  #peer(now: number): boolean {
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

  #otherPeer(now: number): boolean {
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

  #unknownHost(now: number, source: Pod): boolean {
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

  /** A pod may call a service before its proxy has heard of any: that goes by the plain address. */
  #greetStartedPods(now: number): void {
    let pod = this.#world.replacements[this.#startedPods];
    while (pod !== undefined && pod.from <= now) {
      this.#startedPods++;
      if (this.#random.chance(0.5) && now < pod.from + 3_000) this.#greet(pod, now);
      pod = this.#world.replacements[this.#startedPods];
    }
  }

  #greet(pod: Pod, now: number): void {
    if (!this.#changes.some((change) => change.isInForce(pod, now))) this.#side.earlyCall(pod, now);
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

function ownService(pod: Pod): Workload | null {
  return pod.workload.role === 'tcp' ? pod.workload : null;
}
