/** Stored pairs as the two ends of one connection. */
import { endTime } from '../domain/entry.ts';
import type { StoredLine, StoredPair } from '../domain/ports.ts';
import type { ClosedBy, Pair } from '../domain/resources.ts';
import { toConnection } from './connections.ts';
import { isRbacDenial } from './diagnoses/rbac-denied.ts';
import type { LineModel } from './model.ts';

/** The public form of a pair. */
export function toPair(pair: StoredPair, model: LineModel): Pair {
  const { outbound, inbound } = pair;
  const [outEnd, inEnd] = [endTime(outbound.entry), endTime(inbound.entry)];
  return {
    id: pairId(pair),
    outbound: toConnection(outbound, model),
    inbound: toConnection(inbound, model),
    kind: pair.kind,
    score: pair.score,
    start_skew_ms: inbound.entry.start_time - outbound.entry.start_time,
    end_skew_ms: outEnd === null || inEnd === null ? null : inEnd - outEnd,
    mtls: inbound.entry.requested_server_name?.startsWith('outbound_.') ?? false,
    self: isSelf(outbound, inbound),
    closed_by: closedBy(outbound, inbound),
  };
}

/** The id of a pair is the id of its outbound end: a line has one partner at most. */
export function pairId(pair: StoredPair): string {
  return pair.outbound.id;
}

function isSelf(outbound: StoredLine, inbound: StoredLine): boolean {
  if (outbound.identity.pod !== null || inbound.identity.pod !== null) {
    return (
      outbound.identity.pod === inbound.identity.pod &&
      outbound.identity.namespace === inbound.identity.namespace
    );
  }
  const ipOf = (address: string | null) =>
    address === null ? '' : address.slice(0, address.lastIndexOf(':'));
  const client = ipOf(outbound.entry.downstream_remote_address);
  return client !== '' && client === ipOf(inbound.entry.downstream_local_address);
}

/** Only what the lines say: a TCP line without flags does not tell who closed first. */
function closedBy(outbound: StoredLine, inbound: StoredLine): ClosedBy {
  const flags = (line: StoredLine) => line.entry.response_flags;
  if (isRbacDenial(inbound.entry.connection_termination_details)) return 'server_proxy';
  if (flags(inbound).some((flag) => flag === 'NR' || flag === 'DT')) return 'server_proxy';
  if (flags(inbound).some((flag) => flag === 'UF' || flag === 'UR')) return 'server_app';
  return flags(outbound).includes('DT') ? 'client_proxy' : 'unknown';
}
