/** Connections by state over time, with those that failed marked. */

import { STATES } from '../../domain/resources.ts';
import type { Timeseries } from '../../domain/timeseries.ts';
import { apiPath, type Parameters } from '../api/client.ts';
import type { Child } from '../dom/element.ts';
import { formatCount, span } from '../words/format.ts';
import { stateWords } from '../words/states.ts';
import type { Window } from './steps.ts';
import type { PlotSeries, PlotSpan } from './timeline.ts';

/** The two calls that it rests on. */
export function stateCalls(filters: Parameters, { since, until, step }: Window): readonly [string, string] {
  const common = { ...filters, direction: 'outbound', since, until, step };
  return [
    apiPath('timeseries', { metric: 'connections', group_by: 'state', ...common }),
    apiPath('timeseries', { metric: 'failures', ...common }),
  ];
}

/** Null: there is nothing to draw. The chart is loaded when it is first wanted. */
export async function statesOverTime(
  [states, failures]: readonly [Timeseries, Timeseries],
  spans: readonly PlotSpan[],
  signal: AbortSignal,
): Promise<Child> {
  if (states.series.length === 0) return null;
  const { timeline } = await import('./timeline.ts');
  const names: readonly (string | null | undefined)[] = STATES;
  const order = (state: string | null | undefined): number => names.indexOf(state);
  const bars = [...states.series]
    .sort((a, b) => order(a.labels.state) - order(b.labels.state))
    .map(({ labels, points }): PlotSeries => {
      const { state } = labels;
      return {
        label: state == null ? 'HTTP' : stateWords(state).label,
        colour: `--state-${state ?? 'unknown'}`,
        points,
        form: 'bar',
      };
    });
  const failed = failures.series
    .map(({ points }) => points.filter(([, value]) => value > 0))
    .filter((points) => points.length > 0)
    .map((points): PlotSeries => ({ label: 'failed', colour: '--ink', points, form: 'inner' }));
  return timeline({
    label: `Connections by state, in steps of ${span(states.step_ms)}`,
    // Taller bars are drawn first.
    series: [...bars, ...failed],
    spans,
    stepMs: states.step_ms,
    format: (value) => formatCount(Math.round(value)),
    signal,
  });
}
