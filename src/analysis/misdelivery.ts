/** Whether captured data reached a process that was never dialled. */
import type { LineReader } from '../domain/ports.ts';
import { workloadOf } from '../domain/workload.ts';
import { maxOf, minOf } from './extremes.ts';
import { compareText, type Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';
import type { Run } from './routes.ts';

/** Pairs looked at in one episode, and the time from its start in which they are looked for, ms: enough to prove a case. */
const PAIRS_MAX = 1_000;
const PAIRS_MS = 3_600_000;

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
  const captured = runs.filter((run) => run.state === 'captured' && run.bytes > 0);
  const misdelivered = new Set<string>();
  const receivers = new Set<string>();
  const seen = await receiversOf(captured, reader);
  for (const run of captured) {
    const meant = known.pods.claimAt(run.local.ip, run.first)?.writer.source.workload ?? null;
    const got = run.legs.flatMap((leg) => [...(seen.get(leg.flow.shape.id) ?? [])]);
    const others = got.filter((workload) => workload !== meant);
    for (const workload of others) receivers.add(workload);
    if (others.length > 0) misdelivered.add(run.id);
    else if (got.length === 0 && run.legs.some((leg) => isElsewhere(leg, known))) misdelivered.add(run.id);
  }
  return { misdelivered, receivers: [...receivers].sort(compareText) };
}

/** Workloads at the other end of captured connections, by the shape of the client's line. */
async function receiversOf(
  runs: readonly Run[],
  reader: Pick<LineReader, 'pairs'>,
): Promise<Map<number, Set<string>>> {
  const workloads = new Map<number, Set<string>>();
  if (runs.length === 0) return workloads;
  const first = minOf(
    runs.map((run) => run.first),
    0,
  );
  const pairs = await reader.pairs({
    since: first,
    until: Math.min(
      first + PAIRS_MS,
      maxOf(
        runs.map((run) => run.last),
        0,
      ) + 1,
    ),
    shapes: new Set(runs.flatMap((run) => run.legs.map((leg) => leg.flow.shape.id))),
    order: 'oldest',
    after: null,
    limit: PAIRS_MAX,
  });
  for (const { outbound, inbound } of pairs) {
    if (inbound.identity.pod === null) continue;
    const found = workloads.get(outbound.shapeId) ?? new Set<string>();
    workloads.set(outbound.shapeId, found.add(workloadOf(inbound.identity.pod)));
  }
  return workloads;
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
