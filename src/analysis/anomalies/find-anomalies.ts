/** Finds what is unusual in a window of time. It says nothing of routing, whose changes are told as what they are. */

import type { LineReader } from '../../domain/ports.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { Finding } from '../findings.ts';
import type { Model } from '../model.ts';
import { severityRank } from '../model.ts';
import type { AnomalyDraft } from './anomaly.ts';
import { type Basis, HISTORY_HOURS, History } from './baseline.ts';
import { Callers } from './callers.ts';
import { withoutDetours } from './detours.ts';
import { readDurations } from './durations.ts';
import { findRises, LEAD_HOURS } from './failure-rises.ts';
import { joinTrials } from './joined-trials.ts';
import { findNewCalls } from './new-calls.ts';
import { callOf, collectSeries, countHours } from './series.ts';
import { chooseTrials } from './trial.ts';
import { tryAll, type Window } from './trials.ts';

const DAY_HOURS = 24;
/** Of a longer window its end is judged: what is older is history to compare with. */
const HOURS_MAX = 31 * DAY_HOURS;

export interface AnomalyReport {
  /** Whole hours that were judged. */
  readonly window: Window;
  /** What hours were compared with; null when there is nothing to compare them with. */
  readonly basis: Basis | null;
  /** Days of history before the window. */
  readonly days: number;
  readonly series: number;
  readonly trials: number;
  /** Hours of the window in which nothing was collected. */
  readonly holes: number;
  readonly isCollected: (hour: number) => boolean;
  /** The most unusual first. */
  readonly anomalies: ReadonlyArray<AnomalyDraft & { readonly finding: Finding | null }>;
}

/**
 * Judges the whole hours of [since, until), ms since the epoch, the last 31 days of them at most; null: the last day of the lines, as far as it is past.
 * The newest hour, which may not be over, is left out, unless `until` lies behind it.
 */
export async function findAnomalies(
  {
    since,
    until,
    now,
  }: { readonly since: number | null; readonly until: number | null; readonly now: number },
  model: Model,
  reader: Pick<LineReader, 'measures'>,
): Promise<AnomalyReport> {
  const totals = countHours(model);
  // What is to come was written by a clock that is wrong.
  const present = Math.floor(now / HOUR_MS) + 1;
  const newest = [...totals.keys()].reduce((most, hour) => (hour > present ? most : Math.max(most, hour)), 0);
  const to = endOf(newest, until);
  const asked = since === null ? to - DAY_HOURS : Math.ceil(since / HOUR_MS);
  const from = Math.max(asked, to - HOURS_MAX);
  const window = { from: Math.min(from, to), to };
  const history = History.of(totals, window.from, to);
  const series = collectSeries(model, {
    from: window.from - HISTORY_HOURS,
    legsFrom: window.from - LEAD_HOURS,
    to,
  });
  const callers = new Callers(series, history, window.from);
  const hours = comparedHours(window, callers.histories(series));
  const durationsOf = await readDurations(series, hours, reader);
  const end = model.end ?? 0;
  const trials = tryAll(series, { callers, window, end, durationsOf });
  const tried = joinTrials(chooseTrials(trials));
  const drafts = [
    ...tried,
    ...findRises(series, window, callers, tried),
    ...findNewCalls(series, window, history, callers),
  ];
  return {
    window,
    basis: trials.length === 0 ? null : history.basis,
    days: history.daysBefore(window.from),
    series: series.length,
    trials: trials.length,
    holes: history.holesIn(window.from, window.to),
    isCollected: (hour) => history.isCollected(hour),
    anomalies: withoutDetours(withoutEchoes(drafts), series, callers, window)
      .map((draft) => ({ ...draft, finding: findingOf(draft, model) }))
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)),
  };
}

/** The first hour that is not judged: of a window that ends later than the lines, these are all there are. */
function endOf(newest: number, until: number | null): number {
  return until === null ? newest : Math.min(newest + 1, Math.floor(until / HOUR_MS));
}

/** The hours of a window that are judged, and those that they are compared with. */
function comparedHours(window: Window, histories: ReadonlySet<History>): Set<number> {
  const hours = new Set<number>();
  for (const history of histories) {
    for (let hour = window.from; hour < window.to; hour++) {
      if (!history.isCollected(hour)) continue;
      for (const at of [hour, ...history.alike(hour)]) hours.add(at);
    }
  }
  return hours;
}

/** What follows from another anomaly of the same series is not told beside it: new calls are many, failed ones are short. */
function withoutEchoes(drafts: readonly AnomalyDraft[]): AnomalyDraft[] {
  const fresh = new Set(drafts.filter(({ side }) => side === 'new').map(callOf));
  const failing = new Set(drafts.filter(({ metric }) => metric === 'failures').map(callOf));
  return drafts.filter((draft) => {
    if (draft.side === 'new') return true;
    if (fresh.has(callOf(draft)) && draft.metric !== 'failures') return false;
    const isSize = draft.metric === 'bytes_per_connection' || draft.metric === 'duration_p50';
    return !(isSize && failing.has(callOf(draft)));
  });
}

/** The worst finding about the same calls at the same time. */
function findingOf(draft: AnomalyDraft, { findings }: Model): Finding | null {
  const shapes = new Set(
    draft.legs.length > 0 ? draft.legs.map(({ flow }) => flow.shape.id) : draft.series.shapes,
  );
  const [from, to] = [draft.first * HOUR_MS, (draft.last + 1) * HOUR_MS];
  const about = findings.filter(
    ({ onset, last, legs }) =>
      onset.before < to && last >= from && legs.some(({ flow }) => shapes.has(flow.shape.id)),
  );
  return about.sort((a, b) => severityRank(a.severity) - severityRank(b.severity))[0] ?? null;
}
