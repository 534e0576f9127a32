/** Ports that a single catch-all listener would take away from those who depend on them. */
import { REPORT_ITEMS_MAX, REPORT_NAMES_MAX } from '../../domain/limits.ts';
import type { CollisionRadar, RadarPort } from '../../domain/report.ts';
import { createNamer } from '../destination-name.ts';
import { getOrMake } from '../get-or-make.ts';
import { compareText, isPassthrough, type Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';
import type { Ownership } from '../ownership.ts';
import { callerOf, callerOfKey, keyOfCaller } from './callers.ts';
import { isPrivate } from './private-address.ts';
import { Tally } from './tally.ts';

interface Port {
  connections: number;
  failures: number;
  bytes: number;
  inMesh: number;
  readonly callers: Tally;
  /** By name, with what is of the mesh apart from what is not. */
  readonly mesh: Tally;
  readonly others: Tally;
  readonly services: Set<string>;
  readonly captors: Set<string>;
}

/**
 * Sums up connections that pass through unnamed, by the port that they dial: `0.0.0.0_PORT` of anybody's making would take
 * them all. HTTP requests are routed by their host, and are no part of it.
 */
export function scanPorts(legs: Iterable<Leg>, model: LineModel): CollisionRadar {
  const nameOf = createNamer(model.known);
  const ports = new Map<number, Port>();
  for (const leg of legs) {
    const { facts } = leg;
    if (!facts.client || facts.local === null) continue;
    const port = getOrMake(ports, facts.local.port, newPort);
    if (isPassthrough(facts)) notePassed(port, leg, nameOf(leg), model.known);
    else if (facts.service?.host != null) {
      const state = model.judgementOf(leg)?.state;
      const isTaken = state === 'captured' || state === 'captured_nominal';
      if (isTaken) port.captors.add(facts.service.host);
      else if (facts.service.port === facts.local.port) port.services.add(facts.service.host);
    }
  }
  const passed = [...ports].filter(([, { connections }]) => connections > 0);
  return {
    connections: passed.reduce((sum, [, { connections }]) => sum + connections, 0),
    ports_total: passed.length,
    ports: passed
      .map(toPort)
      .sort(comparePorts)
      .slice(0, REPORT_ITEMS_MAX)
      .map(([, port]) => port),
  };
}

function newPort(): Port {
  return {
    connections: 0,
    failures: 0,
    bytes: 0,
    inMesh: 0,
    callers: new Tally(),
    mesh: new Tally(),
    others: new Tally(),
    services: new Set(),
    captors: new Set(),
  };
}

function notePassed(port: Port, leg: Leg, name: string, known: Ownership): void {
  const { flow, facts } = leg;
  port.connections += flow.connections;
  if (facts.failed) port.failures += flow.connections;
  port.bytes += flow.bytes_received + flow.bytes_sent;
  const isMesh = facts.local !== null && isInMesh(facts.local.ip, flow.first, known);
  if (isMesh) port.inMesh += flow.connections;
  (isMesh ? port.mesh : port.others).add(name, flow.connections);
  port.callers.add(keyOfCaller(callerOf(leg, known)), flow.connections);
}

/** A pod whose log was read, a service, or a private address in the networks where these live. */
function isInMesh(ip: string, time: number, known: Ownership): boolean {
  return (
    known.pods.claimAt(ip, time) !== null ||
    known.isVip(ip) ||
    (isPrivate(ip) && (known.isPodLike(ip) || known.isServiceLike(ip)))
  );
}

type Placed = readonly [inMesh: number, port: RadarPort];

function toPort([number, port]: readonly [number, Port]): Placed {
  const { mesh, others, callers } = port;
  const named = (tally: Tally, in_mesh: boolean) =>
    tally.top(REPORT_NAMES_MAX).map(([destination, connections]) => ({ destination, in_mesh, connections }));
  return [
    port.inMesh,
    {
      port: number,
      connections: port.connections,
      failures: port.failures,
      bytes: port.bytes,
      destinations_total: mesh.size + others.size,
      destinations: [...named(mesh, true), ...named(others, false)].slice(0, REPORT_NAMES_MAX),
      callers_total: callers.size,
      callers: callers
        .top(REPORT_NAMES_MAX)
        .map(([key, connections]) => ({ ...callerOfKey(key), connections })),
      services: [...port.services].sort(compareText).slice(0, REPORT_NAMES_MAX),
      captured_by: [...port.captors].sort(compareText).slice(0, REPORT_NAMES_MAX),
    },
  ];
}

/** Traffic within the mesh first: nobody expects to lose it. */
function comparePorts([inMeshA, a]: Placed, [inMeshB, b]: Placed): number {
  return (
    Number(inMeshB > 0) - Number(inMeshA > 0) ||
    b.callers_total - a.callers_total ||
    b.connections - a.connections ||
    a.port - b.port
  );
}
