/** Where each connection was routed, and how sure the lines make us of it. */
import type { EvidenceGrade, State } from '../domain/resources.ts';
import type { Judgement } from './judgement.ts';
import { isBlackhole, isPassthrough, type Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';
import { isCaptureOfPod, isGatewayRouted, isKin, isNamed } from './spreads.ts';
import { isStranger } from './takeovers.ts';

/** How sure a grade makes us: a probability, 0 to 1. */
export const CONFIDENCE: Readonly<Record<EvidenceGrade, number>> = {
  g5: 1,
  g4: 0.99,
  g3: 0.95,
  g2: 0.9,
  g1: 0.3,
};

/** Judges one leg. Null: it is no client's side of a TCP connection, so that it says nothing of routing. */
export function judge(leg: Leg, known: Ownership): Judgement | null {
  const { facts, flow } = leg;
  if (!leg.facts.client) return null;
  const flags = flow.shape.response_flags;
  if (facts.cluster === null && flags.includes('NR')) return plain('no_filter_chain');
  if (isBlackhole(facts)) return plain('blackhole');
  if (facts.cluster === null && flags.includes('UH')) {
    // Old Envoys print no cluster here: a service without endpoints and a black hole differ in the address alone.
    return plain(facts.local !== null && known.isVip(facts.local.ip) ? 'unknown' : 'blackhole');
  }
  if (isPassthrough(facts)) return plain('passthrough');
  if (!isNamed(facts) || facts.local === null) return plain('unknown');
  if (isGatewayRouted(facts, flow.first, known)) return plain('gateway');
  return judgeNamed(leg, known);
}

function plain(state: State): Judgement {
  return single(state, null);
}

/** There are few judgements and very many legs: each is one object. */
const JUDGEMENTS = new Map<string, Judgement>();

function single(state: State, grade: EvidenceGrade | null): Judgement {
  const key = `${state} ${grade}`;
  const known = JUDGEMENTS.get(key);
  if (known !== undefined) return known;
  const judgement = Object.freeze({ state, grade });
  JUDGEMENTS.set(key, judgement);
  return judgement;
}

function judgeNamed(leg: Leg, known: Ownership): Judgement {
  const { facts, flow } = leg;
  const { local, upstream, service } = facts;
  if (local === null || service?.host == null) return plain('unknown');
  const owners = new Set(known.ownersAt(local, flow.first).map((owner) => owner.host));
  if (upstream === null)
    return plain(known.isVip(local.ip) && owners.has(service.host) ? 'service' : 'unknown');
  if (upstream.ip === local.ip) return judgeDirect(leg, known, owners);
  if (isProxied(leg, known)) return plain('gateway');
  if (known.isVip(local.ip)) {
    const isTaken = known.spreads.isProven(facts) || isLostToStranger(leg, known);
    return isTaken ? captured('g3') : plain('service');
  }
  if (owners.has(service.host)) return plain(known.pods.ips.has(local.ip) ? 'direct' : 'service');
  return judgeDiverted(leg, known, owners);
}

/** A cluster of another port than the dialled one is no listener of that port: a Sidecar's egress proxy, say. */
function isProxied(leg: Leg, known: Ownership): boolean {
  const { facts } = leg;
  return facts.local !== null && !known.isVip(facts.local.ip) && known.spreads.isProxy(facts);
}

/** Sent to another host than the one dialled, which is no service's address and not the cluster's own. */
function judgeDiverted(leg: Leg, known: Ownership, owners: ReadonlySet<string>): Judgement {
  const { facts, flow } = leg;
  const { local, service } = facts;
  if (local === null || service?.host == null) return plain('unknown');
  const hostsAt = () => owners;
  if (isCaptureOfPod(leg, { pods: known.pods, gateways: known.gateways, hostsAt })) return captured('g4');
  const claim = known.pods.claimAt(local.ip, flow.first);
  // The only certain pod that is not captured is one whose own workload answers for a service of its namespace.
  if (claim !== null) return plain('direct');
  if (owners.size > 0 && !isKin(service.host, null, owners)) return captured('g3');
  if (known.spreads.isProven(facts)) return captured('g2');
  // Without a pod's name a gateway's lines, which have foreign server names by nature, look like a client's.
  if (flow.shape.requested_server_name !== null && facts.source.pod !== null) return captured('g3');
  if (isBentToService(leg, known)) return captured('g3');
  if (known.spreads.isShared(facts)) return captured('g2');
  return plain('unknown');
}

/**
 * Dialled to where pods live and sent to where services live. Endpoints of a service are never other services'
 * addresses: such a cluster resolves a name by DNS, as that of an ExternalName does.
 */
function isBentToService({ facts }: Leg, known: Ownership): boolean {
  if (facts.local === null || facts.upstream === null) return false;
  return known.isPodLike(facts.local.ip) && known.isServiceLike(facts.upstream.ip);
}

/**
 * Dialled to another service's address and sent to the address of a third, where nobody ever answered: the service is gone,
 * and a cluster that resolves a name by DNS took its port. A VirtualService leads to endpoints.
 */
function isLostToStranger({ facts, flow }: Leg, known: Ownership): boolean {
  const { local, upstream, service } = facts;
  if (local === null || upstream === null || service?.host == null) return false;
  const { host } = service;
  if (!known.isServiceLike(upstream.ip) || !known.spreads.isSilent(facts)) return false;
  return known
    .ownersAt(local, flow.first)
    .some((owner) => owner.first < flow.first && isStranger(host, owner.host));
}

function captured(grade: EvidenceGrade): Judgement {
  return single('captured', grade);
}

/** Sent where it was dialled, under a name: rightly by a headless service, wrongly by a catch-all of another's. */
function judgeDirect(leg: Leg, known: Ownership, owners: ReadonlySet<string>): Judgement {
  const { facts, flow } = leg;
  const { local, service } = facts;
  if (local === null || service?.host == null) return plain('unknown');
  if (owners.has(service.host) || service.port !== local.port) return plain('direct');
  // Whoever dials an address that has just passed to another pod names the pod before.
  if (known.pods.isMoving(local.ip, flow.first)) return plain('direct');
  const claim = known.pods.claimAt(local.ip, flow.first);
  const namespace = claim === null ? null : known.namespaceOf(claim.writer.key);
  if (isKin(service.host, namespace, owners)) return plain('direct');
  if (owners.size > 0) return single('captured_nominal', claim === null ? 'g3' : 'g4');
  return known.spreads.isMixed(facts) ? single('captured_nominal', 'g2') : plain('direct');
}
