/** Values over time on a canvas, in stacked bars or lines; the same as a table for those who do not see it. */
import uPlot from 'uplot';
import type { Timeseries } from '../../domain/timeseries.ts';
import { type Child, h, replace } from '../dom/element.ts';
import { dateTime } from '../words/format.ts';

export interface PlotSeries {
  readonly label: string;
  /** Name of a custom property of CSS. */
  readonly colour: string;
  readonly points: Timeseries['series'][number]['points'];
  /** `inner`: a bar within the others, that of a part of them. */
  readonly form: 'bar' | 'line' | 'inner';
}

/** A time that is shaded, with what it is. */
export interface PlotSpan {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export interface PlotOptions {
  readonly label: string;
  readonly series: readonly PlotSeries[];
  readonly spans: readonly PlotSpan[];
  readonly stepMs: number;
  readonly format: (value: number) => string;
  readonly signal: AbortSignal;
}

const HEIGHT = 220;

export function timeline(options: PlotOptions): Child {
  const place = h('div', { class: 'plot', role: 'img', 'aria-label': options.label });
  const readout = h('p', { class: 'readout muted', 'aria-hidden': 'true' });
  draw(place, readout, options);
  return [legend(options), place, readout, asTable(options)];
}

function draw(place: HTMLElement, readout: HTMLElement, options: PlotOptions): void {
  const { signal, series } = options;
  const times = gridOf(options);
  const values = series.map(({ points }) => {
    const byTime = new Map(points.map(([time, value]) => [Date.parse(time) / 1_000, value]));
    return times.map((time) => byTime.get(time) ?? null);
  });
  let plot: uPlot | null = null;
  const build = (): void => {
    plot?.destroy();
    place.replaceChildren();
    plot = new uPlot(
      plotOptions(options, values, readout, place.clientWidth),
      [times, ...stacked(values, series)],
      place,
    );
  };
  const size = new ResizeObserver(() => {
    if (place.clientWidth === 0) return;
    if (plot === null) build();
    else plot.setSize({ width: place.clientWidth, height: HEIGHT });
  });
  size.observe(place);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', build, { signal });
  signal.addEventListener('abort', () => {
    size.disconnect();
    plot?.destroy();
  });
}

/** Every step of the window, also those that no series has: a gap is a gap. In seconds, as uPlot has them. */
function gridOf({ series, stepMs }: Pick<PlotOptions, 'series' | 'stepMs'>): number[] {
  const times = series.flatMap(({ points }) => points.map(([time]) => Date.parse(time)));
  const from = Math.min(...times);
  const count = times.length === 0 ? 0 : Math.round((Math.max(...times) - from) / stepMs) + 1;
  return Array.from({ length: count }, (_, index) => (from + index * stepMs) / 1_000);
}

type Values = readonly (readonly (number | null)[])[];

/** Bars stand on those after them: what is drawn later, and lower, covers the foot of what was drawn before. */
function stacked(values: Values, series: readonly PlotSeries[]): (number | null)[][] {
  const sums = (values[0] ?? []).map(() => 0);
  return values
    .map((column, index) => ({ column, index }))
    .reverse()
    .map(({ column, index }) =>
      column.map((value, at) => {
        if (series[index]?.form !== 'bar') return value;
        sums[at] = (sums[at] ?? 0) + (value ?? 0);
        return value === null || value === 0 ? null : (sums[at] ?? 0);
      }),
    )
    .reverse();
}

function plotOptions(
  { series, spans, stepMs, format }: PlotOptions,
  values: Values,
  readout: HTMLElement,
  width: number,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const bars = uPlot.paths.bars?.({ size: [0.86, 40], align: 1 });
  const inner = uPlot.paths.bars?.({ size: [0.3, 14], align: 1 });
  return {
    width,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'UTC'),
    legend: { show: false },
    cursor: { points: { show: false }, drag: { x: true, y: false } },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.08)] } },
    axes: [
      { ...axis, values: (_plot, ticks) => ticks.map(timeOfTick) },
      {
        ...axis,
        size: 56,
        values: (_plot, ticks) =>
          ticks.map((tick) => (Number.isInteger(tick) || tick > 10 ? format(tick) : '')),
      },
    ],
    series: [
      {},
      ...series.map(({ colour: name, form }): uPlot.Series => {
        const stroke = colour(name);
        if (form === 'bar')
          return {
            fill: stroke,
            width: 0,
            points: { show: false },
            ...(bars === undefined ? {} : { paths: bars }),
          };
        if (form === 'line') return { stroke, width: 2, points: { show: true, size: 5, fill: stroke } };
        return {
          fill: stroke,
          width: 0,
          points: { show: false },
          ...(inner === undefined ? {} : { paths: inner }),
        };
      }),
    ],
    hooks: {
      drawClear: [(plot) => shade(plot, spans, colour('--mark'), colour('--muted'))],
      setCursor: [(plot) => tell(plot, { series, stepMs, format }, values, readout)],
    },
  };
}

