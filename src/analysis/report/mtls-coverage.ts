/** How much arrives at servers with the mesh's mutual TLS, and who comes without it. */
import { REPORT_ITEMS_MAX, REPORT_NAMES_MAX } from '../../domain/limits.ts';
import type { MtlsCoverage, UncoveredServer } from '../../domain/report.ts';
import { getOrMake } from '../get-or-make.ts';
import { compareText, type Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';
import { Tally } from './tally.ts';

/** Tunnels of an ambient mesh are encrypted, and their lines do not name the client as those of proxies do. */
const ZTUNNEL = 'ztunnel';

interface Server {
  readonly workload: string | null;
  readonly namespace: string | null;
  readonly port: number;
  lines: number;
  covered: number;
  readonly members: Tally;
  readonly strangers: Tally;
}

/**
 * Counts the lines of servers by the name that their clients gave in TLS: only a proxy of the mesh gives `outbound_.…`. What
 * failed before it was accepted tells nothing.
 */
export function measureMtls(legs: Iterable<Leg>, known: Ownership): MtlsCoverage {
  const servers = new Map<string, Server>();
  for (const leg of legs) {
    const { facts, flow } = leg;
    if (facts.direction !== 'inbound' || facts.failed || facts.local === null) continue;
    if (flow.shape.format.startsWith(ZTUNNEL)) continue;
    const { port } = facts.local;
    const workload = facts.source.workload ?? facts.source.ip;
    const namespace = known.namespaceOf(facts.writer);
    const server = getOrMake(servers, JSON.stringify([namespace, workload, port]), () =>
      newServer(workload, namespace, port),
    );
    server.lines += flow.connections;
    if (facts.sni !== null) server.covered += flow.connections;
    else noteClient(server, leg, known);
  }
  const all = [...servers].sort(compareServers).map(([, server]) => server);
  const lines = all.reduce((sum, server) => sum + server.lines, 0);
  const with_mtls = all.reduce((sum, server) => sum + server.covered, 0);
  const uncovered = all.filter((server) => server.covered < server.lines);
  return {
    lines,
    with_mtls,
    rate: lines === 0 ? null : with_mtls / lines,
    servers_total: all.length,
    uncovered_total: uncovered.length,
    uncovered: uncovered.slice(0, REPORT_ITEMS_MAX).map(toUncovered),
  };
}

function newServer(workload: string | null, namespace: string | null, port: number): Server {
  return { workload, namespace, port, lines: 0, covered: 0, members: new Tally(), strangers: new Tally() };
}

function noteClient(server: Server, { facts, flow }: Leg, known: Ownership): void {
  const ip = facts.remoteIp;
  const claim = ip === null ? null : known.pods.claimAt(ip, flow.first);
  const member = claim?.writer.source.workload ?? null;
  if (member !== null) server.members.add(member, flow.connections);
  else server.strangers.add(ip ?? 'an unknown address', flow.connections);
}

/** Those with the most lines without it first. */
function compareServers([keyA, a]: readonly [string, Server], [keyB, b]: readonly [string, Server]): number {
  return b.lines - b.covered - (a.lines - a.covered) || compareText(keyA, keyB);
}

function toUncovered({
  workload,
  namespace,
  port,
  lines,
  covered,
  members,
  strangers,
}: Server): UncoveredServer {
  const named = (tally: Tally, in_mesh: boolean) =>
    tally.top(REPORT_NAMES_MAX).map(([client, own]) => ({ client, in_mesh, lines: own }));
  return {
    workload,
    namespace,
    port,
    lines,
    with_mtls: covered,
    clients_total: members.size + strangers.size,
    clients: [...named(members, true), ...named(strangers, false)].slice(0, REPORT_NAMES_MAX),
  };
}
