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

/** The connections of one leg, one by one, as they were read. */
export interface ExactLeg {
  readonly starts: number[];
  readonly ends: number[];
  readonly bytes: number[];
}

/** What was read of the lines of one hour, by shape. */
export type ExactHour = Map<number, ExactLeg>;

/** Lines to read for one hour of one source and destination; what is known of them already is in `exact`. */
export interface ExactWish {
  readonly items: readonly JudgedLeg[];
  readonly exact: ExactHour;
}

/**
 * Reads what is not known yet, hour by hour, since one question for an hour costs little more than one for a group. Lines
 * mostly come in the order of their start: only those behind the last one known are read, and all again when that is not
 * all there is.
 */
export async function readExact(
  wishes: readonly ExactWish[],
  reader: Pick<LineReader, 'lines'>,
): Promise<void> {
  await readWishes(wishes, reader);
  const short = wishes.filter(({ items, exact }) => items.some((item) => isShort(item, exact)));
  for (const { items, exact } of short) for (const { leg } of items) exact.delete(leg.flow.shape.id);
  await readWishes(short, reader);
}

/** The connections of a leg as pieces. */
export function piecesOf(judged: JudgedLeg, exact: ExactHour): Piece[] {
  const known = exact.get(judged.leg.flow.shape.id);
  if (known === undefined) return [];
  return known.starts.map((time, i) => ({
    judged,
    first: time,
    last: time,
    end: known.ends[i] ?? time,
    connections: 1,
    bytes: known.bytes[i] ?? 0,
    blurred: false,
  }));
}

function magnitude({ lines }: MixedGroup): number {
  return Math.floor(Math.log2(Math.max(1, lines)));
}

/** True when the flow has another number of connections than were read. */
function isShort({ leg }: JudgedLeg, exact: ExactHour): boolean {
  return (exact.get(leg.flow.shape.id)?.starts.length ?? 0) !== leg.flow.connections;
}

async function readWishes(wishes: readonly ExactWish[], reader: Pick<LineReader, 'lines'>): Promise<void> {
  const byHour = new Map<number, Missing[]>();
  for (const { items, exact } of wishes) {
    for (const item of items) {
      if (!isShort(item, exact)) continue;
      const { hour, shape, first, last } = item.leg.flow;
      const known = exact.get(shape.id) ?? { starts: [], ends: [], bytes: [] };
      exact.set(shape.id, known);
      const missing = {
        shape: shape.id,
        since: (known.starts.at(-1) ?? first - 1) + 1,
        until: last + 1,
        known,
      };
      const ofHour = byHour.get(hour);
      if (ofHour === undefined) byHour.set(hour, [missing]);
      else ofHour.push(missing);
    }
  }
  for (const missing of byHour.values()) await readHour(missing, reader);
}

interface Missing {
  readonly shape: number;
  readonly since: number;
  readonly until: number;
  readonly known: ExactLeg;
}

async function readHour(missing: readonly Missing[], reader: Pick<LineReader, 'lines'>): Promise<void> {
  const wanted = new Map(missing.map((one) => [one.shape, one]));
  const query = {
    since: minOf(
      missing.map((one) => one.since),
      0,
    ),
    until: maxOf(
      missing.map((one) => one.until),
      0,
    ),
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
      if (found !== undefined && entry.start_time >= found.since) note(found.known, entry);
    }
    const last = lines[lines.length - 1];
    if (last === undefined || lines.length < PAGE_ITEMS_MAX) return;
    after = { start_time: last.entry.start_time, id: last.id };
  }
}

function note(known: ExactLeg, entry: AccessLogEntry): void {
  known.starts.push(entry.start_time);
  known.ends.push(endTime(entry) ?? entry.start_time);
  known.bytes.push((entry.bytes_received ?? 0) + (entry.bytes_sent ?? 0));
}
