/** One name for a destination over time: pods come and go, and what they belong to stays. */
import type { KnownAddress, Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';

/**
 * Names what a leg dialled: workload of the pod, host of the service, or ip, the first that is known. Who is known at an address at
 * other times alone names it too: the address is the same before its owner is learned, and after its log falls silent.
 */
export function createNamer(known: Ownership): (leg: Leg) => string {
  return ({ facts, flow }) => {
    const { local, service } = facts;
    if (local === null) return '';
    const claim = known.pods.claimAt(local.ip, flow.first);
    if (claim?.writer.source.workload != null) return claim.writer.source.workload;
    const [owner] = known.ownersAt(local, flow.first);
    const holder = onlyHolder(local, known);
    if (holder !== null && (owner === undefined || holder.hosts.includes(owner.host))) return holder.workload;
    if (owner !== undefined) return owner.host;
    if (service?.host != null && facts.upstream?.ip === local.ip) return service.host;
    return known.owners(local)[0]?.host ?? local.ip;
  };
}

/** The workload whose pods alone ever had an address, with the services that they answered for. Null: none, or several. */
function onlyHolder(
  local: KnownAddress,
  known: Ownership,
): { readonly workload: string; readonly hosts: readonly string[] } | null {
  const claims = known.pods.claims(local.ip);
  const workload = claims[0]?.writer.source.workload ?? null;
  if (workload === null || claims.some(({ writer }) => writer.source.workload !== workload)) return null;
  return {
    workload,
    hosts: claims.flatMap(({ last }) => known.ownersAt(local, last).map(({ host }) => host)),
  };
}
