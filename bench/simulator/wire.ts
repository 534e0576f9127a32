/** Turns what an application does into the lines that the proxies on both sides write about it. */
import type { Delivery } from './delivery.ts';
import type { Pod } from './model.ts';
import type { SimulationOptions } from './options.ts';
import { EphemeralPorts } from './ports.ts';
import { Random } from './random.ts';
import type { HttpFacts, LineFacts } from './render.ts';
import type { LineRecord, Mark, TracedConnection, TruePairKind } from './truth.ts';

/** How long the side that closes first keeps its port. */
const TIME_WAIT_MS = 60_000;
/** How long an idle HTTP connection is kept for further requests. */
const HTTP_IDLE_MS = 30_000;
const NO_MARKS: readonly Mark[] = [];

/** A TCP connection that an application opens. Addresses are `ip:port`. */
export interface Attempt {
  readonly now: number;
  readonly source: Pod;
  /** The address that the application dials. */
  readonly dialled: string;
  /** `-` where the log prints none. */
  readonly cluster: string;
  /** The host that the proxy chose; `-` for none. */
  readonly upstream: string;
  /** What the application itself says in a ClientHello; `-` for none. */
  readonly serverName: string;
  readonly marks: readonly Mark[];
}

/** The proxy at the other end. */
export interface FarEnd {
  readonly pod: Pod;
  /** Where the connection arrives. */
  readonly address: string;
  readonly serverName: string;
  readonly cluster: string;
  readonly upstream: string;
  /** Address from which that proxy connects on; null when it could not. */
  readonly local: string | null;
  readonly flags: string;
  readonly failureReason: string;
  /** How much later than the connection it is noticed, ms. */
  readonly delay: number;
  readonly kind: TruePairKind;
}

/** Bytes and life of a connection, as far as the applications decide it. */
export interface Exchange {
  readonly lasts: number;
  /** When the proxy cuts it at the latest; Infinity when nobody does. */
  readonly cutAt: number;
  readonly received: number;
  readonly sent: number;
}

interface HttpConnection {
  readonly appPort: number;
  readonly proxyPort: number;
  busyUntil: number;
  readonly expires: number;
}

export class Wire {
  readonly #options: SimulationOptions;
  readonly #delivery: Delivery;
  readonly #random: Random;
  readonly #ports: EphemeralPorts;
  readonly #httpConnections = new Map<string, HttpConnection>();
  #lineId = 0;
  #connectionId = 0;

  constructor(options: SimulationOptions, delivery: Delivery) {
    this.#options = options;
    this.#delivery = delivery;
    this.#random = new Random(options.seed, 'wire');
    this.#ports = new EphemeralPorts(options.ephemeralPorts);
  }

