/** Calls whose routing is, or becomes, something that looks like a capture to a careless eye, and breaks nothing. */
import type { Actors } from './actors.ts';
import { DRAIN_MS, pushDelay } from './changes.ts';
import { serverEnd } from './ends.ts';
import { drawExchange, drawServiceLife } from './exchange.ts';
import type { Particular, Pod, Workload } from './model.ts';
import type { LogFormat, SimulationOptions } from './options.ts';
import { hash32, Random } from './random.ts';
import { NO_MARKS } from './scribe.ts';
import type { Wire } from './wire.ts';

/** When each happens, as shares of the simulated time. */
const SUBSET_AT = 0.22;
const MOVED_AT = 0.42;
const REROUTED_AT = 0.62;
/** An address that was given back goes to the next service that asks, so much later. */
const REALLOCATED_AFTER_MS = 60_000;

/** Each method makes one call; false when the pods or ports that it needs are not there just now. */
export class BenignCalls {
  readonly #format: LogFormat;
  readonly #parts: Particular;
  readonly #actors: Actors;
  readonly #wire: Wire;
  readonly #random: Random;
  readonly #seed: number;
  readonly #at: (share: number) => number;

  constructor(options: SimulationOptions, parts: Particular, actors: Actors, wire: Wire) {
    this.#format = options.format;
    this.#parts = parts;
    this.#actors = actors;
    this.#wire = wire;
    this.#random = new Random(options.seed, 'benign calls');
    this.#seed = hash32('benign', options.seed >>> 0);
    const span = (options.lines / options.linesPerSecond) * 1_000;
    this.#at = (share) => options.startTime + share * span;
  }

  /** To an address that leads to a subset from some day on, and to another service from a later day on. */
  routed(now: number, source: Pod): boolean {
    const { routed, routedTo } = this.#parts;
    const subset = this.#at(SUBSET_AT) + pushDelay(source, this.#seed);
    const rerouted = this.#at(REROUTED_AT) + pushDelay(source, this.#seed + 1);
    const cutAt = (now < subset ? subset : now < rerouted ? rerouted : Number.POSITIVE_INFINITY) + DRAIN_MS;
    const target = now < rerouted ? routed : routedTo;
    const name = now >= subset && now < rerouted ? 'v2' : '';
    return this.#call(now, source, { dialled: routed.address, target, subset: name, cutAt });
  }

  /** A service that is made again and has another address; its old one goes to another service. */
  moved(now: number, source: Pod): boolean {
    const { moved, moving } = this.#parts;
    const at = this.#at(MOVED_AT) + pushDelay(source, this.#seed + 2);
    const usual = { subset: '', cutAt: Number.POSITIVE_INFINITY };
    if (now < at) {
      const cutAt = at + DRAIN_MS;
      return this.#call(now, source, { ...usual, dialled: moved.address, target: moved, cutAt });
    }
    const [host] = moved.address.split(':');
    const next = `${host?.replace('.112.', '.113.')}:${moved.port}`;
    if (now < at + REALLOCATED_AFTER_MS || this.#random.chance(0.5)) {
      return this.#call(now, source, { ...usual, dialled: next, target: moved });
    }
    return this.#call(now, source, { ...usual, dialled: moved.address, target: moving });
  }

  /** By pod address, to a headless service whose proxies choose among its pods, whichever was dialled. */
  sharedHeadless(now: number, source: Pod): boolean {
    const target = this.#parts.sharedHeadless;
    const dialled = this.#actors.endpoint(target, now);
    if (dialled === null) return false;
    const usual = { subset: '', cutAt: Number.POSITIVE_INFINITY };
    return this.#call(now, source, { ...usual, dialled: dialled.address, target });
  }

  /** Whatever the caller's Sidecar resource does not list goes to one proxy: many addresses and ports, one cluster. */
  proxied(now: number): boolean {
    const { proxied, relay } = this.#parts;
    const source = this.#actors.endpoint(proxied, now);
    if (source === null) return false;
    const dialled = this.#random.pick(this.#actors.world.unknownHosts);
    const usual = { subset: '', cutAt: Number.POSITIVE_INFINITY };
    return this.#call(now, source, { ...usual, dialled, target: relay });
  }

  #call(
    now: number,
    source: Pod,
    way: {
      readonly dialled: string;
      readonly target: Workload;
      readonly subset: string;
      readonly cutAt: number;
    },
  ): boolean {
    const { dialled, target, subset, cutAt } = way;
    const server = this.#actors.endpoint(target, now);
    if (server === null || server === source) return false;
    const cluster = target.cluster.replace('||', `|${subset}|`);
    const exchange = drawExchange(this.#random, drawServiceLife(this.#random), cutAt);
    return this.#wire.connect(
      { now, source, dialled, cluster, upstream: server.address, serverName: '-', marks: NO_MARKS },
      serverEnd(this.#format, server, target.sni.replace('_._.', `_.${subset}_.`), 'full'),
      exchange,
    );
  }
}
