/** Pods that reach themselves through their own service more often than chance would have it. */
import { count } from '../diagnoses/diagnosis.ts';
import { selfCall } from '../diagnoses/self-call.ts';
import type { Facts, Leg } from '../legs.ts';
import { type Condition, countConnections, groupLegs, toFinding } from './condition.ts';

/** So many calls to itself, so many times what an even choice among the hosts gives, and so far off by chance. */
const SELF_MIN = 20;
const FACTOR_MIN = 3;
const DEVIATIONS_MIN = 6;

/** Client lines of one workload to one cluster and port of a service. */
export const selfCalls: Condition = {
  name: 'self-calls',
  scopesOf: (leg, { judgementOf }) => {
    const { facts } = leg;
    if (!facts.client || facts.source.workload === null || facts.upstream === null) return [];
    if (judgementOf(leg)?.state !== 'service' || facts.failed) return [];
    return [`${facts.source.namespace ?? ''}/${facts.source.workload} ${facts.cluster} ${facts.local?.port}`];
  },
  find: (all) => {
    const { name: scope, suspects: own } = all;
    const connections = countConnections(own);
    if (connections < SELF_MIN) return [];
    const { legs } = all;
    const { expected, variance } = expectation(legs);
    if (connections < FACTOR_MIN * expected) return [];
    if (connections - expected < DEVIATIONS_MIN * Math.sqrt(variance)) return [];
    return [
      toFinding({
        about: [scope],
        diagnosis: selfCall,
        severity: 'info',
        legs: own,
        after: null,
        ended: null,
        evidence: [
          `${connections} of ${count(countConnections(legs), 'connection')} to this service reached the pod that made them; ` +
            `an even choice among its hosts would be ${Math.round(expected)}.`,
        ],
      }),
    ];
  },
};

/** True for a connection that reached the pod that made it. */
export function isSelf({ upstream, remoteIp }: Facts): boolean {
  return upstream !== null && upstream.ip === remoteIp;
}

/** Hour by hour, since hosts come and go. A service with one host cannot but send its pod to itself. */
function expectation(legs: readonly Leg[]): { readonly expected: number; readonly variance: number } {
  let [expected, variance] = [0, 0];
  for (const hour of groupLegs(legs, (leg) => String(leg.flow.hour)).values()) {
    const hosts = new Set(hour.map((leg) => leg.facts.upstream?.ip)).size;
    const callers = new Set(hour.filter(({ facts }) => isSelf(facts)).map((leg) => leg.facts.writer));
    const calls = countConnections(hour.filter((leg) => callers.has(leg.facts.writer)));
    expected += calls / hosts;
    variance += (calls / hosts) * (1 - 1 / hosts);
  }
  return { expected, variance };
}
