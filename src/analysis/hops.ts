/** The way of one connection through gateways: every line of it, from the first client to the last server. */
import type { LineReader, StoredLine } from '../domain/ports.ts';
import type { Hop, PairKind } from '../domain/resources.ts';
import { workloadOf } from '../domain/workload.ts';
import { directionOfLine } from './connections.ts';
import type { Model } from './model.ts';

/** Longer ways are cut: no mesh sends a connection through so many gateways. */
const HOPS_MAX = 16;

/** Follows a line back to the first client, then forward. A line without partner is its own only hop. */
export async function followHops(
  line: StoredLine,
  model: Model,
  reader: Pick<LineReader, 'line'>,
): Promise<Hop[]> {
  const before: StoredLine[] = [];
  for (let at = await previousOf(line, model, reader); at !== null && before.length < HOPS_MAX; ) {
    before.unshift(at);
    at = await previousOf(at, model, reader);
  }
  const way = [...before, line];
  for (let at = await nextOf(line, model, reader); at !== null && way.length < HOPS_MAX; ) {
    way.push(at);
    at = await nextOf(at, model, reader);
  }
  return way.map((hop, index) => toHop(hop, way[index - 1] ?? null, model));
}

async function previousOf(
  line: StoredLine,
  model: Model,
  reader: Pick<LineReader, 'line'>,
): Promise<StoredLine | null> {
  const peer = isServerEnd(line, model) ? line.peer : line.previous;
  return peer === null ? null : reader.line(peer.id);
}

async function nextOf(
  line: StoredLine,
  model: Model,
  reader: Pick<LineReader, 'line'>,
): Promise<StoredLine | null> {
  return isServerEnd(line, model) || line.peer === null ? null : reader.line(line.peer.id);
}

/** The last end of a connection has a client and calls nobody but its own application. */
function isServerEnd(line: StoredLine, model: Model): boolean {
  return directionOfLine(line, model) !== 'outbound' && line.previous === null;
}

function toHop(line: StoredLine, before: StoredLine | null, model: Model): Hop {
  const { pod, namespace } = line.identity;
  const kind: PairKind | null = before?.peer?.id === line.id ? before.peer.kind : null;
  return {
    id: line.id,
    pod,
    workload: pod === null ? null : workloadOf(pod),
    namespace,
    direction: directionOfLine(line, model),
    upstream_cluster: line.entry.upstream_cluster,
    downstream_local_address: line.entry.downstream_local_address,
    kind,
  };
}
