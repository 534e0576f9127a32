/** Turns what an application does by TCP into the lines that the proxies on the way write about it. */
import { hostPort } from './addresses.ts';
import type { Pod } from './model.ts';
import type { Random } from './random.ts';
import type { LineFacts } from './render.ts';
import { type Draft, NO_MARKS, QUIET, type Scribe, TIME_WAIT_MS } from './scribe.ts';
import type { Mark, TracedConnection, TracedEnd, TruePairKind } from './truth.ts';

/** A lost SYN is sent again after 1 s, then after 2 s more, then after 4 s more. */
const SYN_RETRIES_MS = [1_000, 3_000, 7_000] as const;

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
  /** The ip from which it seems to come, where the network translates it; null: the client's own. */
  readonly seenFrom: string | null;
  readonly serverName: string;
  readonly cluster: string;
  readonly upstream: string;
  /** Ip from which that proxy connects on; null when it does not. */
  readonly local: string | null;
  readonly flags: string;
  readonly codeDetails: string;
  readonly failureReason: string;
  /** What it counts: the bytes that the client's proxy counts, those with encryption, or none. */
  readonly counts: 'same' | 'ciphertext' | 'none';
  /** How much later than the connection it is noticed, ms. */
  readonly delay: number;
  readonly kind: TruePairKind;
  /** The proxy that it connects on to, when that one is in the mesh too; `local` must be set then. */
  readonly onward: FarEnd | null;
}

/** Bytes and life of a connection, as far as the applications decide it. */
export interface Exchange {
  readonly lasts: number;
  /** When the proxy cuts it at the latest; Infinity when nobody does. */
  readonly cutAt: number;
  readonly received: number;
  readonly sent: number;
  /** Both proxies report every so many ms; null: only at the end. */
  readonly reportEvery: number | null;
}

/** When a connection was made, and when each proxy sees it end. */
interface Life {
  readonly made: number;
  readonly near: number;
  readonly far: number;
}

/** What the client's proxy says of the connection that it makes, and what the far end sees of it. */
interface Link {
  readonly local: string;
  readonly upstream: string;
  readonly seen: string;
}

export class Wire {
  readonly #scribe: Scribe;
  readonly #random: Random;

  constructor(scribe: Scribe) {
    this.#scribe = scribe;
    this.#random = scribe.random;
  }

  /** A connection that is made. `far` is null when nobody at the other end writes a log. False: no port was free. */
  connect(attempt: Attempt, far: FarEnd | null, exchange: Exchange): boolean {
    return this.relay(attempt, attempt.source.ip, far, exchange);
  }

