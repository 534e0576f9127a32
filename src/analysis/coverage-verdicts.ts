/** Counts the lines of flows by what became of their other end, as `judgePairing` would say it of each. */

import { endTime } from '../domain/entry.ts';
import { COVERAGE_LINES_MAX, PAGE_ITEMS_MAX } from '../domain/limits.ts';
import type { Flow, LineReader, Position, StoredLine } from '../domain/ports.ts';
import type { Verdict } from '../domain/resources.ts';
import { HOUR_MS } from '../domain/time.ts';
import type { Leg } from './legs.ts';
import type { LineModel } from './model.ts';
import type { ShapeModel } from './shape-model.ts';
import { unpaired } from './streams.ts';
import { type Missing, MissingJudge } from './verdicts.ts';

/** Lines of one flow with one verdict; `reason` is null on those with a partner, and where it would name the pod. */
type Part = Missing & { readonly lines: number };

/** `of`: what was told with the leg. The leg holds until the next. */
type TakeLines<T> = (what: Missing, lines: number, leg: Leg, of: T) => void;

const MATCHED: Missing = { verdict: 'matched', reason: null };
const AMBIGUOUS: Missing = { verdict: 'ambiguous', reason: null };
const LATE: Missing = { verdict: 'pending', reason: null };

/**
 * Judges legs: their lines, told part by part, add up to the connections of their flows. Most flows have one verdict for all lines without
 * a partner, which their first and last line tell; the lines of the others (where a log ends, an address changes hands) are read.
 * Shape of the result: lines of flows that are judged by their last one, because reading them one by one would take too long.
 * Limits: `COVERAGE_LINES_MAX` lines in the hours of such flows; past it a flow is judged by its last line.
 */
export async function judgeLegs<T>(
  each: (tell: (leg: Leg, shape: ShapeModel, of: T) => void) => void,
  take: TakeLines<T>,
  model: LineModel,
  reader: Pick<LineReader, 'lines'>,
): Promise<number> {
  const judge = new MissingJudge(model);
  const mixed: Array<{ readonly leg: Leg; readonly shape: ShapeModel; readonly of: T }> = [];
  each((leg, shape, of) => {
    const { flow } = leg;
    const { paired, ambiguous } = flow;
    if (paired > 0) take(MATCHED, paired, leg, of);
    if (ambiguous > 0) take(AMBIGUOUS, ambiguous, leg, of);
    const lines = unpaired(flow);
    if (lines === 0) return;
    const last = judge.last(shape, flow);
    if (judge.first(shape, flow) === last) return take(last, lines, leg, of);
    const kept = shape.legIn(flow.hour);
    if (kept !== null) mixed.push({ leg: kept, shape, of });
  });
  const legs = mixed.map(({ leg }) => leg);
  if (linesAround(legs, model) > COVERAGE_LINES_MAX) {
    for (const { leg, shape, of } of mixed) take(judge.last(shape, leg.flow), unpaired(leg.flow), leg, of);
    return legs.reduce((sum, { flow }) => sum + unpaired(flow), 0);
  }
  const read = await readVerdicts(legs, model, reader);
  for (const { leg, of } of mixed) takeRead(read.get(keyOf(leg.flow)) ?? [], leg, of, take);
  return 0;
}

/** Lines that came in while others were being read are late, whatever else they are. */
function takeRead<T>(parts: readonly Part[], leg: Leg, of: T, take: TakeLines<T>): void {
  let left = unpaired(leg.flow);
  for (const part of parts) {
    const taken = Math.min(left, part.lines);
    if (taken > 0) take(part, taken, leg, of);
    left -= taken;
  }
  if (left > 0) take(LATE, left, leg, of);
}

/** False: no line without another end that a flow of this shape counts has one of these verdicts. */
export function mayHaveVerdict(
  verdicts: readonly Verdict[],
  flow: Flow,
  shape: ShapeModel,
  judge: MissingJudge,
): boolean {
  if (flow.ambiguous > 0 && verdicts.includes('ambiguous')) return true;
  if (unpaired(flow) === 0 || verdicts.every((verdict) => verdict === 'ambiguous')) return false;
  // Verdicts change at most once with time: when both ends of a flow have the same, all between have it.
  const last = judge.last(shape, flow);
  return verdicts.includes(last.verdict) || judge.first(shape, flow) !== last;
}

function keyOf(flow: Flow): string {
  return `${flow.shape.id} ${flow.hour}`;
}

/** Lines of any kind in the hours of these legs: what has to be looked through to find theirs. */
function linesAround(legs: readonly Leg[], model: LineModel): number {
  if (legs.length === 0) return 0;
  const hours = new Set(legs.map((leg) => leg.flow.hour));
  return [...hours].reduce((sum, hour) => sum + model.connectionsIn(hour), 0);
}

async function readVerdicts(
  legs: readonly Leg[],
  model: LineModel,
  reader: Pick<LineReader, 'lines'>,
): Promise<Map<string, Part[]>> {
  const parts = new Map<string, Part[]>(legs.map((leg) => [keyOf(leg.flow), []]));
  if (legs.length === 0) return parts;
  const judge = new MissingJudge(model);
  for await (const line of readLines(legs, reader)) {
    if (line.peer !== null || line.ambiguous) continue;
    const { start_time } = line.entry;
    const list = parts.get(`${line.shapeId} ${Math.floor(start_time / HOUR_MS)}`);
    if (list === undefined) continue;
    const end = endTime(line.entry) ?? start_time;
    addPart(list, judge.judge(line.shapeId, start_time, end));
  }
  return parts;
}

function addPart(parts: Part[], { verdict, reason }: Missing): void {
  const at = parts.findIndex((part) => part.verdict === verdict && part.reason === reason);
  const known = parts[at];
  if (known === undefined) parts.push({ verdict, reason, lines: 1 });
  else parts[at] = { ...known, lines: known.lines + 1 };
}

/** The lines of these legs, hour by hour. */
async function* readLines(
  legs: readonly Leg[],
  reader: Pick<LineReader, 'lines'>,
): AsyncGenerator<StoredLine> {
  const shapesOf = new Map<number, Set<number>>();
  for (const { flow } of legs) {
    shapesOf.set(flow.hour, (shapesOf.get(flow.hour) ?? new Set<number>()).add(flow.shape.id));
  }
  for (const [hour, shapes] of shapesOf) {
    const query = { since: hour * HOUR_MS, until: (hour + 1) * HOUR_MS, shapes, order: 'oldest' as const };
    for (let after: Position | null = null; ; ) {
      const page: readonly StoredLine[] = await reader.lines({ ...query, after, limit: PAGE_ITEMS_MAX });
      yield* page.filter((line) => !line.superseded);
      const last = page[page.length - 1];
      if (last === undefined || page.length < PAGE_ITEMS_MAX) break;
      after = { start_time: last.entry.start_time, id: last.id };
    }
  }
}
