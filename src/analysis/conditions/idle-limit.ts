/** Connections that last exactly as long as a limit on idleness: nobody ever used them. */

import { PAGE_ITEMS_MAX } from '../../domain/limits.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { idleTimeout } from '../diagnoses/idle-timeout.ts';
import { type Condition, toFinding } from './condition.ts';

/** Envoy's limit when nobody sets one, and what a timer may be late by, ms. */
const IDLE_MS = 3_600_000;
const LATE_MS = 1_000;
const IDLE_MIN = 5;
/** Lines looked at for one scope: enough to count to `IDLE_MIN` and to see what else there is. */
const LINES_MAX = Math.min(1_000, PAGE_ITEMS_MAX);

/** Client lines of one cluster and port that lasted as long or longer. */
export const idleLimit: Condition = {
  name: 'idle-limit',
  scopesOf: ({ facts, flow }) => {
    if (!facts.client || facts.local === null || facts.failed || flow.duration_max < IDLE_MS) return [];
    return [`${facts.cluster} ${facts.local.port}`];
  },
  find: async (scope, legs, { reader }) => {
    const lines = await reader.lines({
      since: null,
      until: null,
      shapes: new Set(legs.map((leg) => leg.flow.shape.id)),
      order: 'newest',
      after: null,
      limit: LINES_MAX,
    });
    const idle = lines.filter(({ entry }) => {
      const late = (entry.duration ?? 0) - IDLE_MS;
      return late >= 0 && late <= LATE_MS;
    });
    if (idle.length < IDLE_MIN) return [];
    const flows = new Set(idle.map(({ shapeId, entry }) => flowKey(shapeId, entry.start_time)));
    return [
      toFinding({
        about: [scope],
        diagnosis: idleTimeout,
        severity: 'info',
        legs: legs.filter(({ flow }) => flows.has(`${flow.shape.id} ${flow.hour}`)),
        after: null,
        ended: null,
        evidence: [
          `${count(idle.length, 'connection')} of the newest ${lines.length} ended between 1 h and 1 h and 1 s after they began: ` +
            `the time that Envoy leaves an idle connection open.`,
        ],
      }),
    ];
  },
};

function flowKey(shapeId: number, time: number): string {
  return `${shapeId} ${Math.floor(time / 3_600_000)}`;
}
