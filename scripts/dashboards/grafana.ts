/** Panels and queries as Grafana's dashboards have them in JSON. Source: Grafana's manual, "JSON model"; that of Infinity. */

export const INFINITY = { type: 'yesoreyeram-infinity-datasource', uid: 'meshwake' } as const;
export const PROMETHEUS = { type: 'prometheus', uid: 'meshwake-prometheus' } as const;

type ColumnType = 'string' | 'number' | 'timestamp';

export interface Column {
  /** Name of the property in each row. */
  readonly selector: string;
  readonly text: string;
  readonly type: ColumnType;
}

export interface Target {
  readonly refId: string;
  readonly [name: string]: unknown;
}

export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly width: number;
  readonly height: number;
  readonly targets: readonly Target[];
  readonly fieldConfig?: object;
  readonly options?: object;
  readonly transformations?: readonly object[];
}

/** `text name type`, the type being a string where it is left out. */
export function columns(
  ...texts: readonly (readonly [selector: string, text: string, type?: ColumnType])[]
): Column[] {
  return texts.map(([selector, text, type = 'string']) => ({ selector, text, type }));
}

/** What Grafana puts a value of its own in the place of. */
export function variable(name: string): string {
  return `\${${name}}`;
}

/** The cell that a link is on. */
export const CELL = variable('__value.raw');

type Parameter = readonly [key: string, value: string];

/** The window that is shown. */
const WINDOW: readonly Parameter[] = [
  ['since', variable('__from:date:iso')],
  ['until', variable('__to:date:iso')],
];

interface Question {
  readonly path: string;
  readonly parameters?: readonly Parameter[];
  readonly columns: readonly Column[];
  readonly format?: 'table' | 'timeseries' | 'node-graph-nodes' | 'node-graph-edges';
  readonly refId?: string;
}

/** A question to the API. Lists are asked for flat, so that every column is one property. */
export function ask({
  path,
  parameters = [],
  columns: shown,
  format = 'table',
  refId = 'A',
}: Question): Target {
  const isGraph = format.startsWith('node-graph');
  const all = [...WINDOW, ...(isGraph ? [] : [['format', 'flat'] as const]), ...parameters];
  return {
    refId,
    datasource: INFINITY,
    type: 'json',
    source: 'url',
    // Its own server reads the answer: alerts work, and the browser needs no way to Meshwake.
    parser: 'backend',
    format,
    url: `/api/v1/${path}`,
    url_options: { method: 'GET', data: '', params: all.map(([key, value]) => ({ key, value })) },
    root_selector: '',
    columns: shown,
    filters: [],
  };
}

/** An expression for Prometheus. */
export function measure(expression: string, legend: string, refId = 'A'): Target {
  return { refId, datasource: PROMETHEUS, expr: expression, legendFormat: legend, range: true };
}

/** A question whose answer is rows of time, label and value. */
export function overTime(
  metric: string,
  groupBy: string | null,
  parameters: readonly Parameter[] = [],
  refId = 'A',
): Target {
  const label = groupBy === null ? [] : columns([groupBy, groupBy]);
  return ask({
    path: 'timeseries',
    parameters: [
      ['metric', metric],
      ['step', variable('step')],
      ...(groupBy === null ? [] : [['group_by', groupBy] as const]),
      ...parameters,
    ],
    columns: [...columns(['time', 'time', 'timestamp']), ...label, ...columns(['value', metric, 'number'])],
    format: 'timeseries',
    refId,
  });
}

/** Colours of states, as the page has them. */
const STATE_COLOURS: Readonly<Record<string, string>> = {
  service: '#2563b8',
  direct: '#12766f',
  passthrough: '#5b6874',
  gateway: '#6a3fb5',
  captured: '#b3201a',
  captured_nominal: '#a05a00',
  blackhole: '#14202b',
  no_filter_chain: '#97266d',
  unknown: '#66727d',
};

const inColour = (pattern: string, colour: string) => ({
  matcher: { id: 'byRegexp', options: pattern },
  properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }],
});

/** A series is named after its metric and its state. */
export const BY_STATE = Object.entries(STATE_COLOURS).map(([state, colour]) =>
  inColour(`/\\b${state}$/`, colour),
);

const SEVERITIES = { critical: '#b3201a', high: '#a8460b', medium: '#755600', info: '#2b5d8a' };

/** The cells of a column in the colours of what they say. */
export function cellColours(column: string, colours: Readonly<Record<string, string>>): object {
  const options = Object.fromEntries(
    Object.entries(colours).map(([text, color], index) => [text, { color, index }]),
  );
  return {
    matcher: { id: 'byName', options: column },
    properties: [
      { id: 'mappings', value: [{ type: 'value', options }] },
      { id: 'custom.cellOptions', value: { type: 'color-text' } },
    ],
  };
}

