/** What became of the other end of a connection: found, not to be expected, late, ambiguous or missing. */
import { endTime } from '../domain/entry.ts';
import type { StoredLine } from '../domain/ports.ts';
import type { Pairing, Verdict } from '../domain/resources.ts';
import type { LineModel } from './model.ts';
import { EXPECTED, type ExpectedReason, findPartner } from './partner.ts';
import type { Writer } from './pods.ts';
import type { ShapeModel } from './shape-model.ts';
import { sideOf } from './streams.ts';

/** A partner's line may be this late, by the clock of the lines, ms. */
const LATE_MS = 60_000;

/** Judges the partner of one line. */
export function judgePairing(line: StoredLine, model: LineModel): Pairing {
  if (line.peer !== null) {
    return {
      verdict: 'matched',
      kind: line.peer.kind,
      reason: null,
      peer_id: line.peer.id,
      score: line.peer.score,
    };
  }
  if (line.superseded) return unmatched('expected_unmatched', EXPECTED.superseded);
  if (line.ambiguous) return unmatched('ambiguous', 'several lines fit equally well, so none was taken');
  const { start_time } = line.entry;
  return judgeMissing(line.shapeId, start_time, endTime(line.entry) ?? start_time, model);
}

/** Judges a line of a shape that has no partner. Times in ms since the epoch. */
export function judgeMissing(shapeId: number, start: number, end: number, model: LineModel): Pairing {
  const shape = model.shapes.get(shapeId);
  if (shape === undefined) return unmatched('pending', 'the line has only just been read');
  const { claim, reason } = findPartner(shape.facts, start, model.known);
  if (claim === null) return unmatched('expected_unmatched', EXPECTED[reason]);
  const { writer } = claim;
  const peer = writer.source.pod ?? claim.ip;
  const isPassed = writer.end > end || (model.end ?? end) >= end + LATE_MS;
  if (!isPassed) {
    return unmatched('pending', `the log of ${peer} has not been read past the end of this connection`);
  }
  const excuse = excuseOf(shape, writer, end, model);
  return excuse === null
    ? unmatched('unexplained', `the log of ${peer} was read and has no line of this connection`)
    : unmatched('expected_unmatched', EXPECTED[excuse]);
}

/** Why a log that was read need not have the line of a connection with this end. Null: it should. */
function excuseOf(shape: ShapeModel, writer: Writer, end: number, model: LineModel): ExpectedReason | null {
  const stream = model.streams.of(writer.key);
  if (stream === null) return null;
  if (end < stream.from || end > stream.until) return 'not_read_then';
  return stream.filtered.has(sideOf(shape.facts, writer)) ? 'log_filtered' : null;
}

function unmatched(verdict: Verdict, reason: string): Pairing {
  return { verdict, kind: null, reason, peer_id: null, score: null };
}
