/** Stored pairs as the two ends of one connection. */
import { normalizeCluster, PASSTHROUGH, parseClusterSni, sameCluster } from '../domain/cluster-name.ts';
import { endTime } from '../domain/entry.ts';
import type { StoredLine, StoredPair } from '../domain/ports.ts';
import type { ClosedBy, Pair, Pairing, PairRemark } from '../domain/resources.ts';
import { toConnection } from './connections.ts';
import { isRbacDenial } from './diagnoses/rbac-denied.ts';
import type { LineModel } from './model.ts';

/** Both proxies see the end of a connection at once, unless one of them vanished; ms. */
const END_MISMATCH_MS = 5_000;
/** Starts and ends that are off by the same: the clocks differ; ms. */
const CLOCKS_APART_MS = 250;
/** An end that one side noticed so much later was noticed by a timeout: the network lost the connection; ms. */
const VANISHED_MS = 60_000;

/** The public form of a pair. */
export function toPair(pair: StoredPair, model: LineModel): Pair {
  const { outbound, inbound } = pair;
  const endSkew = endSkewOf(pair);
  return {
    id: pairId(pair),
    outbound: toConnection(outbound, model),
    inbound: { ...toConnection(inbound, model), pairing: calledBy(pair) },
    kind: pair.kind,
    score: pair.score,
    start_skew_ms: inbound.entry.start_time - outbound.entry.start_time,
    end_skew_ms: endSkew,
    mtls: isMutualTls(pair),
    self: isSelf(outbound, inbound),
    closed_by: closedBy(outbound, inbound, endSkew),
    previous_pair_id: outbound.previous?.id ?? null,
    next_pair_id: inbound.peer !== null && inbound.peer.id !== outbound.id ? inbound.id : null,
    remarks: remarksOf(pair, endSkew),
  };
}

/** A gateway's line by itself tells of the server that it called; here it is the one that was called. */
function calledBy({ outbound, kind, score }: StoredPair): Pairing {
  return { verdict: 'matched', kind, reason: null, peer_id: outbound.id, score };
}

/** End of the inbound line minus end of the outbound one, ms; null when a line has no duration. */
export function endSkewOf({ outbound, inbound }: StoredPair): number | null {
  const [outEnd, inEnd] = [endTime(outbound.entry), endTime(inbound.entry)];
  return outEnd === null || inEnd === null ? null : inEnd - outEnd;
}

/**
 * A tunnel between proxies is mutual TLS, whatever it carries; else the client's proxy named the service to the server's,
 * which one that lets a connection pass cannot have done.
 */
function isMutualTls({ kind, outbound, inbound }: StoredPair): boolean {
  if (kind === 'tunnel') return true;
  const cluster = outbound.entry.upstream_cluster;
  if (cluster !== null && normalizeCluster(cluster) === PASSTHROUGH) return false;
  return inbound.entry.requested_server_name?.startsWith('outbound_.') ?? false;
}

function remarksOf({ outbound, inbound }: StoredPair, endSkew: number | null): PairRemark[] {
  const remarks: PairRemark[] = [];
  const startSkew = inbound.entry.start_time - outbound.entry.start_time;
  if (endSkew !== null && Math.abs(endSkew) > CLOCKS_APART_MS) {
    if (Math.abs(endSkew - startSkew) <= CLOCKS_APART_MS) remarks.push('clocks_apart');
    else if (Math.abs(endSkew) > END_MISMATCH_MS) remarks.push('end_mismatch');
  }
  const sni = inbound.entry.requested_server_name;
  const cluster = outbound.entry.upstream_cluster;
  if (sni !== null && cluster !== null && parseClusterSni(sni) !== null && !sameCluster(sni, cluster))
    remarks.push('sni_conflict');
  return remarks;
}

/** The id of a pair is the id of its outbound end: a line has one partner at most. */
export function pairId(pair: StoredPair): string {
  return pair.outbound.id;
}

function isSelf(outbound: StoredLine, inbound: StoredLine): boolean {
  if (outbound.identity.pod !== null || inbound.identity.pod !== null) {
    return (
      outbound.identity.pod === inbound.identity.pod &&
      outbound.identity.namespace === inbound.identity.namespace
    );
  }
  const ipOf = (address: string | null) =>
    address === null ? '' : address.slice(0, address.lastIndexOf(':'));
  const client = ipOf(outbound.entry.downstream_remote_address);
  return client !== '' && client === ipOf(inbound.entry.downstream_local_address);
}

/** Only what the lines say: most TCP lines do not tell who closed first. */
function closedBy(outbound: StoredLine, inbound: StoredLine, endSkew: number | null): ClosedBy {
  const has = (line: StoredLine, ...flags: string[]) =>
    line.entry.response_flags.some((flag) => flags.includes(flag));
  if (isRbacDenial(inbound.entry.connection_termination_details)) return 'server_proxy';
  if (has(inbound, 'NR', 'DT', 'UT', 'UO')) return 'server_proxy';
  if (has(inbound, 'UF', 'UR', 'UC')) return 'server_app';
  if (has(outbound, 'DC')) return 'client_app';
  if (has(outbound, 'DT', 'UT')) return 'client_proxy';
  return endSkew !== null && Math.abs(endSkew) > VANISHED_MS ? 'network' : 'unknown';
}