  /** A connection that is made. `far` is null when nobody at the other end writes a log. False: no port was free. */
  connect(attempt: Attempt, far: FarEnd | null, exchange: Exchange): boolean {
    const { now, source } = attempt;
    const end = this.#endOf(attempt, far, exchange);
    const farEnds = far === null ? end : this.#farEndOf(end, end - now, far);
    const until = Math.max(end, farEnds) + (this.#random.chance(0.7) ? TIME_WAIT_MS : 0);
    const appPort = this.#ports.reserve(source.ip, attempt.dialled, now, until);
    const proxyPort = this.#proxyPort(attempt, far, until, Math.max(end, farEnds));
    if (appPort === null || proxyPort === null) return false;
    const local = `${source.ip}:${proxyPort}`;
    const traced = far === null ? null : this.#trace(far.kind);
    this.#write(attempt.source, 'outbound', now, end, attempt.marks, traced, {
      ...QUIET,
      received: exchange.received,
      sent: exchange.sent,
      upstreamHost: attempt.upstream,
      cluster: attempt.cluster,
      upstreamLocal: local,
      downstreamLocal: attempt.dialled,
      downstreamRemote: `${source.ip}:${appPort}`,
      serverName: attempt.serverName,
    });
    if (far !== null) this.#writeFar(far, attempt, exchange, local, farEnds, traced);
    return true;
  }

  /** A connection that is not made. `duration` is how long the proxy tried. */
  fail(attempt: Attempt, flags: string, failureReason: string, duration: number): boolean {
    const { now, source, dialled } = attempt;
    const end = now + duration;
    const port = this.#ports.reserve(source.ip, dialled, now, end + TIME_WAIT_MS);
    if (port === null) return false;
    this.#write(source, 'outbound', now, end, attempt.marks, null, {
      ...QUIET,
      flags,
      failureReason,
      upstreamHost: attempt.upstream,
      cluster: attempt.cluster,
      downstreamLocal: dialled,
      downstreamRemote: `${source.ip}:${port}`,
      serverName: attempt.serverName,
    });
    return true;
  }

  /** A connection from outside of the mesh: only the server's proxy writes. `codeDetails` says why it was refused. */
  arrive(far: FarEnd, now: number, fromIp: string, lasts: number, codeDetails: string): boolean {
    const end = Math.min(now + lasts, far.pod.to);
    const port = this.#ports.reserve(fromIp, far.address, now, end + TIME_WAIT_MS);
    if (port === null) return false;
    this.#write(far.pod, 'inbound', now, end, NO_MARKS, null, {
      ...QUIET,
      flags: far.flags,
      codeDetails,
      upstreamHost: far.upstream,
      cluster: far.cluster,
      upstreamLocal: this.#localOf(far),
      downstreamLocal: far.address,
      downstreamRemote: `${fromIp}:${port}`,
      serverName: far.serverName,
    });
    return true;
  }

  /** One request. Requests to the same host share connections as long as they do not overlap. */
  request(attempt: Attempt, far: FarEnd, http: HttpFacts, exchange: Exchange): boolean {
    const { now, source } = attempt;
    const end = Math.min(now + exchange.lasts, source.to, far.pod.to);
    const connection = this.#httpConnection(attempt, end);
    if (connection === null) return false;
    const local = `${source.ip}:${connection.proxyPort}`;
    const traced = this.#trace('http');
    const common = {
      ...QUIET,
      codeDetails: this.#options.format === 'istio-1.3' ? '-' : 'via_upstream',
      received: exchange.received,
      sent: exchange.sent,
      http,
    };
    this.#write(source, 'outbound', now, end, NO_MARKS, traced, {
      ...common,
      upstreamHost: attempt.upstream,
      cluster: attempt.cluster,
      upstreamLocal: local,
      downstreamLocal: attempt.dialled,
      downstreamRemote: `${source.ip}:${connection.appPort}`,
      serverName: '-',
    });
    const margin = Math.min(2, (end - now) / 4);
    this.#write(far.pod, 'inbound', now + margin, end - margin, NO_MARKS, traced, {
      ...common,
      http: { ...http, serviceTime: Math.max(0, http.serviceTime - 1) },
      upstreamHost: far.upstream,
      cluster: far.cluster,
      upstreamLocal: this.#localOf(far),
      downstreamLocal: far.address,
      downstreamRemote: local,
      serverName: far.serverName,
    });
    return true;
  }

  /** A message of the proxy itself, which is no access log. */
  message(pod: Pod, now: number, text: string): void {
    this.#write(pod, 'message', now, now, NO_MARKS, null, text);
  }

  /** Where the network translates the address, the port must be free on both sides of the translation. */
  #proxyPort(attempt: Attempt, far: FarEnd | null, until: number, open: number): number | null {
    const { now, source, upstream } = attempt;
    for (let attempts = 0; attempts < 8; attempts++) {
      const port = this.#ports.reserve(source.ip, upstream, now, until);
      if (port === null || far?.kind !== 'dnat') return port;
      if (this.#ports.claim(source.ip, far.address, port, now, open)) return port;
    }
    return null;
  }

  #endOf(attempt: Attempt, far: FarEnd | null, exchange: Exchange): number {
    const gone = Math.min(attempt.source.to, far?.pod.to ?? Number.POSITIVE_INFINITY);
    const end = Math.min(attempt.now + exchange.lasts, gone, exchange.cutAt);
    return Math.max(end, attempt.now + 1);
  }

  /** Both ends see the close within a round trip, unless one of them vanished without a word. */
  #farEndOf(end: number, lasted: number, far: FarEnd): number {
    if (lasted > 1_000 && this.#random.chance(0.003)) {
      return Math.min(end + this.#random.between(10_000, 600_000), far.pod.to);
    }
    return end + this.#random.between(-1.5, 3);
  }

  #writeFar(
    far: FarEnd,
    attempt: Attempt,
    exchange: Exchange,
    local: string,
    end: number,
    traced: TracedConnection | null,
  ): void {
    const start = this.#farStart(far, attempt.now, end);
    this.#write(far.pod, 'inbound', start, Math.max(end, start), NO_MARKS, traced, {
      ...QUIET,
      flags: far.flags,
      failureReason: far.failureReason,
      received: exchange.received,
      sent: exchange.sent,
      upstreamHost: far.upstream,
      cluster: far.cluster,
      upstreamLocal: this.#localOf(far),
      downstreamLocal: far.address,
      downstreamRemote: local,
      serverName: far.serverName,
    });
  }

  /** A lost SYN is sent again after 1 s; proxies of old that give up after 1 s never see that. */
  #farStart(far: FarEnd, now: number, end: number): number {
    const patient = this.#options.format !== 'istio-1.3' && end - now > 5_000;
    const again = patient && this.#random.chance(0.001) ? 1_000 : 0;
    const start = now + this.#random.between(0.1, 2) + again;
    return start + far.delay < end ? start + far.delay : Math.min(start, end);
  }

  #localOf(far: FarEnd): string {
    return far.local === null ? '-' : `${far.local}:${32_768 + this.#random.int(28_000)}`;
  }

  #httpConnection(attempt: Attempt, end: number): HttpConnection | null {
    const { now, source, dialled, upstream } = attempt;
    const key = `${source.uid} ${dialled} ${upstream}`;
    const known = this.#httpConnections.get(key);
    if (
      known !== undefined &&
      known.busyUntil <= now &&
      now < known.busyUntil + HTTP_IDLE_MS &&
      end < known.expires
    ) {
      known.busyUntil = end;
      return known;
    }
    const expires = now + 600_000;
    const until = expires + TIME_WAIT_MS;
    const appPort = this.#ports.reserve(source.ip, dialled, now, until);
    const proxyPort = this.#ports.reserve(source.ip, upstream, now, until);
    if (appPort === null || proxyPort === null) return null;
    const connection = { appPort, proxyPort, busyUntil: end, expires };
    this.#httpConnections.set(key, connection);
    return connection;
  }

  #trace(kind: TruePairKind): TracedConnection {
    return { id: this.#connectionId++, kind, outbound: -1, inbound: -1 };
  }

  #write(
    pod: Pod,
    side: LineRecord['side'],
    start: number,
    end: number,
    marks: readonly Mark[],
    connection: TracedConnection | null,
    content: LineFacts | string,
  ): void {
    const id = this.#lineId++;
    const logged = Math.floor(start + pod.node.offset);
    const duration = Math.floor(end - start);
    const record = { id, pod, start: logged, duration, content, side, connection, marks, delivered: false };
    this.#delivery.write(record, end);
  }
}

/** What a line says of a TCP connection of which there is nothing to say. */
const QUIET = {
  flags: '-',
  codeDetails: '-',
  failureReason: '-',
  received: 0,
  sent: 0,
  upstreamHost: '-',
  cluster: '-',
  upstreamLocal: '-',
  downstreamLocal: '-',
  downstreamRemote: '-',
  serverName: '-',
  http: null,
} as const;
