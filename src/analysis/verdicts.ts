/** What became of the other end of a connection: found, not to be expected, late, ambiguous or missing. */
import { endTime } from '../domain/entry.ts';
import type { StoredLine } from '../domain/ports.ts';
import type { Pairing, Verdict } from '../domain/resources.ts';
import type { Model } from './model.ts';
import { EXPECTED, findPartner } from './partner.ts';
import type { Claim } from './pods.ts';

/** A partner's line may be this late, by the clock of the lines, ms. */
const LATE_MS = 60_000;

/** Judges the partner of one line. */
export function judgePairing(line: StoredLine, model: Model): Pairing {
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
  const { start_time } = line.entry;
  return judgeMissing(line.shapeId, start_time, endTime(line.entry) ?? start_time, model);
}

/** Judges a line of a shape that has no partner. Times in ms since the epoch. */
export function judgeMissing(shapeId: number, start: number, end: number, model: Model): Pairing {
  const shape = model.shapes.get(shapeId);
  if (shape === undefined) return unmatched('pending', 'the line has only just been read');
  const { claim, reason } = findPartner(shape.leg.facts, start, model.known);
  return claim === null ? unmatched('expected_unmatched', EXPECTED[reason]) : missing(end, claim, model);
}

/** The partner's log was read, so its line should be there, unless it is still to come. */
function missing(end: number, claim: Claim, model: Model): Pairing {
  const peer = claim.writer.source.pod ?? claim.ip;
  const isPassed = claim.writer.end > end || (model.end ?? end) >= end + LATE_MS;
  return isPassed
    ? unmatched('unexplained', `the log of ${peer} was read and has no line of this connection`)
    : unmatched('pending', `the log of ${peer} has not been read past the end of this connection`);
}

function unmatched(verdict: Verdict, reason: string): Pairing {
  return { verdict, kind: null, reason, peer_id: null, score: null };
}
