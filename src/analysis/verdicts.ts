/** What became of the other end of a connection: found, not to be expected, late, ambiguous or missing. */
import { endTime } from '../domain/entry.ts';
import type { Flow, StoredLine } from '../domain/ports.ts';
import type { Pairing, Verdict } from '../domain/resources.ts';
import type { LineModel } from './model.ts';
import { EXPECTED, type ExpectedReason, findPartner, isPartnerSteady, type Partner } from './partner.ts';
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
function judgeMissing(shapeId: number, start: number, end: number, model: LineModel): Pairing {
  const shape = model.shapes.get(shapeId);
  if (shape === undefined) return unmatched('pending', 'the line has only just been read');
  const { claim, reason } = findPartner(shape.facts, start, model.known);
  if (claim === null) return unmatched('expected_unmatched', EXPECTED[reason]);
  const { verdict, reason: expected } = judgeOf(claim.writer, shape, end, model);
  const peer = claim.writer.source.pod ?? claim.ip;
  if (verdict === 'pending')
    return unmatched(verdict, `the log of ${peer} has not been read past the end of this connection`);
  return unmatched(verdict, expected ?? `the log of ${peer} was read and has no line of this connection`);
}

/** What became of the other end of lines that have none: one object for each verdict and reason. */
export interface Missing {
  readonly verdict: Verdict;
  /** One of the sentences that are the same for every line; null: it would name the pod. */
  readonly reason: string | null;
}

const PENDING: Missing = { verdict: 'pending', reason: null };
const UNEXPLAINED: Missing = { verdict: 'unexplained', reason: null };
const EXCUSED = Object.fromEntries(
  Object.entries(EXPECTED).map(([name, reason]) => [name, { verdict: 'expected_unmatched', reason }]),
) as Readonly<Record<ExpectedReason, Missing>>;

/** Judges lines without a partner, of one shape after another. It holds as long as the model stays the same. */
export class MissingJudge {
  readonly #model: LineModel;
  #shape: ShapeModel | null = null;
  /** Who is at the other end of all lines of that shape; null: that depends on their time. */
  #partner: Partner | null = null;

  constructor(model: LineModel) {
    this.#model = model;
  }

  /** Start and end of a line of a shape, by the store's id, in ms since the epoch. */
  judge(shapeId: number, start: number, end: number): Missing {
    const shape = this.#model.shapes.get(shapeId);
    return shape === undefined ? PENDING : this.#judge(shape, start, end);
  }

  /** Of the first line of a flow, as far as is known. */
  first(shape: ShapeModel, flow: Flow): Missing {
    return this.#judge(shape, flow.first, flow.first + flow.duration_min);
  }

  last(shape: ShapeModel, flow: Flow): Missing {
    return this.#judge(shape, flow.last, flow.end);
  }

  #judge(shape: ShapeModel, start: number, end: number): Missing {
    const { claim, reason } = this.#partnerOf(shape, start);
    return claim === null ? EXCUSED[reason] : judgeOf(claim.writer, shape, end, this.#model);
  }

  #partnerOf(shape: ShapeModel, start: number): Partner {
    const { facts } = shape;
    const { known } = this.#model;
    if (this.#shape !== shape) {
      const { first, last } = shape.span;
      this.#shape = shape;
      this.#partner = isPartnerSteady(facts, first, last, known) ? findPartner(facts, first, known) : null;
    }
    return this.#partner ?? findPartner(facts, start, known);
  }
}

/** Of a line whose other end is the pod of a log that was read. */
function judgeOf(writer: Writer, shape: ShapeModel, end: number, model: LineModel): Missing {
  const isPassed = writer.end > end || (model.end ?? end) >= end + LATE_MS;
  if (!isPassed) return PENDING;
  const excuse = excuseOf(shape, writer, end, model);
  return excuse === null ? UNEXPLAINED : EXCUSED[excuse];
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