  /** The same for a proxy that passes on what came to it from another ip. */
  relay(attempt: Attempt, remoteIp: string, far: FarEnd | null, exchange: Exchange): boolean {
    const { now, source } = attempt;
    const life = this.#lifeOf(attempt, far, exchange);
    const open = Math.max(life.near, life.far);
    const until = open + (this.#random.chance(0.7) ? TIME_WAIT_MS : 0);
    const appPort = this.#scribe.ports.reserve(remoteIp, attempt.dialled, now, until);
    const link = this.#link(attempt, far, until, open);
    if (appPort === null || link === null) return false;
    const traced = far === null ? null : this.#scribe.trace(far.kind);
    const draft: Draft<LineFacts> = {
      pod: source,
      side: 'outbound',
      start: now,
      end: life.near,
      marks: attempt.marks,
      ends: traced === null ? [] : [{ connection: traced, end: 'outbound' }],
      content: {
        ...QUIET,
        received: exchange.received,
        sent: exchange.sent,
        upstreamHost: link.upstream,
        cluster: attempt.cluster,
        upstreamLocal: link.local,
        downstreamLocal: attempt.dialled,
        downstreamRemote: hostPort(remoteIp, appPort),
        serverName: attempt.serverName,
      },
    };
    this.#scribe.writePeriodic(draft, exchange.reportEvery ?? Number.POSITIVE_INFINITY);
    if (far !== null && traced !== null) this.#writeFar(far, life, exchange, link.seen, traced);
    return true;
  }

  /** A connection that is not made. `duration` is how long the proxy tried. */
  fail(attempt: Attempt, flags: string, failureReason: string, duration: number): boolean {
    const { now, source, dialled, marks } = attempt;
    const end = now + duration;
    const port = this.#scribe.ports.reserve(source.ip, dialled, now, end + TIME_WAIT_MS);
    if (port === null) return false;
    const content = {
      ...QUIET,
      flags,
      failureReason,
      upstreamHost: attempt.upstream,
      cluster: attempt.cluster,
      downstreamLocal: dialled,
      downstreamRemote: hostPort(source.ip, port),
      serverName: attempt.serverName,
    };
    this.#scribe.write({ pod: source, side: 'outbound', start: now, end, marks, ends: [], content });
    return true;
  }

  /** A connection from outside of the mesh: only the server's proxy writes. */
  arrive(far: FarEnd, now: number, fromIp: string, lasts: number): boolean {
    const end = Math.min(now + lasts, far.pod.to);
    const port = this.#scribe.ports.reserve(fromIp, far.address, now, end + TIME_WAIT_MS);
    if (port === null) return false;
    const content = this.#arrival(far, hostPort(fromIp, port), { made: now, near: end, far: end });
    this.#scribe.write({
      pod: far.pod,
      side: 'inbound',
      start: now,
      end,
      marks: NO_MARKS,
      ends: [],
      content,
    });
    return true;
  }

  /** A message of the proxy itself, which is no access log. */
  message(pod: Pod, now: number, content: string): void {
    this.#scribe.write({ pod, side: 'message', start: now, end: now, marks: NO_MARKS, ends: [], content });
  }

  #link(attempt: Attempt, far: FarEnd | null, until: number, open: number): Link | null {
    const { now, source, upstream } = attempt;
    const { ports } = this.#scribe;
    if (far?.kind === 'tunnel') {
      const port = ports.reserve(source.ip, far.address, now, until);
      if (port === null) return null;
      const inner = {
        local: 'envoy://internal_client_address/',
        upstream: `envoy://connect_originate/${upstream}`,
      };
      return { ...inner, seen: hostPort(source.ip, port) };
    }
    const port = this.#proxyPort(attempt, far, until, open);
    if (port === null) return null;
    const local = hostPort(source.ip, port);
    if (far === null || far.seenFrom === null) return { local, upstream, seen: local };
    const translated = ports.reserve(far.seenFrom, far.address, now, until);
    return translated === null ? null : { local, upstream, seen: hostPort(far.seenFrom, translated) };
  }

  /** Where the network translates the address, the port must be free on both sides of the translation. */
  #proxyPort(attempt: Attempt, far: FarEnd | null, until: number, open: number): number | null {
    const { now, source, upstream } = attempt;
    const { ports } = this.#scribe;
    for (let attempts = 0; attempts < 8; attempts++) {
      const port = ports.reserve(source.ip, upstream, now, until);
      if (port === null || far?.kind !== 'dnat') return port;
      if (ports.claim(source.ip, far.address, port, now, open)) return port;
    }
    return null;
  }

  #lifeOf(attempt: Attempt, far: FarEnd | null, exchange: Exchange): Life {
    const made = attempt.now + this.#lostSyn();
    const gone = Math.min(attempt.source.to, far?.pod.to ?? Number.POSITIVE_INFINITY);
    const end = Math.max(Math.min(made + exchange.lasts, gone, exchange.cutAt), attempt.now + 1);
    if (far === null) return { made, near: end, far: end };
    // One side vanished without a word: the other one notices minutes to hours later.
    if (exchange.lasts > 1_000 && this.#random.chance(0.003)) {
      const late = end + Math.exp(this.#random.between(Math.log(10_000), Math.log(7_200_000)));
      const survives = this.#random.chance(0.5);
      if (survives) return { made, near: end, far: Math.min(late, far.pod.to) };
      return { made, near: Math.min(late, attempt.source.to, exchange.cutAt), far: end };
    }
    // Else both see the close within a round trip.
    return { made, near: end, far: end + this.#random.between(-1.5, 3) };
  }

  /** Proxies of old that give up after 1 s never see that a SYN was lost. */
  #lostSyn(): number {
    const isPatient = this.#scribe.options.format !== 'istio-1.3';
    return isPatient && this.#random.chance(0.001) ? this.#random.pick(SYN_RETRIES_MS) : 0;
  }

  #writeFar(far: FarEnd, life: Life, exchange: Exchange, seen: string, traced: TracedConnection): void {
    const begin = life.made + this.#random.between(0.1, 2);
    const start = begin + far.delay < life.far ? begin + far.delay : Math.min(begin, life.far);
    const end = Math.max(life.far, start);
    const counted = countedBy(far, exchange);
    const ends: TracedEnd[] = [{ connection: traced, end: 'inbound' }];
    const content = { ...this.#arrival(far, seen, life), ...counted };
    const draft = { pod: far.pod, side: 'inbound', start, end, marks: NO_MARKS, ends, content } as const;
    if (far.onward !== null) {
      const onward = this.#scribe.trace(far.onward.kind);
      ends.push({ connection: onward, end: 'outbound' });
      const next = { made: start, near: end, far: end + this.#random.between(-1, 2) };
      this.#writeFar(far.onward, next, exchange, content.upstreamLocal, onward);
    }
    this.#scribe.writePeriodic(draft, exchange.reportEvery ?? Number.POSITIVE_INFINITY);
  }

  /** What a proxy says of a connection that comes to it. */
  #arrival(far: FarEnd, seen: string, life: Life) {
    return {
      ...QUIET,
      flags: far.flags,
      codeDetails: far.codeDetails,
      failureReason: far.failureReason,
      upstreamHost: far.upstream,
      cluster: far.cluster,
      upstreamLocal: this.#localOf(far, life),
      downstreamLocal: far.address,
      downstreamRemote: seen,
      serverName: far.serverName,
    };
  }

  /** Where nobody looks at the other end of what this proxy opens, any port will do. */
  #localOf(far: FarEnd, life: Life): string {
    if (far.local === null) return '-';
    const until = life.far + TIME_WAIT_MS;
    const free = far.onward && this.#scribe.ports.reserve(far.local, far.upstream, life.made, until);
    return hostPort(far.local, free ?? 32_768 + this.#random.int(28_000));
  }
}

/** Ciphertext has some bytes more for every record, and a handshake before them. */
function countedBy({ counts }: FarEnd, { received, sent }: Exchange): { received: number; sent: number } {
  switch (counts) {
    case 'same':
      return { received, sent };
    case 'none':
      return { received: 0, sent: 0 };
    case 'ciphertext':
      return { received: Math.ceil(received * 1.02) + 1_870, sent: Math.ceil(sent * 1.02) + 3_240 };
  }
}
