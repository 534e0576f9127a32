/** What became of the other end of a connection: found, not to be expected, late, ambiguous or missing. */
import { isLoopback, parseAddress } from '../domain/address.ts';
import type { Direction } from '../domain/direction.ts';
import { endTime } from '../domain/entry.ts';
import type { StoredLine } from '../domain/ports.ts';
import type { Pairing, Verdict } from '../domain/resources.ts';
import type { Model } from './model.ts';
import type { Claim } from './pods.ts';

/** A partner's line may be this late, by the clock of the lines, ms. */
const LATE_MS = 60_000;

/** Judges the partner of one line. */
export function judgePairing(line: StoredLine, direction: Direction, model: Model): Pairing {
  if (line.peer !== null) {
    return {
      verdict: 'matched',
      kind: line.peer.kind,
      reason: null,
      peer_id: line.peer.id,
      score: line.peer.score,
    };
  }
  if (line.ambiguous) return unmatched('ambiguous', 'several lines fit equally well, so none was taken');
  return direction === 'inbound' ? judgeInbound(line, model) : judgeOutbound(line, direction, model);
}

function judgeOutbound(line: StoredLine, direction: Direction, model: Model): Pairing {
  const { entry } = line;
  if (entry.upstream_local_address === null) {
    return unmatched('expected_unmatched', 'the upstream connection was never made');
  }
  if (direction === 'unknown') {
    return unmatched(
      'expected_unmatched',
      'the line does not tell whether it is of the client or of the server',
    );
  }
  const upstream = entry.upstream_host === null ? null : parseAddress(entry.upstream_host);
  if (upstream === null) {
    return unmatched('expected_unmatched', 'the upstream host is no address with a port');
  }
  if (isLoopback(upstream.ip)) {
    return unmatched('expected_unmatched', 'the upstream host is in the same pod');
  }
  const { known } = model;
  const claim = known.pods.claimAt(upstream.ip, entry.start_time);
  if (claim !== null) return missing(line, claim, model);
  if (known.isVip(upstream.ip)) {
    return unmatched(
      'expected_unmatched',
      'the upstream host is a service address, which the server does not see',
    );
  }
  return known.isPodLike(upstream.ip)
    ? unmatched('expected_unmatched', "the upstream pod's log was not read, or it has no sidecar")
    : unmatched('expected_unmatched', 'the upstream host is outside the mesh, as far as the lines tell');
}

function judgeInbound(line: StoredLine, model: Model): Pairing {
  const { entry } = line;
  const remote =
    entry.downstream_remote_address === null ? null : parseAddress(entry.downstream_remote_address);
  if (remote === null || isLoopback(remote.ip)) {
    return unmatched('expected_unmatched', 'the line names no client address');
  }
  const { known } = model;
  const claim = known.pods.claimAt(remote.ip, entry.start_time);
  if (claim !== null) return missing(line, claim, model);
  return known.isPodLike(remote.ip)
    ? unmatched('expected_unmatched', "the client pod's log was not read, or it has no sidecar")
    : unmatched('expected_unmatched', 'the client is outside the mesh, as far as the lines tell');
}

/** The partner's log was read, so its line should be there, unless it is still to come. */
function missing(line: StoredLine, claim: Claim, model: Model): Pairing {
  const end = endTime(line.entry) ?? line.entry.start_time;
  const peer = claim.writer.source.pod ?? claim.ip;
  const isPassed = claim.writer.end > end || (model.end ?? end) >= end + LATE_MS;
  return isPassed
    ? unmatched('unexplained', `the log of ${peer} was read and has no line of this connection`)
    : unmatched('pending', `the log of ${peer} has not been read past the end of this connection`);
}

function unmatched(verdict: Verdict, reason: string): Pairing {
  return { verdict, kind: null, reason, peer_id: null, score: null };
}
