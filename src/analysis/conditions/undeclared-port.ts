/** Ports that a service declared before and that none declares any more. */
import { isInboundPassthrough } from '../../domain/cluster-name.ts';
import { formatTime } from '../../domain/time.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { trafficToUndeclaredPort } from '../diagnoses/traffic-to-undeclared-port.ts';
import { maxOf, minOf } from '../extremes.ts';
import type { Facts } from '../legs.ts';
import { type Condition, countConnections, toFinding } from './condition.ts';

/** Connections without a declaration before it is told: proxies learn of services one after the other. */
const UNDECLARED_MIN = 2;

/** Inbound lines of one workload and port. A port that never was declared is an old habit, and no finding. */
export const undeclaredPort: Condition = {
  name: 'undeclared-port',
  byFacts: true,
  scopesOf: ({ facts, flow }) => {
    if (facts.direction !== 'inbound' || facts.local === null || flow.shape.http) return [];
    const { namespace, workload, ip } = facts.source;
    return [`${namespace ?? ''}/${workload ?? ip ?? ''} ${facts.local.port}`];
  },
  find: ({ name: scope, legs }) => {
    const undeclared = legs.filter(({ facts }) => isUndeclared(facts));
    const declared = legs.filter((leg) => leg.facts.service !== null && !leg.facts.failed);
    const first = minOf(
      undeclared.map((leg) => leg.flow.first),
      0,
    );
    const after = maxOf(
      declared.map((leg) => leg.flow.last),
      Number.NEGATIVE_INFINITY,
    );
    // Declared later, or on some pods only, is a roll-out on its way.
    if (declared.length === 0 || after >= first || countConnections(undeclared) < UNDECLARED_MIN) return [];
    const name = declared.at(-1)?.flow.shape.upstream_cluster ?? '';
    return [
      toFinding({
        about: [scope],
        diagnosis: trafficToUndeclaredPort,
        severity: 'info',
        legs: undeclared,
        after,
        ended: null,
        evidence: [
          `${count(countConnections(declared), 'connection')} to this port came in under ${name}, the last at ${formatTime(after)}.`,
          `${count(countConnections(undeclared), 'connection')} came in under no name since ${formatTime(first)}.`,
        ],
        samples: [
          {
            shapes: declared.map((leg) => leg.flow.shape),
            since: null,
            until: after + 1,
            order: 'newest',
            limit: 1,
          },
        ],
      }),
    ];
  },
};

/** True for connections that came in under no service's name. */
export function isUndeclared({ shape }: Facts): boolean {
  const cluster = shape.upstream_cluster;
  return cluster !== null && isInboundPassthrough(cluster);
}
