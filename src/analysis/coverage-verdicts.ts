/** Counts the lines of flows by what became of their other end, as `judgePairing` would say it of each. */

import { endTime } from '../domain/entry.ts';
import { COVERAGE_LINES_MAX, PAGE_ITEMS_MAX } from '../domain/limits.ts';
import type { Flow, LineReader, Position, StoredLine } from '../domain/ports.ts';
import type { Pairing, Verdict } from '../domain/resources.ts';
import { HOUR_MS } from '../domain/time.ts';
import type { Leg } from './legs.ts';
import type { LineModel } from './model.ts';
import { unpaired } from './streams.ts';
import { judgeMissing } from './verdicts.ts';

/** Lines of one flow with one verdict; `reason` is null on those with a partner. */
export interface Part {
  readonly verdict: Verdict;
  readonly reason: string | null;
  readonly lines: number;
}

export interface LegVerdicts {
  /** Their lines add up to the connections of the flow. */
  partsOf(leg: Leg): readonly Part[];
  /** Lines of flows that are judged by their last one, because reading them one by one would take too long. */
  readonly coarse: number;
}

/**
 * Judges legs. Most flows have one verdict for all lines without a partner, which their first and last line tell;
 * the lines of the others (where a log ends, an address changes hands) are read.
 * Limits: `COVERAGE_LINES_MAX` lines in the hours of such flows; past it a flow is judged by its last line.
 */
export async function judgeLegs(
  legs: readonly Leg[],
  model: LineModel,
  reader: Pick<LineReader, 'lines'>,
): Promise<LegVerdicts> {
  const mixed = legs.filter((leg) => unpaired(leg.flow) > 0 && isMixed(leg.flow, model));
  const isCheap = linesAround(mixed, model) <= COVERAGE_LINES_MAX;
  const read = isCheap ? await readVerdicts(mixed, model, reader) : new Map<string, Part[]>();
  return {
    partsOf: (leg) => [...settled(leg.flow), ...missing(leg.flow, read.get(keyOf(leg.flow)), model)],
    coarse: isCheap ? 0 : mixed.reduce((sum, leg) => sum + unpaired(leg.flow), 0),
  };
}

function settled({ paired, ambiguous }: Flow): Part[] {
  const parts: Part[] = [];
  if (paired > 0) parts.push({ verdict: 'matched', reason: null, lines: paired });
  if (ambiguous > 0) parts.push({ verdict: 'ambiguous', reason: null, lines: ambiguous });
  return parts;
}

/** Lines that came in while others were being read are late, whatever else they are. */
function missing(flow: Flow, read: readonly Part[] | undefined, model: LineModel): Part[] {
  const lines = unpaired(flow);
  if (lines === 0) return [];
  if (read === undefined) return [{ ...verdictOf(judgeLast(flow, model)), lines }];
  const parts: Part[] = [];
  let left = lines;
  for (const part of read) {
    const taken = Math.min(left, part.lines);
    if (taken > 0) parts.push({ ...part, lines: taken });
    left -= taken;
  }
  return left === 0 ? parts : [...parts, { verdict: 'pending', reason: null, lines: left }];
}

/** False: no line without another end that this flow counts has one of these verdicts. */
export function mayHaveVerdict(verdicts: readonly Verdict[], { flow }: Leg, model: LineModel): boolean {
  if (verdicts.includes('ambiguous') && flow.ambiguous > 0) return true;
  if (unpaired(flow) === 0 || verdicts.every((verdict) => verdict === 'ambiguous')) return false;
  return isMixed(flow, model) || verdicts.includes(judgeLast(flow, model).verdict);
}

/** Verdicts change at most once with time: when both ends of a flow have the same, all between have it. */
function isMixed(flow: Flow, model: LineModel): boolean {
  const first = judgeMissing(flow.shape.id, flow.first, flow.first + flow.duration_min, model);
  const last = judgeLast(flow, model);
  return first.verdict !== last.verdict || verdictOf(first).reason !== verdictOf(last).reason;
}

function judgeLast(flow: Flow, model: LineModel): Pairing {
  return judgeMissing(flow.shape.id, flow.last, flow.end, model);
}

/** Only what is expected has reasons that are the same for many lines: the others name the pod. */
function verdictOf({ verdict, reason }: Pairing): Omit<Part, 'lines'> {
  return { verdict, reason: verdict === 'expected_unmatched' ? reason : null };
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
  for await (const line of readLines(legs, reader)) {
    if (line.peer !== null || line.ambiguous) continue;
    const { start_time } = line.entry;
    const list = parts.get(`${line.shapeId} ${Math.floor(start_time / HOUR_MS)}`);
    if (list === undefined) continue;
    const end = endTime(line.entry) ?? start_time;
    addPart(list, verdictOf(judgeMissing(line.shapeId, start_time, end, model)));
  }
  return parts;
}

function addPart(parts: Part[], { verdict, reason }: Omit<Part, 'lines'>): void {
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
