/** One name for a destination over time: pods come and go, and what they belong to stays. */
import type { Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';

/** Names what a leg dialled: host of the service, workload of the pod, or ip, the first that is known. */
export function createNamer(known: Ownership): (leg: Leg) => string {
  return ({ facts, flow }) => {
    const { local, service } = facts;
    if (local === null) return '';
    const [owner] = known.ownersAt(local, flow.first);
    if (owner !== undefined) return owner.host;
    const claim = known.pods.claimAt(local.ip, flow.first);
    if (claim?.writer.source.workload != null) return claim.writer.source.workload;
    if (service?.host != null && facts.upstream?.ip === local.ip) return service.host;
    return local.ip;
  };
}
