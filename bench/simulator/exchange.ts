/** What applications say to each other: how long, how much, and which requests. */
import type { Workload } from './model.ts';
import type { Random } from './random.ts';
import type { HttpFacts } from './render.ts';
import type { Exchange } from './wire.ts';

/** Bytes of a connection that its applications keep open for so many ms. */
export function drawExchange(random: Random, lasts: number, cutAt = Number.POSITIVE_INFINITY): Exchange {
  return {
    lasts,
    cutAt,
    received: Math.floor(random.logNormal(600, 1.5)),
    sent: Math.floor(random.logNormal(2_000, 1.8)),
    reportEvery: null,
  };
}

/** Life of a connection to a service, ms: mostly short; some are kept in pools for minutes to hours. */
export function drawServiceLife(random: Random): number {
  const life = random.chance(0.985) ? random.logNormal(300, 1.5) : random.exponential(900_000);
  return Math.min(life, 7_200_000);
}

/** Life of a connection between peers, ms: either one message or a long conversation. */
export function drawPeerLife(random: Random): number {
  return random.chance(0.6) ? random.between(200, 3_000) : random.logNormal(120_000, 1.2);
}

export function drawRequest(random: Random, service: Workload, serviceTime: number): HttpFacts {
  return {
    method: random.chance(0.8) ? 'GET' : 'POST',
    path: `/v1/${service.name}/${random.int(500)}`,
    code: random.chance(0.97) ? 200 : 404,
    serviceTime,
    protocol: 'HTTP/1.1',
    requestId: drawRequestId(random),
    authority: service.host,
    userAgent: 'uplands-client/2.3',
  };
}

function drawRequestId(random: Random): string {
  const digits = Array.from({ length: 4 }, () => random.int(0x1_0000_0000).toString(16).padStart(8, '0'));
  return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
