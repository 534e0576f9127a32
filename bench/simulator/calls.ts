/** What the applications of the mesh do: whom they call, and where routing takes the call at that moment. */
import { Actors } from './actors.ts';
import { BenignCalls } from './benign.ts';
import { blackHoleName, type Change } from './changes.ts';
import { Detours } from './detours.ts';
import { serverEnd } from './ends.ts';
import { drawExchange, drawPeerLife, drawServiceLife } from './exchange.ts';
import { HttpCalls } from './http-calls.ts';
import { HttpWire } from './http-wire.ts';
import { type CallKind, callShares, type Share } from './mix.ts';
import { type Pod, podAt, type Workload, type World } from './model.ts';
import type { LogFormat, SimulationOptions } from './options.ts';
import { Random, WeightedIndex } from './random.ts';
import { decide } from './routing.ts';
import type { Scribe } from './scribe.ts';
import { SideCalls } from './side-calls.ts';
import { type Attempt, type Exchange, Wire } from './wire.ts';

/** An old Envoy that waits for the first bytes of a plain connection gives up after so many ms. */
const SNIFF_MS = 1_000;

export class Calls {
  readonly #options: SimulationOptions;
  readonly #format: LogFormat;
  readonly #world: World;
  readonly #changes: readonly Change[];
  readonly #scribe: Scribe;
  readonly #wire: Wire;
  readonly #actors: Actors;
  readonly #side: SideCalls;
  readonly #http: HttpCalls;
  readonly #detours: Detours | null;
  readonly #benign: BenignCalls | null;
  readonly #random: Random;
  readonly #shares: readonly Share[];
  readonly #kinds: WeightedIndex;
  #startedPods = 0;

  constructor(options: SimulationOptions, world: World, changes: readonly Change[], scribe: Scribe) {
    this.#options = options;
    this.#format = options.format;
    this.#world = world;
    this.#changes = changes;
    this.#scribe = scribe;
    const wire = new Wire(scribe);
    const { particular } = world;
    this.#wire = wire;
    this.#actors = new Actors(options.seed, world);
    this.#side = new SideCalls(options, this.#actors, wire);
    this.#http = new HttpCalls(options, this.#actors, new HttpWire(scribe));
    const wires = { tcp: wire, ztunnels: { scribe, ztunnels: particular?.ztunnels ?? [] } };
    this.#detours = particular && new Detours(options, particular, this.#actors, wires);
    this.#benign = particular && new BenignCalls(options, particular, this.#actors, wire);
    this.#random = new Random(options.seed, 'calls');
    this.#shares = callShares(options.scenario);
    this.#kinds = new WeightedIndex(this.#shares.map((share) => share.weight));
  }

  /** Makes one call. Returns its kind, or null when the pods it needs are just being replaced. */
  arrive(now: number): CallKind | null {
    this.#greetStartedPods(now);
    if (this.#random.chance(this.#options.messageRate)) this.#side.proxyMessage(now);
    const kind = this.#shares[this.#kinds.draw(this.#random)]?.kind;
    if (kind === undefined) return null;
    this.#scribe.begin(kind);
    return this.#call(kind, now) ? kind : null;
  }

  #call(kind: CallKind, now: number): boolean {
    const source = this.#actors.client(now);
    switch (kind) {
      case 'peer':
        return this.#peer(now);
      case 'other_peer':
        return this.#otherPeer(now);
      case 'probe':
      case 'no_chain':
        return this.#side.fromOutside(now, kind);
      case 'ingress':
        return this.#detours?.ingress(now) ?? false;
      case 'ambient':
        return this.#detours?.ambient(now) ?? false;
      case 'proxied':
        return this.#benign?.proxied(now) ?? false;
      case 'service':
        return this.#busyService(now, source);
      default:
        return source !== null && this.#callFrom(source, kind, now);
    }
  }

  #callFrom(source: Pod, kind: CallKind, now: number): boolean {
    switch (kind) {
      case 'own_service':
        return this.#service(now, source, ownService(source) ?? this.#actors.service());
      case 'no_endpoints':
        return this.#side.noEndpoints(now, source);
      case 'unknown_host':
        return this.#unknownHost(now, source);
      case 'range':
        return this.#side.range(now, source);
      case 'gateway':
        return this.#side.gateway(now, source);
      case 'alias':
        return this.#side.alias(now, source);
      case 'headless':
        return this.#side.headless(now, source);
      case 'refused':
      case 'timeout':
      case 'tls_error':
      case 'refused_inside':
        return this.#side.troubled(now, source, kind);
      case 'strict':
        return this.#strict(now, source);
      default:
        return this.#httpFrom(source, kind, now) ?? this.#particularFrom(source, kind, now) ?? false;
    }
  }

  /** Null, here and below: calls of this kind are made elsewhere. */
  #httpFrom(source: Pod, kind: CallKind, now: number): boolean | null {
    switch (kind) {
      case 'http':
        return this.#http.single(now, source);
      case 'http_chain':
        return this.#http.chain(now, source);
      case 'http_retry':
        return this.#http.retry(now, source);
      case 'http_nameless':
        return this.#http.nameless(now, source);
      case 'http2':
        return this.#http.together(now, source, 'with ids');
      case 'http2_nameless':
        return this.#http.together(now, source, 'without ids');
      default:
        return null;
    }
  }

  #particularFrom(source: Pod, kind: CallKind, now: number): boolean | null {
    switch (kind) {
      case 'snat':
        return this.#detours?.snat(now, source) ?? false;
      case 'east_west':
        return this.#detours?.eastWest(now, source) ?? false;
      case 'tunnel':
        return this.#detours?.tunnel(now, source) ?? false;
      case 'ipv6':
        return this.#detours?.ipv6(now, source) ?? false;
      case 'periodic':
        return this.#detours?.periodic(now, source) ?? false;
      case 'routed':
        return this.#benign?.routed(now, source) ?? false;
      case 'moved':
        return this.#benign?.moved(now, source) ?? false;
      case 'shared_headless':
        return this.#benign?.sharedHeadless(now, source) ?? false;
      default:
        return null;
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

  /** By pod address, to a server that refuses plain text: routed as other unknown destinations are. */
  #strict(now: number, source: Pod): boolean {
    const server = this.#detours?.strictServer(now) ?? null;
    if (server === null || server === source) return false;
    const call = { traffic: 'other_peers', workload: null, source, now } as const;
    const { change, marks } = decide(this.#changes, call);
    const attempt = { now, source, dialled: server.address, serverName: '-', marks };
    return change === null ? (this.#detours?.strict(attempt, server) ?? false) : this.#blackHole(attempt);
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
