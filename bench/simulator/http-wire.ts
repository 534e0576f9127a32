/** Turns requests into the lines that the proxies on both sides write about them: one line a request, not a connection. */
import { hostPort } from './addresses.ts';
import type { HttpFacts } from './render.ts';
import { NO_MARKS, QUIET, type Scribe, TIME_WAIT_MS } from './scribe.ts';
import type { TracedConnection, TracedEnd, TruePairKind } from './truth.ts';
import type { Attempt, FarEnd } from './wire.ts';

/** How long an idle HTTP connection is kept for further requests, and how long any. */
const IDLE_MS = 30_000;
const KEPT_MS = 600_000;
/** Requests without id on one connection must not begin together: nothing would tell their lines apart. */
const APART_MS = 5;

/** A request on its way. `earlier`: servers that were tried before and answered 503. */
export interface Request {
  readonly attempt: Attempt;
  readonly far: FarEnd;
  readonly earlier: readonly FarEnd[];
  readonly http: HttpFacts;
  readonly kind: TruePairKind;
  readonly lasts: number;
  readonly received: number;
  readonly sent: number;
}

interface HttpConnection {
  readonly appPort: number;
  readonly proxyPort: number;
  busyUntil: number;
  lastBegun: number;
  readonly expires: number;
}

/** What happened at one server, by the perfect clock. */
interface Visit {
  readonly far: FarEnd;
  readonly proxyPort: number;
  readonly start: number;
  readonly end: number;
  readonly code: number;
  readonly traced: TracedConnection;
}

export class HttpWire {
  readonly #scribe: Scribe;
  readonly #connections = new Map<string, HttpConnection>();

  constructor(scribe: Scribe) {
    this.#scribe = scribe;
  }

  /**
   * Writes the lines of one request. Requests to one host share connections: one after the other by HTTP/1.1, all at once
   * by HTTP/2. False: no port was free.
   */
  send(request: Request): boolean {
    const { attempt, far, earlier, http } = request;
    const { now, source } = attempt;
    const goneAt = Math.min(source.to, ...[far, ...earlier].map((one) => one.pod.to));
    const end = Math.min(now + request.lasts, goneAt);
    const connection = this.#connection(attempt, http, end);
    if (connection === null) return false;
    const visits = this.#visits(request, connection.proxyPort, end);
    if (visits === null) return false;
    const ends: TracedEnd[] = visits.map(({ traced }) => ({ connection: traced, end: 'outbound' }));
    const content = {
      ...this.#common(request, http.code),
      http,
      upstreamHost: attempt.upstream,
      cluster: attempt.cluster,
      upstreamLocal: hostPort(source.ip, connection.proxyPort),
      downstreamLocal: attempt.dialled,
      downstreamRemote: hostPort(source.ip, connection.appPort),
    };
    this.#scribe.write({ pod: source, side: 'outbound', start: now, end, marks: NO_MARKS, ends, content });
    for (const visit of visits) this.#writeVisit(visit, request);
    return true;
  }

  /** The servers that see the request, one after the other; the last one answers it. */
  #visits(request: Request, proxyPort: number, end: number): Visit[] | null {
    const { attempt, far, earlier, kind, http } = request;
    const { now, source } = attempt;
    const share = (end - now) / (earlier.length + 1);
    const visits: Visit[] = [];
    for (const [index, one] of earlier.entries()) {
      const port = this.#scribe.ports.reserve(source.ip, one.address, now, now + TIME_WAIT_MS);
      if (port === null) return null;
      const [start, until] = [now + index * share, now + (index + 1) * share];
      const traced = this.#scribe.trace('untold');
      visits.push({
        far: one,
        proxyPort: port,
        start: start + share / 8,
        end: until - share / 8,
        code: 503,
        traced,
      });
    }
    const start = now + earlier.length * share;
    const margin = Math.min(2, share / 4);
    const traced = this.#scribe.trace(kind);
    visits.push({ far, proxyPort, start: start + margin, end: end - margin, code: http.code, traced });
    return visits;
  }

  #writeVisit({ far, proxyPort, start, end, code, traced }: Visit, request: Request): void {
    const { attempt, http } = request;
    const content = {
      ...this.#common(request, code),
      http: { ...http, code, serviceTime: Math.max(0, http.serviceTime - 1) },
      upstreamHost: far.upstream,
      cluster: far.cluster,
      upstreamLocal: far.local === null ? '-' : hostPort(far.local, 32_768 + this.#scribe.random.int(28_000)),
      downstreamLocal: far.address,
      downstreamRemote: hostPort(attempt.source.ip, proxyPort),
      serverName: far.serverName,
    };
    const ends: TracedEnd[] = [{ connection: traced, end: 'inbound' }];
    this.#scribe.write({ pod: far.pod, side: 'inbound', start, end, marks: NO_MARKS, ends, content });
  }

  #common({ received, sent }: Request, code: number) {
    const codeDetails = this.#scribe.options.format === 'istio-1.3' ? '-' : 'via_upstream';
    return { ...QUIET, codeDetails, received, sent: code === 503 ? 91 : sent };
  }

  #connection(attempt: Attempt, http: HttpFacts, end: number): HttpConnection | null {
    const { now, source, dialled, upstream } = attempt;
    const key = `${source.uid} ${dialled} ${upstream} ${http.protocol} ${http.requestId === '-'}`;
    const known = this.#connections.get(key);
    const isShared = http.protocol === 'HTTP/2';
    if (known !== undefined && now < known.busyUntil + IDLE_MS && end < known.expires) {
      if (isShared && now < known.lastBegun + APART_MS) return null;
      if (isShared || known.busyUntil <= now) {
        known.busyUntil = Math.max(known.busyUntil, end);
        known.lastBegun = now;
        return known;
      }
    }
    return this.#newConnection(key, attempt, end);
  }

  #newConnection(
    key: string,
    { now, source, dialled, upstream }: Attempt,
    end: number,
  ): HttpConnection | null {
    const expires = now + KEPT_MS;
    const until = expires + TIME_WAIT_MS;
    const appPort = this.#scribe.ports.reserve(source.ip, dialled, now, until);
    const proxyPort = this.#scribe.ports.reserve(source.ip, upstream, now, until);
    if (appPort === null || proxyPort === null) return null;
    const connection = { appPort, proxyPort, busyUntil: end, lastBegun: now, expires };
    this.#connections.set(key, connection);
    return connection;
  }
}
