/** Charts of what a filter asks for. */

import { flagMeaning } from '../../../domain/response-flags.ts';
import type { Timeseries } from '../../../domain/timeseries.ts';
import { apiPath, getJson, type Parameters } from '../../api/client.ts';
import { type Child, h } from '../../dom/element.ts';
import { panel } from '../../dom/panel.ts';
import { stateCalls, statesOverTime } from '../../plot/states-over-time.ts';
import type { Window } from '../../plot/steps.ts';
import type { PlotSeries } from '../../plot/timeline.ts';
import { formatCount, span } from '../../words/format.ts';

export function states(filters: Parameters, window: Window, signal: AbortSignal): HTMLElement {
  const calls = stateCalls(filters, window);
  return chart('Connections by state', calls, signal, async ([connections, failures]) =>
    connections === undefined || failures === undefined
      ? null
      : statesOverTime([connections, failures], [], signal),
  );
}

const QUANTILES = [
  ['duration_p50', 'p50', '--link'],
  ['duration_p95', 'p95', '--medium'],
  ['duration_p99', 'p99', '--critical'],
] as const;

export function durations(
  filters: Parameters,
  { since, until, step }: Window,
  signal: AbortSignal,
): HTMLElement {
  const calls = QUANTILES.map(([metric]) =>
    apiPath('timeseries', { metric, ...filters, direction: 'outbound', since, until, step }),
  );
  return chart('Durations', calls, signal, async (answers) => {
    const series = answers.flatMap(({ series: [first] }, index): PlotSeries[] => {
      const [, label, colour] = QUANTILES[index] ?? QUANTILES[0];
      return first === undefined ? [] : [{ label, colour, points: first.points, form: 'line' }];
    });
    const [first] = answers;
    if (series.length === 0 || first === undefined) return null;
    const { timeline } = await import('../../plot/timeline.ts');
    return timeline({
      label: 'Durations of connections',
      series,
      spans: [],
      stepMs: first.step_ms,
      format: span,
      signal,
    });
  });
}

/** Labels shown; the API gives those with the most first. */
const FLAGS_MAX = 5;
const COLOURS = ['--critical', '--high', '--medium', '--link', '--state-gateway'];

export function flags(filters: Parameters, { since, until, step }: Window, signal: AbortSignal): HTMLElement {
  const calls = [
    apiPath('timeseries', {
      metric: 'connections',
      group_by: 'response_flag',
      ...filters,
      since,
      until,
      step,
    }),
  ];
  return chart('Response flags', calls, signal, async ([answer]) => {
    const flagged =
      answer?.series.filter(({ labels }) => labels.response_flag != null && labels.response_flag !== '') ??
      [];
    if (answer === undefined || flagged.length === 0) return null;
    const { timeline } = await import('../../plot/timeline.ts');
    const shown = flagged.slice(0, FLAGS_MAX);
    const series = shown.map(
      ({ labels, points }, index): PlotSeries => ({
        label: labels.response_flag ?? '',
        colour: COLOURS[index] ?? '--muted',
        points,
        form: 'bar',
      }),
    );
    return [
      timeline({
        label: 'Lines with response flags',
        series,
        spans: [],
        stepMs: answer.step_ms,
        format: (value) => formatCount(Math.round(value)),
        signal,
      }),
      h(
        'ul',
        { class: 'plain muted' },
        shown
          .flatMap(({ labels }) => (labels.response_flag ?? '').split(','))
          .filter((flag, at, all) => all.indexOf(flag) === at)
          .map((flag) => h('li', {}, h('code', {}, flag), `: ${flagMeaning(flag) ?? 'not known here'}`)),
      ),
    ];
  });
}

function chart(
  title: string,
  calls: readonly string[],
  signal: AbortSignal,
  draw: (answers: readonly Timeseries[]) => Promise<Child>,
): HTMLElement {
  return panel<Child>({
    title,
    calls,
    signal,
    load: async () => draw(await Promise.all(calls.map((call) => getJson<Timeseries>(call, signal)))),
    show: (content) => content,
    empty: () => h('p', { class: 'muted' }, 'None.'),
  });
}
