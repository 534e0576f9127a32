/** Calls by HTTP: single ones, chains under one request id, retries, many at once on one connection, with and without ids. */
import type { Actors } from './actors.ts';
import { serverEnd } from './ends.ts';
import { drawExchange, drawRequest } from './exchange.ts';
import type { HttpWire, Request } from './http-wire.ts';
import type { Pod, Workload } from './model.ts';
import type { LogFormat, SimulationOptions } from './options.ts';
import { Random } from './random.ts';
import { NO_MARKS } from './scribe.ts';

/** How HTTP/2 is used: so many requests that are under way together. */
const AT_ONCE = 3;

/** Each method makes one call; false when the pods or ports that it needs are not there just now. */
export class HttpCalls {
  readonly #format: LogFormat;
  readonly #services: readonly Workload[];
  readonly #actors: Actors;
  readonly #wire: HttpWire;
  readonly #random: Random;

  constructor(options: SimulationOptions, actors: Actors, wire: HttpWire) {
    this.#format = options.format;
    this.#services = actors.world.http;
    this.#actors = actors;
    this.#wire = wire;
    this.#random = new Random(options.seed, 'http calls');
  }

  /** HTTP is routed by the Host header: some callers dial one pod and are served by another, and that is normal. */
  single(now: number, source: Pod): boolean {
    const request = this.#draw(now, source);
    return request !== null && this.#wire.send(request);
  }

  /** The server calls another one for it, with the same request id. */
  chain(now: number, source: Pod): boolean {
    const first = this.#draw(now, source);
    if (first === null) return false;
    const lasts = first.lasts + 40;
    const server = first.far.pod;
    const second = this.#draw(now + 6, server, first.far.pod.workload);
    if (second === null || !this.#wire.send({ ...first, lasts })) return false;
    const nested = { ...second, lasts: Math.min(second.lasts, lasts - 12) };
    return this.#wire.send({ ...nested, http: { ...second.http, requestId: first.http.requestId } });
  }

  /** One server after the other answers 503, until one does not. */
  retry(now: number, source: Pod): boolean {
    const request = this.#draw(now, source);
    if (request === null) return false;
    const tried = this.#actors.endpoint(request.far.pod.workload, now);
    if (tried === null || tried === request.far.pod || tried === source) return false;
    const earlier = [serverEnd(this.#format, tried, request.far.serverName, 'http')];
    return this.#wire.send({ ...request, earlier, lasts: request.lasts + 30 });
  }

  /** One after the other on a connection, without ids: only their order tells them apart. */
  nameless(now: number, source: Pod): boolean {
    const request = this.#draw(now, source);
    if (request === null) return false;
    return this.#wire.send({ ...request, http: { ...request.http, requestId: '-' } });
  }

  /** Several under way together on one connection. Without ids nothing tells their lines apart. */
  together(now: number, source: Pod, ids: 'with ids' | 'without ids'): boolean {
    const first = this.#draw(now, source);
    if (first === null) return false;
    let sent = false;
    for (let i = 0; i < AT_ONCE; i++) {
      const begun = now + i * this.#random.between(6, 9);
      const lasts = first.lasts + 30 + this.#random.between(0, 40);
      const drawn = drawRequest(this.#random, first.far.pod.workload, first.http.serviceTime);
      const http = {
        ...drawn,
        protocol: 'HTTP/2',
        requestId: ids === 'with ids' ? drawn.requestId : '-',
      } as const;
      const kind = ids === 'with ids' ? 'http' : 'untold';
      const attempt = { ...first.attempt, now: begun };
      sent = this.#wire.send({ ...first, attempt, http, kind, lasts }) || sent;
    }
    return sent;
  }

  /** A request to any service but one; null when the pods it needs are not there. */
  #draw(now: number, source: Pod, except: Workload | null = null): Request | null {
    const service = this.#random.pick(this.#services.filter((one) => one !== except));
    const server = this.#actors.endpoint(service, now);
    if (server === null || server === source) return null;
    const byPod = this.#random.chance(0.2) ? this.#actors.endpoint(service, now) : null;
    const serviceTime = Math.floor(this.#random.logNormal(12, 1));
    const { received, sent } = drawExchange(this.#random, 0);
    return {
      attempt: {
        now,
        source,
        dialled: byPod?.address ?? service.address,
        cluster: service.cluster,
        upstream: server.address,
        serverName: '-',
        marks: NO_MARKS,
      },
      far: serverEnd(this.#format, server, service.sni, 'http'),
      earlier: [],
      http: drawRequest(this.#random, service, serviceTime),
      kind: 'http',
      lasts: serviceTime + this.#random.between(4, 8),
      received,
      sent,
    };
  }
}
