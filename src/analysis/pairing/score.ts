/** How well two lines fit as the ends of one connection. */
import { normalizeCluster, PASSTHROUGH, parseClusterSni, sameCluster } from '../../domain/cluster-name.ts';
import type { ConnectionEnd, PairingRules, SureLimits } from '../../domain/ports.ts';
import type { PairKind } from '../../domain/resources.ts';
import { networkOf } from '../networks.ts';

/** How far two nodes' clocks, and a proxy that looked at the first bytes before it began to count, may be apart. */
export const SKEW_TOLERANCE_MS = 5_000;
/** Clocks of one mesh agree this well unless something is wrong. */
export const CLOCK_TOLERANCE_MS = 250;
export const PAIR_SCORE_MIN = 4;

/** What the addresses that agree are worth, by how much of them agrees. */
const KEY: Readonly<Record<PairKind, number>> = { full: 5, dnat: 2.5, snat: 1.5, tunnel: 1.5, sni: 1.5 };
const END_AGREES = 2;
const END_SCALE_MS = 50;
const START_FITS = 1;
const START_MISFITS = -3;
/** Clocks that are apart: both lives have one length and the same bytes, but neither start nor end agree. */
const CLOCKS_APART = 0.5;
const LENGTH_TOLERANCE_MS = 50;
const BYTES_EQUAL = 1;
const BYTES_BOTH_ZERO = 0.25;
const BYTES_DIFFER = -0.5;
const SNI_AGREES = 1;
const SNI_CONTRADICTS = -3;

/** True when the two lives have a moment in common, give or take `tolerance` ms. */
export function livesOverlap(a: ConnectionEnd, b: ConnectionEnd, tolerance: number): boolean {
  return a.start <= b.end + tolerance && b.start <= a.end + tolerance;
}

/** Score of a client line and a server line with the same full address key; about 9 when all agrees. */
export function pairScore(out: ConnectionEnd, into: ConnectionEnd): number {
  return KEY.full + timeScore(out, into) + bytesScore(out, into) + sniScore(out, into);
}

/** Ends so near to each other outweigh names that contradict. The same bytes need no near end: with a start that fits they suffice. */
export const SURE: SureLimits = {
  clockMs: CLOCK_TOLERANCE_MS,
  noBytesMs: 49,
  unknownBytesMs: 34,
  otherBytesMs: 14,
};

/** See `PairingRules.half`. */
export const halfScore: PairingRules['half'] = (kind, out, into) => {
  if (!livesOverlap(out, into, CLOCK_TOLERANCE_MS) || sniScore(out, into) < 0) return null;
  // A translated address is met in plaintext, or where the name of the service is no part of the way.
  if (kind === 'dnat' && parseClusterSni(into.requested_server_name ?? '') !== null) return null;
  const endGap = Math.abs(into.end - out.end);
  if (kind === 'dnat' && endGap > CLOCK_TOLERANCE_MS) return null;
  if (isOtherPod(kind, out, into)) return null;
  if (kind === 'sni' && !isWrapped(out, into)) return null;
  const bytes = kind === 'sni' ? 0 : bytesScore(out, into);
  const score = KEY[kind] + timeScore(out, into) + bytes + sniScore(out, into);
  return score >= PAIR_SCORE_MIN ? score : null;
};

/**
 * True when the addresses that differ lie in one network, so that both are likely pods: translation leads from a network
 * of services to one of pods, or from pods to nodes, and a tunnel ends with the address of the pod that began it.
 */
function isOtherPod(kind: PairKind, out: ConnectionEnd, into: ConnectionEnd): boolean {
  const [a, b] = kind === 'dnat' ? [out.server_ip, into.server_ip] : [out.client_ip, into.client_ip];
  return kind !== 'sni' && a !== null && b !== null && a !== b && networkOf(a) === networkOf(b);
}

/** A gateway that passes TLS on counts what the client's proxy encrypted: more than that proxy counts. */
function isWrapped(out: ConnectionEnd, into: ConnectionEnd): boolean {
  if (out.bytes_received === null || into.bytes_received === null) return true;
  return into.bytes_received >= out.bytes_received && (into.bytes_sent ?? 0) >= (out.bytes_sent ?? 0);
}

function timeScore(out: ConnectionEnd, into: ConnectionEnd): number {
  const endGap = Math.abs(into.end - out.end);
  const startGap = into.start - out.start;
  const startFits = startGap >= -CLOCK_TOLERANCE_MS && startGap <= out.end - out.start + CLOCK_TOLERANCE_MS;
  const agreed = END_AGREES * Math.exp(-endGap / END_SCALE_MS) + (startFits ? START_FITS : START_MISFITS);
  return Math.max(agreed, areClocksApart(out, into) ? CLOCKS_APART : agreed);
}

function areClocksApart(out: ConnectionEnd, into: ConnectionEnd): boolean {
  return out.end - out.start > LENGTH_TOLERANCE_MS && haveOneLength(out, into) && bytesAgree(out, into);
}

function haveOneLength(out: ConnectionEnd, into: ConnectionEnd): boolean {
  return Math.abs(into.end - into.start - (out.end - out.start)) <= LENGTH_TOLERANCE_MS;
}

/** True when bytes tell nothing and both lives have one length. */
export function areEquallyLong(out: ConnectionEnd, into: ConnectionEnd): boolean {
  const isBlind = out.bytes_received === null || into.bytes_received === null;
  return isBlind && haveOneLength(out, into);
}

/** True when the server saw a mesh SNI that names another cluster than the client used. */
export function sniContradicts(out: ConnectionEnd, into: ConnectionEnd): boolean {
  return sniScore(out, into) < 0;
}

/** True when both lines count the same bytes, and any at all. */
export function bytesAgree(out: ConnectionEnd, into: ConnectionEnd): boolean {
  return bytesScore(out, into) === BYTES_EQUAL;
}

function bytesScore(out: ConnectionEnd, into: ConnectionEnd): number {
  if (out.bytes_received === null || into.bytes_received === null) return 0;
  if (out.bytes_received !== into.bytes_received || out.bytes_sent !== into.bytes_sent) return BYTES_DIFFER;
  return out.bytes_received === 0 && out.bytes_sent === 0 ? BYTES_BOTH_ZERO : BYTES_EQUAL;
}

function sniScore(out: ConnectionEnd, into: ConnectionEnd): number {
  const sni = into.requested_server_name;
  const cluster = out.upstream_cluster;
  if (sni === null || cluster === null) return 0;
  let scores = sniScores.get(sni);
  if (scores === undefined) {
    if (sniScores.size >= REMEMBERED_NAMES_MAX) sniScores.clear();
    scores = new Map();
    sniScores.set(sni, scores);
  }
  let score = scores.get(cluster);
  if (score === undefined) {
    if (scores.size >= REMEMBERED_NAMES_MAX) scores.clear();
    score = compareNames(sni, cluster);
    scores.set(cluster, score);
  }
  return score;
}

/** The same few names meet again and again; what was found of them is kept. */
const sniScores = new Map<string, Map<string, number>>();
const REMEMBERED_NAMES_MAX = 1_000;

function compareNames(sni: string, cluster: string): number {
  if (parseClusterSni(sni) === null) return 0;
  if (normalizeCluster(cluster) === PASSTHROUGH) return SNI_CONTRADICTS;
  return sameCluster(sni, cluster) ? SNI_AGREES : SNI_CONTRADICTS;
}
