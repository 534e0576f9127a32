/** Calls that no scenario changes, among them many that look like a change to a careless eye. */
import type { Actors } from './actors.ts';
import {
  connectPatience,
  gatewayEnd,
  handshakeReason,
  refusalReason,
  refusingEnd,
  serverEnd,
} from './ends.ts';
import { drawExchange, drawServiceLife } from './exchange.ts';
import type { Pod, RegisteredHost, World } from './model.ts';
import type { LogFormat, SimulationOptions } from './options.ts';
import { Random } from './random.ts';
import { NO_MARKS } from './scribe.ts';
import type { Attempt, Wire } from './wire.ts';

/** Each method makes one call; false when the pods or ports that it needs are not there just now. */
export class SideCalls {
  readonly #format: LogFormat;
  readonly #world: World;
  readonly #actors: Actors;
  readonly #wire: Wire;
  readonly #random: Random;

  constructor(options: SimulationOptions, actors: Actors, wire: Wire) {
    this.#format = options.format;
    this.#world = actors.world;
    this.#actors = actors;
    this.#wire = wire;
    this.#random = new Random(options.seed, 'side calls');
  }

  /** To a host outside of the mesh, by one of the many addresses that are registered for it. */
  range(now: number, source: Pod): boolean {
    const host = this.#random.pick(this.#world.ranges);
    const dialled = this.#random.pick(host.addresses);
    const upstream = host.upstreams === null ? dialled : this.#random.pick(host.upstreams);
    return this.#wire.connect(
      { now, source, dialled, serverName: '-', marks: NO_MARKS, cluster: host.cluster, upstream },
      null,
      drawExchange(this.#random, drawServiceLife(this.#random)),
    );
  }

  /** Two proxies write outbound lines about one connection each; the first leads to the second. */
  gateway(now: number, source: Pod): boolean {
    const { gateway, gatewayHosts } = this.#world;
    const server = this.#actors.endpoint(gateway, now);
    if (server === null) return false;
    const host = this.#random.pick(gatewayHosts);
    const serverName = host.cluster.slice(host.cluster.lastIndexOf('|') + 1);
    const far = gatewayEnd(server, serverName, host.cluster, upstreamOf(host));
    const attempt = { now, source, dialled: upstreamOf(host), serverName, marks: NO_MARKS };
    const dial = { ...attempt, cluster: gateway.cluster, upstream: server.address };
    return this.#wire.connect(dial, far, drawExchange(this.#random, drawServiceLife(this.#random)));
  }

  /** By a name that leads to a service's address: the network picks the pod, behind the proxy's back. */
  alias(now: number, source: Pod): boolean {
    const { alias } = this.#world;
    const server = this.#actors.endpoint(alias.workload, now);
    if (server === null) return false;
    const dialled = this.#random.pick(alias.addresses);
    return this.#wire.connect(
      {
        now,
        source,
        dialled,
        serverName: '-',
        marks: NO_MARKS,
        cluster: alias.cluster,
        upstream: upstreamOf(alias),
      },
      serverEnd(this.#format, server, '-', 'dnat'),
      drawExchange(this.#random, drawServiceLife(this.#random)),
    );
  }

  /** By pod address, for which there is a listener. */
  headless(now: number, source: Pod): boolean {
    const { headless } = this.#world;
    const server = this.#actors.endpoint(headless, now);
    if (server === null || server === source) return false;
    return this.#wire.connect(
      {
        now,
        source,
        dialled: server.address,
        serverName: '-',
        marks: NO_MARKS,
        cluster: headless.cluster,
        upstream: server.address,
      },
      serverEnd(this.#format, server, headless.sni, 'full'),
      drawExchange(this.#random, this.#random.logNormal(10_000, 1.5)),
    );
  }

  /** A call that comes to nothing. */
  troubled(now: number, source: Pod, kind: 'refused' | 'timeout' | 'tls_error' | 'refused_inside'): boolean {
    const service = this.#actors.lastingService();
    const server = this.#actors.endpoint(service, now);
    if (server === null) return false;
    const attempt: Attempt = {
      now,
      source,
      dialled: service.address,
      cluster: service.cluster,
      upstream: server.address,
      serverName: '-',
      marks: NO_MARKS,
    };
    if (kind === 'timeout') return this.timeOut(attempt);
    const quick = this.#random.between(0, 4);
    if (kind === 'refused') return this.#wire.fail(attempt, 'UF,URX', refusalReason(this.#format), quick);
    if (kind === 'tls_error')
      return this.#wire.fail(attempt, 'UF,URX', handshakeReason(this.#format), quick + 5);
    const far = {
      ...serverEnd(this.#format, server, service.sni, 'full'),
      flags: 'UF,URX',
      local: null,
      failureReason: refusalReason(this.#format),
    };
    return this.#wire.connect(attempt, far, { ...drawExchange(this.#random, quick + 3), sent: 0 });
  }

  /** A service that has no pods. */
  noEndpoints(now: number, source: Pod): boolean {
    const attempt = {
      now,
      source,
      dialled: '10.112.250.9:5432',
      cluster: 'outbound|5432||vacant.market.svc.cluster.local',
      upstream: '-',
      serverName: '-',
      marks: NO_MARKS,
    };
    return this.#wire.fail(attempt, 'UH', '-', this.#random.between(0, 2));
  }

  /** From a node, which has no proxy. */
  fromOutside(now: number, kind: 'probe' | 'no_chain'): boolean {
    const server = this.#actors.client(now);
    if (server === null) return false;
    const far = serverEnd(this.#format, server, '-', 'full');
    const refused = refusingEnd(this.#format, server);
    if (kind === 'probe' || refused === null) {
      return this.#wire.arrive(far, now, server.node.ip, this.#random.between(1, 9));
    }
    return this.#wire.arrive(refused, now, server.node.ip, 1);
  }

  /** A call of a pod whose proxy has not heard of any service yet. */
  earlyCall(source: Pod, now: number): void {
    const service = this.#actors.lastingService();
    const server = this.#actors.endpoint(service, now);
    if (server === null) return;
    this.#wire.connect(
      {
        now,
        source,
        dialled: service.address,
        cluster: 'PassthroughCluster',
        upstream: service.address,
        serverName: '-',
        marks: NO_MARKS,
      },
      serverEnd(this.#format, server, '-', 'dnat'),
      drawExchange(this.#random, this.#random.between(50, 900)),
    );
  }

  /** Not a call: something that a proxy says of itself. */
  proxyMessage(now: number): void {
    const pod = this.#actors.client(now);
    if (pod === null) return;
    const time = new Date(Math.floor(now + pod.node.offset)).toISOString().replace('Z', '000Z');
    this.#wire.message(pod, now, `${time}\tinfo\txdsproxy\tstream to the control plane opened again`);
  }

  /** A connection that is given up because nobody answers. */
  timeOut(attempt: Attempt): boolean {
    const patience = connectPatience(this.#format);
    return this.#wire.fail(attempt, 'UF,URX', '-', patience + this.#random.between(0, 2));
  }
}

function upstreamOf(host: RegisteredHost): string {
  const address = (host.upstreams ?? host.addresses)[0];
  if (address === undefined) throw new Error('BUG: a host without address');
  return address;
}
