/** Connections that last exactly as long as a limit on idleness: nobody ever used them. */

import { HOUR_MS } from '../../domain/time.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { idleTimeout } from '../diagnoses/idle-timeout.ts';
import type { Facts, Leg } from '../legs.ts';
import { type Condition, toFinding } from './condition.ts';

/** Envoy's limit when nobody sets one, and what a timer may be late by, ms. */
const IDLE_MS = HOUR_MS;
const LATE_MS = 1_000;
const IDLE_MIN = 5;

/** Client lines of one cluster and port that lasted as long or longer. */
export const idleLimit: Condition = {
  name: 'idle-limit',
  scopesOf: ({ facts, flow }) => {
    if (facts.local === null || flow.duration_max < IDLE_MS || !mayBeIdle(facts)) return [];
    return [`${facts.cluster} ${facts.local.port}`];
  },
  find: async ({ name: scope, legs }) => {
    const idle = legs.map((leg) => ({ leg, connections: idleIn(leg) })).filter((one) => one.connections > 0);
    const connections = idle.reduce((sum, one) => sum + one.connections, 0);
    if (connections < IDLE_MIN) return [];
    return [
      toFinding({
        about: [scope],
        diagnosis: idleTimeout,
        severity: 'info',
        legs: idle.map((one) => one.leg),
        after: null,
        ended: null,
        evidence: [
          `At least ${count(connections, 'connection')} ended between 1 h and 1 h and 1 s after they began: ` +
            `the time that Envoy leaves an idle connection open.`,
        ],
      }),
    ];
  },
};

/** True for calls that did not fail. */
export function mayBeIdle({ client, local, failed }: Facts): boolean {
  return client && local !== null && !failed;
}

/** Connections of a flow that are known to have lasted that long: all, where the shortest and the longest did, else those two. */
function idleIn({ flow }: Leg): number {
  const isIdle = (duration: number): boolean => duration >= IDLE_MS && duration <= IDLE_MS + LATE_MS;
  const [shortest, longest] = [isIdle(flow.duration_min), isIdle(flow.duration_max)];
  if (shortest && longest) return flow.connections;
  return (shortest ? 1 : 0) + (longest ? 1 : 0);
}
