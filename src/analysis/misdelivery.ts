/** Whether captured data reached a process that was never dialled. */

import { parseAddress } from '../domain/address.ts';
import type { LineReader, StoredPair } from '../domain/ports.ts';
import type { PairKind } from '../domain/resources.ts';
import { HOUR_MS } from '../domain/time.ts';
import { workloadOf } from '../domain/workload.ts';
import { maxOf, minOf } from './extremes.ts';
import { compareText, type Leg } from './legs.ts';
import type { Ownership } from './ownership.ts';
import type { Run } from './routes.ts';

/** Pairs looked at in one episode, and the time from its start in which they are looked for, ms: enough to prove a case. */
const PAIRS_MAX = 1_000;
const PAIRS_MS = HOUR_MS;

/** A line by its shape and start time. */
interface LineAt {
  readonly shape: { readonly id: number };
  readonly time: number;
}

/** A pod whose own line shows a connection that was dialled to another workload. */
export interface Receiver {
  /** Null on lines without an envelope, which name no pod. */
  readonly pod: string | null;
  readonly workload: string | null;
  /** Address of the pod. */
  readonly ip: string;
  readonly kind: PairKind;
  /** Both ends of the first such connection. */
  readonly outbound: LineAt;
  readonly inbound: LineAt;
}

export interface Delivery {
  /** Ids of the runs whose data reached another workload. */
  readonly misdelivered: ReadonlySet<string>;
  /** Bytes of those runs. */
  readonly bytes: number;
  /** Other workloads whose own lines show the connections, one entry a pod, the first connection first. */
  readonly receivers: readonly Receiver[];
}

/** Follows the captured connections of an episode to where they ended. */
export async function followDelivery(
  runs: readonly Run[],
  known: Ownership,
  reader: Pick<LineReader, 'pairs'>,
): Promise<Delivery> {
  const captured = runs.filter((run) => run.state === 'captured' && run.bytes > 0);
  const misdelivered = new Set<string>();
  const receivers = new Map<string, Receiver>();
  const pairs = await pairsOf(captured, reader);
  let bytes = 0;
  for (const run of captured) {
    const own = run.legs.flatMap((leg) => pairs.get(leg.flow.shape.id) ?? []);
    const astray = own.filter((pair) => !isMeant(run, pair, known));
    for (const pair of astray) noteReceiver(receivers, pair);
    const isLost = astray.length > 0 || (own.length === 0 && run.legs.some((leg) => isElsewhere(leg, known)));
    if (!isLost) continue;
    misdelivered.add(run.id);
    bytes += run.bytes;
  }
  return { misdelivered, bytes, receivers: [...receivers.values()].sort(compareReceivers) };
}

/** Pairs of captured connections, by the shape of the client's line, oldest first. */
async function pairsOf(
  runs: readonly Run[],
  reader: Pick<LineReader, 'pairs'>,
): Promise<Map<number, StoredPair[]>> {
  const found = new Map<number, StoredPair[]>();
  if (runs.length === 0) return found;
  const first = minOf(
    runs.map((run) => run.first),
    0,
  );
  const shapes = new Set(runs.flatMap((run) => run.legs.map((leg) => leg.flow.shape.id)));
  const last = maxOf(
    runs.map((run) => run.last),
    0,
  );
  const pairs = await reader.pairs({
    since: first,
    until: Math.min(first + PAIRS_MS, last + 1),
    shapes,
    order: 'oldest',
    after: null,
    limit: PAIRS_MAX,
  });
  for (const pair of pairs) {
    if (!shapes.has(pair.outbound.shapeId)) continue;
    const list = found.get(pair.outbound.shapeId);
    if (list === undefined) found.set(pair.outbound.shapeId, [pair]);
    else list.push(pair);
  }
  return found;
}

/** The server's line is of the workload that was dialled, of one that answers for the same service, or of the address itself. */
function isMeant(run: Run, { inbound }: StoredPair, known: Ownership): boolean {
  const time = inbound.entry.start_time;
  const local = parseAddress(inbound.entry.downstream_local_address ?? '');
  if (local === null || local.ip === run.local.ip) return true;
  const meant = known.pods.claimAt(run.local.ip, run.first)?.writer.source ?? null;
  const { pod, namespace } = inbound.identity;
  if (pod !== null && meant?.workload === workloadOf(pod)) {
    return meant.namespace === null || namespace === null || meant.namespace === namespace;
  }
  const owners = new Set(known.ownersAt(run.local, run.first).map((owner) => owner.host));
  return known.ownersAt(local, time).some((owner) => owners.has(owner.host));
}

function noteReceiver(receivers: Map<string, Receiver>, { outbound, inbound, kind }: StoredPair): void {
  const { pod, namespace } = inbound.identity;
  const ip = parseAddress(inbound.entry.downstream_local_address ?? '')?.ip ?? '';
  const receiver: Receiver = {
    pod,
    workload: pod === null ? null : workloadOf(pod),
    ip,
    kind,
    outbound: { shape: { id: outbound.shapeId }, time: outbound.entry.start_time },
    inbound: { shape: { id: inbound.shapeId }, time: inbound.entry.start_time },
  };
  const key = `${namespace ?? ''}/${pod ?? ip}`;
  const before = receivers.get(key);
  if (before === undefined || compareReceivers(receiver, before) < 0) receivers.set(key, receiver);
}

function compareReceivers(a: Receiver, b: Receiver): number {
  return (
    a.outbound.time - b.outbound.time ||
    a.inbound.time - b.inbound.time ||
    compareText(a.pod ?? a.ip, b.pod ?? b.ip)
  );
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
