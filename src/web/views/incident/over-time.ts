/** The incident over time: what was routed how, when it began, what failed. */
import type { Incident } from '../../../domain/resources.ts';
import type { Timeseries } from '../../../domain/timeseries.ts';
import { getJson } from '../../api/client.ts';
import { h } from '../../dom/element.ts';
import { panel } from '../../dom/panel.ts';
import { overSeenTime, type Seen } from '../../plot/seen-window.ts';
import { stateCalls, statesOverTime } from '../../plot/states-over-time.ts';
import { windowOf } from '../../plot/steps.ts';
import type { PlotSpan } from '../../plot/timeline.ts';
import { destinationFilter } from './scope.ts';

const MARGIN_MS_MIN = 1_800_000;

export function overTime(incident: Incident, signal: AbortSignal): HTMLElement {
  return overSeenTime((seen) => plot(incident, windowAround(incident, seen), signal), signal);
}

/** The incident with as much before and after it as makes a picture. */
function windowAround({ onset, ended }: Incident, seen: Seen): Seen {
  const from = timeOf(onset.after ?? onset.before) ?? seen.from;
  const to = timeOf(ended?.before ?? null) ?? seen.to;
  const margin = Math.max(MARGIN_MS_MIN, (to - from) / 2);
  return { from: Math.max(seen.from, from - margin), to: Math.min(seen.to, to + margin) + 60_000 };
}

function plot(incident: Incident, { from, to }: Seen, signal: AbortSignal): HTMLElement {
  const calls = stateCalls(destinationFilter(incident), windowOf(from, to));
  return panel<Awaited<ReturnType<typeof statesOverTime>>>({
    title: 'Over time',
    calls,
    signal,
    load: async () => {
      const series = await Promise.all(calls.map((call) => getJson<Timeseries>(call, signal)));
      const [states, failures] = series;
      if (states === undefined || failures === undefined) return null;
      return statesOverTime([states, failures], spansOf(incident), signal);
    },
    show: (chart) => chart,
    empty: () => h('p', { class: 'muted' }, 'No outbound connections in this time.'),
  });
}

function spansOf({ onset, ended }: Incident): PlotSpan[] {
  const spans: PlotSpan[] = [];
  const began = timeOf(onset.before);
  if (began !== null) spans.push({ from: timeOf(onset.after) ?? began, to: began, label: 'began' });
  const over = timeOf(ended?.before ?? null);
  if (over !== null) spans.push({ from: timeOf(ended?.after ?? null) ?? over, to: over, label: 'ended' });
  return spans;
}

function timeOf(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}
