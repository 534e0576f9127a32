/** What the applications of the mesh do: whom they call, and where routing takes the call at that moment. */

import { Actors } from './actors.ts';
import { BenignCalls } from './benign.ts';
import type { Change } from './changes.ts';
import { ChangingCalls } from './changing-calls.ts';
import { Detours } from './detours.ts';
import { isForSpeed } from './for-speed.ts';
import { HttpCalls } from './http-calls.ts';
import { HttpWire } from './http-wire.ts';
import { type CallKind, callShares, type Share } from './mix.ts';
import { type Pod, podAt, type Workload, type World } from './model.ts';
import type { SimulationOptions } from './options.ts';
import { Random, WeightedIndex } from './random.ts';
import type { Scribe } from './scribe.ts';
import { SideCalls } from './side-calls.ts';
import { Wire } from './wire.ts';

export class Calls {
  readonly #options: SimulationOptions;
  readonly #world: World;
  readonly #changes: readonly Change[];
  readonly #scribe: Scribe;
  readonly #changing: ChangingCalls;
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
    this.#world = world;
    this.#changes = changes;
    this.#scribe = scribe;
    const wire = new Wire(scribe);
    const { particular } = world;
    this.#actors = new Actors(options.seed, world);
    this.#side = new SideCalls(options, this.#actors, wire);
    this.#http = new HttpCalls(options, this.#actors, new HttpWire(scribe));
    const wires = { tcp: wire, ztunnels: { scribe, ztunnels: particular?.ztunnels ?? [] } };
    this.#detours = particular && new Detours(options, particular, this.#actors, wires);
    this.#benign = particular && new BenignCalls(options, particular, this.#actors, wire);
    const random = new Random(options.seed, 'calls');
    const parts = { actors: this.#actors, changes, wire, side: this.#side, detours: this.#detours, random };
    this.#changing = new ChangingCalls(options, parts);
    this.#random = random;
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
        return this.#changing.peer(now);
      case 'other_peer':
        return this.#changing.otherPeer(now);
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
        return this.#changing.service(now, source, ownService(source) ?? this.#actors.service());
      case 'no_endpoints':
        return this.#side.noEndpoints(now, source);
      case 'unknown_host':
        return this.#changing.unknownHost(now, source);
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
        return this.#changing.strict(now, source);
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
    if (!isForSpeed(this.#options.scenario) && this.#random.chance(0.6) && busiest && service) {
      const pod = podAt(busiest, now);
      return pod !== null && this.#changing.service(now, pod, service);
    }
    return source !== null && this.#changing.service(now, source, this.#actors.service());
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
    if (this.#changes.some((change) => change.isInForce(pod, now))) return;
    this.#scribe.begin('early_call');
    this.#side.earlyCall(pod, now);
  }
}

function ownService(pod: Pod): Workload | null {
  return pod.workload.role === 'tcp' ? pod.workload : null;
}