export const SEVERITY_CELLS = cellColours('severity', SEVERITIES);
export const STATE_CELLS = cellColours('state', STATE_COLOURS);

/** A column whose cells lead to a place of Meshwake's page. */
export function linked(column: string, place: string, title: string): object {
  return {
    matcher: { id: 'byName', options: column },
    properties: [
      { id: 'links', value: [{ title, url: `${variable('meshwake')}/#/${place}`, targetBlank: true }] },
    ],
  };
}

/** A stack of bars or lines over time. */
export function timePanel(
  title: string,
  description: string,
  targets: readonly Target[],
  { unit = 'short', stacked = true, overrides = [] as readonly object[], width = 12 } = {},
): Panel {
  const [first] = targets;
  return {
    type: 'timeseries',
    title,
    description,
    datasource: first?.datasource === PROMETHEUS ? PROMETHEUS : INFINITY,
    width,
    height: 8,
    targets,
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        custom: stacked
          ? { drawStyle: 'bars', fillOpacity: 80, lineWidth: 0, stacking: { mode: 'normal' } }
          : { drawStyle: 'line', lineWidth: 2, showPoints: 'auto' },
      },
      overrides,
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom' },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

export function tablePanel(
  title: string,
  description: string,
  target: Target,
  { overrides = [] as readonly object[], width = 24, height = 8 } = {},
): Panel {
  return {
    type: 'table',
    title,
    description,
    datasource: INFINITY,
    width,
    height,
    targets: [target],
    fieldConfig: { defaults: { custom: { filterable: true } }, overrides },
    options: { showHeader: true, cellHeight: 'sm' },
  };
}

/** One number. */
export function statPanel(
  title: string,
  description: string,
  target: Target,
  reducer: string,
  colours: object = {},
): Panel {
  return {
    type: 'stat',
    title,
    description,
    datasource: target.datasource === PROMETHEUS ? PROMETHEUS : INFINITY,
    width: 6,
    height: 4,
    targets: [target],
    fieldConfig: { defaults: { color: { mode: 'thresholds' }, noValue: '0', ...colours }, overrides: [] },
    options: { reduceOptions: { calcs: [reducer], fields: '', values: false }, graphMode: 'none' },
  };
}

/** Red from 1 on. */
export const BAD_FROM_ONE = {
  thresholds: {
    mode: 'absolute',
    steps: [
      { color: 'green', value: null },
      { color: 'red', value: 1 },
    ],
  },
};

interface Variable {
  readonly name: string;
  readonly [name: string]: unknown;
}

/** A list to choose from; the first is chosen. */
export function choice(name: string, label: string, values: readonly string[]): Variable {
  const options = values.map((value, index) => ({ text: value, value, selected: index === 0 }));
  return { type: 'custom', name, label, query: values.join(','), options, current: options[0] };
}

export function textBox(name: string, label: string, value: string): Variable {
  const current = { text: value, value };
  return { type: 'textbox', name, label, query: value, current, options: [{ ...current, selected: true }] };
}

/** What the answer to a question has in its first column. */
export function found(name: string, label: string, target: Target): Variable {
  return {
    type: 'query',
    name,
    label,
    datasource: INFINITY,
    query: { queryType: 'infinity', refId: 'variable', infinityQuery: target },
    refresh: 2,
    sort: 1,
    current: {},
    options: [],
  };
}

const COLUMNS = 24;

/** Panels from left to right, row by row. */
export function dashboard(
  uid: string,
  title: string,
  variables: readonly Variable[],
  panels: readonly Panel[],
): object {
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  const placed = panels.map(({ width, height, ...panel }, index) => {
    if (x + width > COLUMNS) {
      x = 0;
      y += rowHeight;
      rowHeight = 0;
    }
    const gridPos = { x, y, w: width, h: height };
    x += width;
    rowHeight = Math.max(rowHeight, height);
    return { id: index + 1, ...panel, gridPos };
  });
  return {
    uid,
    title,
    tags: ['meshwake', 'istio', 'envoy'],
    editable: true,
    schemaVersion: 39,
    version: 1,
    timezone: 'utc',
    time: { from: 'now-6h', to: 'now' },
    refresh: '1m',
    graphTooltip: 1,
    links: [{ type: 'dashboards', title: 'Meshwake', tags: ['meshwake'], asDropdown: false, keepTime: true }],
    templating: { list: variables },
    annotations: { list: [] },
    panels: placed,
  };
}
