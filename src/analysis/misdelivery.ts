/** Whether captured data reached a process that was never dialled. */
import { parseAddress } from '../domain/address.ts';
import type { LineReader } from '../domain/ports.ts';
import { workloadOf } from '../domain/workload.ts';
import type { Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';
import type { Run } from './routes.ts';

/** Pairs looked at for one run, and runs looked at in one episode: enough to prove a case. */
const PAIRS_MAX = 50;
const RUNS_MAX = 20;

export interface Delivery {
  /** Ids of the runs whose data reached another workload. */
  readonly misdelivered: ReadonlySet<string>;
  /** Other workloads whose own lines show the connections. */
  readonly receivers: readonly string[];
}

/** Follows the captured connections of an episode to where they ended. */
export async function followDelivery(
  runs: readonly Run[],
  known: Ownership,
  reader: Pick<LineReader, 'pairs'>,
): Promise<Delivery> {
  const misdelivered = new Set<string>();
  const receivers = new Set<string>();
  let looked = 0;
  for (const run of runs) {
    if (run.state !== 'captured' || run.bytes === 0) continue;
    const seen = looked++ < RUNS_MAX ? await receiversOf(run, reader) : new Set<string>();
    const meant = known.pods.claimAt(run.local.ip, run.first)?.writer.source.workload ?? null;
    const others = [...seen].filter((workload) => workload !== meant);
    for (const workload of others) receivers.add(workload);
    if (others.length > 0) misdelivered.add(run.id);
    else if (seen.size === 0 && run.legs.some((leg) => isElsewhere(leg, known))) misdelivered.add(run.id);
  }
  return { misdelivered, receivers: [...receivers].sort() };
}

async function receiversOf(run: Run, reader: Pick<LineReader, 'pairs'>): Promise<Set<string>> {
  const pairs = await reader.pairs({
    since: run.first,
    until: run.last + 1,
    shapes: new Set(run.legs.map((leg) => leg.flow.shape.id)),
    order: 'oldest',
    after: null,
    limit: PAIRS_MAX,
  });
  const workloads = pairs.map((pair) => pair.inbound.identity.pod).filter((pod) => pod !== null);
  return new Set(workloads.map(workloadOf));
}

/** By the addresses alone: the chosen host is known, or at least not known to be of what was dialled. */
function isElsewhere(leg: Leg, known: Ownership): boolean {
  const { facts, flow } = leg;
  if (facts.failed || flow.bytes_received + flow.bytes_sent === 0) return false;
  if (facts.local === null || facts.upstream === null) return false;
  const workloadAt = (ip: string) => known.pods.claimAt(ip, flow.first)?.writer.source.workload ?? null;
  const [meant, got] = [workloadAt(facts.local.ip), workloadAt(facts.upstream.ip)];
  if (meant !== null && got !== null) return meant !== got;
  const meantOwners = known.ownersAt(facts.local, flow.first).map((owner) => owner.host);
  const gotOwners = new Set(known.ownersAt(facts.upstream, flow.first).map((owner) => owner.host));
  if (meantOwners.some((host) => gotOwners.has(host))) return false;
  // Nothing known of either side proves nothing.
  return known.pods.claimAt(facts.local.ip, flow.first) !== null || meantOwners.length > 0 || got !== null;
}

/** True for text that is an address of a service, as far as the lines tell. */
export function isServiceAddress(host: string, known: Ownership): boolean {
  const address = parseAddress(host);
  return address !== null && known.isVip(address.ip);
}
