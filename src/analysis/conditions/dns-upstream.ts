/** Clusters that resolve a name by DNS and got other hosts: the answer changed for good. */
import { hostNamespace } from '../../domain/cluster-name.ts';
import { formatTime } from '../../domain/time.ts';
import { count, type Diagnosis, listWords } from '../diagnoses/diagnosis.ts';
import { dnsUpstreamChanged } from '../diagnoses/dns-upstream-changed.ts';
import { strictDnsToClusterIp } from '../diagnoses/strict-dns-to-cluster-ip.ts';
import { maxOf, minOf } from '../extremes.ts';
import type { Finding } from '../findings.ts';
import type { Facts, Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';
import { type Condition, type ConditionScope, countConnections, toFinding } from './condition.ts';

/** Connections on each side: fewer may be the chance of a balancer that picks among all hosts. */
const SIDE_MIN = 8;

/** Client lines of one named cluster and port. Endpoints that are pods come and go, and are no answers of DNS. */
export const dnsUpstream: Condition = {
  name: 'dns-upstream',
  scopesOf: (leg, { known, judgementOf }) => {
    const { facts } = leg;
    if (!isResolved(facts) || facts.local === null || facts.service?.host == null || facts.upstream === null)
      return [];
    const { ip } = facts.upstream;
    if (known.pods.ips.has(ip) || known.isPodLike(ip)) return [];
    // Hosts of a Kubernetes service are endpoints, unless it is but a name for something else.
    if (hostNamespace(facts.service.host) !== null && !isServiceAddress(ip, known)) return [];
    const state = judgementOf(leg)?.state;
    return state === 'service' || state === 'unknown' ? [`${facts.cluster} ${facts.local.port}`] : [];
  },
  find: (scope, { known }) => {
    const cut = findCut(scope, scope.hourly(spansOf).values());
    return cut === null ? [] : [tell(scope.name, cut, known)];
  },
};

/** True for calls by name that were sent elsewhere than where they were dialled. */
export function isResolved({ client, local, upstream, service }: Facts): boolean {
  if (!client || local === null || upstream === null) return false;
  return service?.host != null && upstream.ip !== local.ip;
}

interface Cut {
  readonly before: readonly Leg[];
  readonly after: readonly Leg[];
}

interface Span {
  readonly first: number;
  readonly last: number;
}

/** First and last start by host. */
function spansOf(legs: readonly Leg[]): ReadonlyMap<string, Span> {
  const spans = new Map<string, Span>();
  for (const { facts, flow } of legs) widen(spans, facts.upstream?.ip ?? '', flow);
  return spans;
}

function widen(spans: Map<string, Span>, host: string, { first, last }: Span): void {
  const span = spans.get(host);
  const from = Math.min(span?.first ?? first, first);
  spans.set(host, { first: from, last: Math.max(span?.last ?? last, last) });
}

/** The one moment before which all hosts are others than after it. Null: none, or several, as where answers rotate. */
function findCut(
  scope: Pick<ConditionScope, 'legs'>,
  hours: Iterable<ReadonlyMap<string, Span>>,
): Cut | null {
  const spans = new Map<string, Span>();
  for (const hour of hours) for (const [host, span] of hour) widen(spans, host, span);
  const sorted = [...spans.values()].sort((a, b) => a.first - b.first);
  const cuts: number[] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const span of sorted) {
    if (span.first > reach && reach !== Number.NEGATIVE_INFINITY) cuts.push(span.first);
    reach = Math.max(reach, span.last);
  }
  const [time] = cuts;
  if (time === undefined || cuts.length > 1) return null;
  const { legs } = scope;
  const cut = {
    before: legs.filter((leg) => leg.flow.first < time),
    after: legs.filter((leg) => leg.flow.first >= time),
  };
  const isSure = countConnections(cut.before) >= SIDE_MIN && countConnections(cut.after) >= SIDE_MIN;
  return isSure ? cut : null;
}

function tell(scope: string, { before, after }: Cut, known: Ownership): Finding {
  const last = maxOf(
    before.map((leg) => leg.flow.last),
    0,
  );
  const first = minOf(
    after.map((leg) => leg.flow.first),
    0,
  );
  const failed = countConnections(after.filter((leg) => leg.facts.failed));
  return toFinding({
    about: [scope],
    diagnosis: diagnose(before, after, known),
    severity: 'info',
    legs: after,
    after: last,
    ended: null,
    evidence: [
      `Until ${formatTime(last)} ${count(countConnections(before), 'connection')} went to ${hosts(before)}.`,
      `Since ${formatTime(first)} ${count(countConnections(after), 'connection')} went to ${hosts(after)}; ` +
        `${failed} of them failed. No host of before was used again.`,
    ],
    samples: [
      {
        shapes: before.map((leg) => leg.flow.shape),
        since: null,
        until: last + 1,
        order: 'newest',
        limit: 1,
      },
    ],
  });
}

/** New hosts that are addresses of services, where the old ones were none, are another matter. */
function diagnose(before: readonly Leg[], after: readonly Leg[], known: Ownership): Diagnosis {
  const isService = ({ facts }: Leg): boolean =>
    facts.upstream !== null && isServiceAddress(facts.upstream.ip, known);
  return after.every(isService) && !before.some(isService) ? strictDnsToClusterIp : dnsUpstreamChanged;
}

function isServiceAddress(ip: string, known: Ownership): boolean {
  return known.isVip(ip) || known.isServiceLike(ip);
}

function hosts(legs: readonly Leg[]): string {
  return listWords([...new Set(legs.map((leg) => leg.flow.shape.upstream_host ?? ''))].sort());
}