/** The hour, and at midnight and at the left end the day as well. */
function timeOfTick(seconds: number, index: number): string {
  const time = new Date(seconds * 1_000).toISOString();
  const hour = time.slice(11, 16);
  return index === 0 || hour === '00:00' ? `${hour}\n${time.slice(0, 10)}` : hour;
}

/** At least so wide that it is seen. */
const SPAN_PIXELS_MIN = 3;

function shade(plot: uPlot, spans: readonly PlotSpan[], fill: string, ink: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const { from, to, label } of spans) {
    const left = plot.valToPos(from / 1_000, 'x', true);
    const right = plot.valToPos(to / 1_000, 'x', true);
    if (right < bbox.left || left > bbox.left + bbox.width) continue;
    ctx.fillStyle = fill;
    ctx.fillRect(left, bbox.top, Math.max(SPAN_PIXELS_MIN * devicePixelRatio, right - left), bbox.height);
    ctx.fillStyle = ink;
    ctx.font = `${11 * devicePixelRatio}px system-ui`;
    ctx.textBaseline = 'top';
    ctx.fillText(label, Math.max(left, bbox.left) + 4, bbox.top + 2);
  }
  ctx.restore();
}

/** What the pointer is on, in words. */
function tell(
  plot: uPlot,
  { series, stepMs, format }: Pick<PlotOptions, 'series' | 'stepMs' | 'format'>,
  values: Values,
  readout: HTMLElement,
): void {
  const { idx } = plot.cursor;
  const time = idx == null ? undefined : plot.data[0][idx];
  if (idx == null || time === undefined) {
    replace(readout, 'Drag to zoom, double click to see all.');
    return;
  }
  const from = new Date(time * 1_000).toISOString();
  const told = series
    .map(({ label }, index) => ({ label, value: values[index]?.[idx] ?? null }))
    .filter(({ value }) => value !== null && value !== 0)
    .map(({ label, value }) => `${label} ${format(value ?? 0)}`);
  replace(
    readout,
    `${dateTime(from)} UTC, ${stepMs / 60_000} min: ${told.length === 0 ? 'nothing' : told.join(', ')}`,
  );
}

function legend({ series, format }: PlotOptions): Child {
  const total = (points: PlotSeries['points']): number => points.reduce((sum, [, value]) => sum + value, 0);
  return h(
    'ul',
    { class: 'plot-legend' },
    series.map(({ label, colour, points, form }) =>
      h(
        'li',
        { class: `key key-${form} ${colour.replace(/^--/, 'key-')}` },
        label,
        form === 'line' ? null : h('span', { class: 'muted' }, ` ${format(total(points))}`),
      ),
    ),
  );
}

function asTable({ series, format, label }: PlotOptions): Child {
  const times = [...new Set(series.flatMap(({ points }) => points.map(([time]) => time)))].sort();
  const columns = series.map(({ points }) => new Map(points));
  const body = h('div', {
    class: 'table-scroll tall',
    tabindex: 0,
    role: 'region',
    'aria-label': `${label}, as a table`,
  });
  const details = h('details', { class: 'as-table' }, h('summary', {}, 'As a table'), body);
  details.addEventListener(
    'toggle',
    () => {
      replace(
        body,
        h(
          'table',
          {},
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', {}, 'UTC'),
              series.map((each) => h('th', { class: 'number' }, each.label)),
            ),
          ),
          h(
            'tbody',
            {},
            times.map((time) =>
              h(
                'tr',
                {},
                h('td', {}, dateTime(time)),
                columns.map((column) => {
                  const value = column.get(time);
                  return h('td', { class: 'number' }, value === undefined ? '–' : format(value));
                }),
              ),
            ),
          ),
        ),
      );
    },
    { once: true },
  );
  return details;
}
