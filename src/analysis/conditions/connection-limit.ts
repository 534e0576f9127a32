/** Connections that were cut because they had lasted as long as a rule allows. */
import { formatDuration } from '../../domain/time.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { maxConnectionDuration } from '../diagnoses/max-connection-duration.ts';
import { maxOf } from '../extremes.ts';
import type { Facts } from '../legs.ts';
import { type Condition, countAll, countConnections, toFinding } from './condition.ts';

const CUT_MIN = 3;
const CUT_SHARE_MIN = 0.15;

/** Lines of one cluster and port, of either side. */
export const connectionLimit: Condition = {
  name: 'connection-limit',
  byFacts: true,
  scopesOf: ({ facts, flow }) => {
    if (flow.shape.http || facts.local === null || facts.cluster === null) return [];
    const server = facts.direction === 'inbound' ? (facts.source.workload ?? facts.writer) : '';
    return [`${server} ${facts.cluster} ${facts.local.port}`];
  },
  find: (all) => {
    const { name: scope, suspects: cut } = all;
    const connections = countConnections(cut);
    if (connections < CUT_MIN || connections < CUT_SHARE_MIN * countAll(all)) return [];
    const longest = maxOf(
      cut.map((leg) => leg.flow.duration_max),
      0,
    );
    return [
      toFinding({
        about: [scope],
        diagnosis: maxConnectionDuration,
        severity: 'info',
        legs: cut,
        after: null,
        ended: null,
        evidence: [
          `${connections} of ${count(countAll(all), 'connection')} ended with the flag DT, after up to ${formatDuration(longest)}.`,
        ],
      }),
    ];
  },
};

/** True for connections that a rule ended, whatever they were doing. */
export function wasCut({ shape }: Facts): boolean {
  return shape.response_flags.includes('DT');
}
