/** Reads lines one by one where hours hold several routings at once, as long as there are not too many. */
import { type AccessLogEntry, endTime } from '../domain/entry.ts';
import { EXACT_LINES_MAX, PAGE_ITEMS_MAX } from '../domain/limits.ts';
import type { LineReader, Position, StoredLine } from '../domain/ports.ts';
import { maxOf, minOf } from './extremes.ts';
import type { JudgedLeg, Piece } from './routes.ts';

/** Flows of one hour, source and address whose spans overlap and whose routings differ. */
export interface MixedGroup {
  readonly items: readonly JudgedLeg[];
  readonly lines: number;
}

/**
 * Which groups are read: those of the most lines are left out until the rest is within the limit. Groups are told apart by
 * the magnitude of their lines alone, so that the choice does not depend on which came first.
 */
export class ExactBudget {
  readonly #lines = new Array<number>(64).fill(0);
  /** Magnitudes above it are left out. */
  #largest = this.#lines.length;

  count(group: MixedGroup, isIn: boolean): void {
    const at = magnitude(group);
    this.#lines[at] = (this.#lines[at] ?? 0) + (isIn ? group.lines : -group.lines);
  }

  /** Draws the line anew. Shape: tells the groups for which the choice is another now; null when it is the same for all. */
  draw(): ((group: MixedGroup) => boolean) | null {
    const before = this.#largest;
    let sum = 0;
    let after = this.#lines.length;
    for (const [at, lines] of this.#lines.entries()) {
      sum += lines;
      if (sum <= EXACT_LINES_MAX) continue;
      after = at - 1;
      break;
    }
    this.#largest = after;
    if (after === before) return null;
    return (group) => magnitude(group) > before !== magnitude(group) > after;
  }

  isRead(group: MixedGroup): boolean {
    return magnitude(group) <= this.#largest;
  }
}

/** Reads groups hour by hour, since one question for an hour costs little more than one for a group. */
export async function readPieces(
  groups: Iterable<MixedGroup>,
  reader: Pick<LineReader, 'lines'>,
): Promise<Map<MixedGroup, Piece[]>> {
  const pieces = new Map<MixedGroup, Piece[]>();
  const byHour = new Map<number, Wanted>();
  for (const group of groups) {
    const into: Piece[] = [];
    pieces.set(group, into);
    for (const item of group.items) {
      const { hour, shape } = item.leg.flow;
      const ofHour = byHour.get(hour) ?? new Map<number, { item: JudgedLeg; into: Piece[] }>();
      byHour.set(hour, ofHour.set(shape.id, { item, into }));
    }
  }
  for (const wanted of byHour.values()) await readHour(wanted, reader);
  return pieces;
}

type Wanted = Map<number, { readonly item: JudgedLeg; readonly into: Piece[] }>;

function magnitude({ lines }: MixedGroup): number {
  return Math.floor(Math.log2(Math.max(1, lines)));
}

async function readHour(wanted: Wanted, reader: Pick<LineReader, 'lines'>): Promise<void> {
  const flows = [...wanted.values()].map(({ item }) => item.leg.flow);
  const query = {
    since: minOf(
      flows.map((flow) => flow.first),
      0,
    ),
    until:
      maxOf(
        flows.map((flow) => flow.last),
        0,
      ) + 1,
    shapes: new Set(wanted.keys()),
    order: 'oldest' as const,
    limit: PAGE_ITEMS_MAX,
  };
  let after: Position | null = null;
  for (;;) {
    const lines: readonly StoredLine[] = await reader.lines({ ...query, after });
    for (const { entry, shapeId, superseded } of lines) {
      if (superseded) continue;
      const found = wanted.get(shapeId);
      if (found !== undefined) found.into.push(oneLine(found.item, entry));
    }
    const last = lines[lines.length - 1];
    if (last === undefined || lines.length < PAGE_ITEMS_MAX) return;
    after = { start_time: last.entry.start_time, id: last.id };
  }
}

function oneLine(judged: JudgedLeg, entry: AccessLogEntry): Piece {
  const { start_time: time } = entry;
  const bytes = (entry.bytes_received ?? 0) + (entry.bytes_sent ?? 0);
  return {
    judged,
    first: time,
    last: time,
    end: endTime(entry) ?? time,
    connections: 1,
    bytes,
    blurred: false,
  };
}
