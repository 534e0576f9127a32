/** Calls whose two ends do not simply name each other: translated, tunnelled, through gateways, reported many times. */
import type { Actors } from './actors.ts';
import { asV6, virtualV6 } from './addresses.ts';
import { gatewayEnd, refusingEnd, serverEnd } from './ends.ts';
import { drawExchange, drawServiceLife } from './exchange.ts';
import type { Particular, Pod, Workload } from './model.ts';
import type { LogFormat, SimulationOptions } from './options.ts';
import { Random } from './random.ts';
import { NO_MARKS } from './scribe.ts';
import type { Attempt, Exchange, FarEnd, Wire } from './wire.ts';
import { callZtunnels, type ZtunnelWire } from './ztunnel.ts';

/** Balancer in front of the other cluster's gateway, and a host on the Internet. */
const REMOTE_GATEWAY = '198.18.40.7:15443';
const VISITORS = ['198.51.100.14', '198.51.100.77', '203.0.113.9'] as const;

/** Each method makes one call; false when the pods or ports that it needs are not there just now. */
export class Detours {
  readonly #format: LogFormat;
  readonly #parts: Particular;
  readonly #actors: Actors;
  readonly #wire: Wire;
  readonly #ztunnels: ZtunnelWire;
  readonly #random: Random;

  constructor(
    options: SimulationOptions,
    parts: Particular,
    actors: Actors,
    wires: { readonly tcp: Wire; readonly ztunnels: ZtunnelWire },
  ) {
    this.#format = options.format;
    this.#parts = parts;
    this.#actors = actors;
    this.#wire = wires.tcp;
    this.#ztunnels = wires.ztunnels;
    this.#random = new Random(options.seed, 'detours');
  }

  /** By a network that shows servers the node's address instead of the client's. */
  snat(now: number, source: Pod): boolean {
    const service = this.#actors.lastingService();
    const server = this.#actors.endpoint(service, now);
    if (server === null || server === source) return false;
    const far = { ...serverEnd(this.#format, server, service.sni, 'snat'), seenFrom: source.node.ip };
    return this.#wire.connect(this.#toService(now, source, service, server.address), far, this.#exchange());
  }

  /** To a service of another cluster: both addresses are translated on the way to its gateway, which reads only the name. */
  eastWest(now: number, source: Pod): boolean {
    const { eastWest, remote } = this.#parts;
    const gateway = this.#actors.endpoint(eastWest, now);
    const server = this.#actors.endpoint(remote, now);
    if (gateway === null || server === null) return false;
    const far: FarEnd = {
      ...gatewayEnd(gateway, remote.sni, remote.sni, server.address),
      kind: 'sni',
      seenFrom: gateway.node.ip,
      counts: 'ciphertext',
      onward: serverEnd(this.#format, server, remote.sni, 'gateway'),
    };
    return this.#wire.connect(this.#toService(now, source, remote, REMOTE_GATEWAY), far, this.#exchange());
  }

  /** From outside of the mesh, through the gateway. */
  ingress(now: number): boolean {
    const gateway = this.#actors.endpoint(this.#parts.ingress, now);
    const service = this.#actors.lastingService();
    const server = this.#actors.endpoint(service, now);
    if (gateway === null || server === null) return false;
    const attempt = { ...this.#toService(now, gateway, service, server.address), dialled: gateway.address };
    const far = serverEnd(this.#format, server, service.sni, 'gateway');
    return this.#wire.relay(attempt, this.#random.pick(VISITORS), far, this.#exchange());
  }

  /** Through a tunnel of HTTP CONNECT, which proxies of old do not know. */
  tunnel(now: number, source: Pod): boolean {
    if (this.#format === 'istio-1.3') return false;
    const service = this.#actors.lastingService();
    const server = this.#actors.endpoint(service, now);
    if (server === null || server === source) return false;
    const far = serverEnd(this.#format, server, '-', 'tunnel');
    return this.#wire.connect(this.#toService(now, source, service, server.address), far, this.#exchange());
  }

  /** Between pods without sidecars: the ztunnels of their nodes write. */
  ambient(now: number): boolean {
    if (this.#format === 'istio-1.3') return false;
    const [from, to] = this.#random.shuffle(this.#parts.ambient);
    const source = from === undefined ? null : this.#actors.endpoint(from, now);
    const server = to === undefined ? null : this.#actors.endpoint(to, now);
    if (source === null || server === null) return false;
    return callZtunnels(this.#ztunnels, { now, source, server, exchange: this.#exchange() });
  }

  /** By pod address, in plain text, to a server that takes none. */
  strict(attempt: Omit<Attempt, 'cluster' | 'upstream'>, server: Pod): boolean {
    const quick = { ...drawExchange(this.#random, this.#random.between(1, 6)), sent: 0 };
    const passed = { ...attempt, cluster: 'PassthroughCluster', upstream: attempt.dialled };
    return this.#wire.connect(passed, refusingEnd(this.#format, server), quick);
  }

  /** A pod for `strict` to call. */
  strictServer(now: number): Pod | null {
    return this.#actors.endpoint(this.#parts.strict, now);
  }

  /** The second address of everybody. */
  ipv6(now: number, source: Pod): boolean {
    const service = this.#actors.lastingService();
    const server = this.#actors.endpoint(service, now);
    if (server === null || server === source) return false;
    const [client, target] = [asV6(source), asV6(server)];
    const attempt = this.#toService(now, client, service, target.address);
    const far = serverEnd(this.#format, target, service.sni, 'full');
    return this.#wire.connect({ ...attempt, dialled: virtualV6(service) }, far, this.#exchange());
  }

  /** A long connection that both proxies report while it is open. */
  periodic(now: number, source: Pod): boolean {
    const service = this.#actors.lastingService();
    const server = this.#actors.endpoint(service, now);
    if (server === null || server === source) return false;
    const exchange = {
      ...drawExchange(this.#random, this.#random.between(20_000, 90_000)),
      reportEvery: 15_000,
    };
    const far = serverEnd(this.#format, server, service.sni, 'full');
    return this.#wire.connect(this.#toService(now, source, service, server.address), far, exchange);
  }

  #exchange(): Exchange {
    return drawExchange(this.#random, drawServiceLife(this.#random));
  }

  #toService(now: number, source: Pod, service: Workload, upstream: string): Attempt {
    const { address, cluster } = service;
    return { now, source, dialled: address, cluster, upstream, serverName: '-', marks: NO_MARKS };
  }
}
