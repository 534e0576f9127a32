/** Runs of routing as lanes over time: one lane for each client and destination, coloured by state. */
import type { Route } from '../../domain/resources.ts';
import { type Child, h, svg } from '../dom/element.ts';
import { linkTo } from '../shell/location.ts';
import { dateTime, formatCount, percent, shortCluster } from '../words/format.ts';
import { sourceName } from '../words/source.ts';
import { stateBadge, stateClass, stateWords } from '../words/states.ts';

const WIDTH = 1_000;
const HEIGHT = 22;
/** So wide is a run of a moment. */
const RUN_WIDTH_MIN = 5;
/** Lanes that are seen at once; the others are one click away. */
const LANES_SHOWN = 20;
const LANES_MAX = 300;

/** `by` names the lanes: the clients of a destination, or the destinations of a client. */
export function lanes(routes: readonly Route[], by: 'source' | 'destination' | 'both'): Child {
  if (routes.length === 0) return null;
  const from = Math.min(...routes.map(({ first_seen }) => Date.parse(first_seen)));
  const to = Math.max(...routes.map(({ last_seen }) => Date.parse(last_seen)), from + 60_000);
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const key = nameOf(route, by);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [route]);
    else group.push(route);
  }
  const sorted = [...groups].sort(([a, x], [b, y]) => worst(y) - worst(x) || (a < b ? -1 : 1));
  const all = sorted.slice(0, LANES_MAX).map(([name, runs]) => lane(name, runs, { from, to }, by));
  const shown = all.slice(0, LANES_SHOWN);
  return [
    stateLegend(routes),
    h(
      'ul',
      { class: 'lanes' },
      shown,
      h(
        'li',
        { class: 'lane axis', 'aria-hidden': 'true' },
        h('span'),
        h(
          'span',
          { class: 'ends muted' },
          h('span', {}, `${dateTime(new Date(from).toISOString())} UTC`),
          h('span', {}, `${dateTime(new Date(to).toISOString())} UTC`),
        ),
      ),
    ),
    all.length > LANES_SHOWN
      ? h(
          'details',
          { class: 'as-table' },
          h('summary', {}, `${all.length - LANES_SHOWN} more lanes`),
          h('ul', { class: 'lanes' }, all.slice(LANES_SHOWN)),
        )
      : null,
    sorted.length > LANES_MAX
      ? h('p', { class: 'muted' }, `and ${sorted.length - LANES_MAX} more lanes: narrow the question`)
      : null,
  ];
}

function nameOf({ source, destination }: Route, by: 'source' | 'destination' | 'both'): string {
  const to =
    destination.workload === null ? destination.address : `${destination.address} ${destination.workload}`;
  if (by === 'source') return sourceName(source);
  return by === 'destination' ? to : `${sourceName(source)} → ${to}`;
}

/** Lanes with something alarming come first, then those that fail. */
function worst(runs: readonly Route[]): number {
  const rank = Math.max(...runs.map(({ state }) => stateWords(state).rank));
  return rank * 2 + (runs.some(({ failures }) => failures > 0) ? 1 : 0);
}

function lane(
  name: string,
  runs: readonly Route[],
  { from, to }: { from: number; to: number },
  by: string,
): Child {
  const sorted = [...runs].sort((a, b) => (a.first_seen < b.first_seen ? -1 : 1));
  const [first] = sorted;
  const scale = (time: string): number => ((Date.parse(time) - from) / (to - from)) * (WIDTH - RUN_WIDTH_MIN);
  const says = sorted.map((run) => runText(run)).join('; then ');
  const target =
    by === 'source' && first?.source.workload != null
      ? linkTo(['workloads', first.source.workload])
      : by === 'destination' && first !== undefined
        ? linkTo(['destinations', first.destination.address])
        : null;
  return h(
    'li',
    { class: 'lane' },
    target === null
      ? h('span', { class: 'lane-name' }, name)
      : h('a', { class: 'lane-name', href: target }, name),
    svg(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: 'none',
        role: 'group',
        'aria-label': `${name}: ${says}`,
      },
      svg('line', { class: 'track', x1: 0, x2: WIDTH, y1: HEIGHT / 2, y2: HEIGHT / 2 }),
      sorted.map((run) => runShape(run, scale)),
    ),
  );
}

function runShape(run: Route, scale: (time: string) => number): Child {
  const x = scale(run.first_seen);
  const width = Math.max(RUN_WIDTH_MIN, scale(run.last_seen) - x + RUN_WIDTH_MIN);
  const failed = run.connections === 0 ? 0 : run.failures / run.connections;
  return svg(
    'a',
    { href: runLink(run), class: `run ${stateClass(run.state)}`, 'aria-label': runText(run) },
    svg('title', {}, runText(run)),
    svg('rect', { class: 'run-body', x, y: 2, width, height: HEIGHT - 4 }),
    failed > 0
      ? svg('rect', { class: 'run-failed', x, y: HEIGHT - 7, width: width * failed, height: 5 })
      : null,
  );
}

function runLink({ source, destination, first_seen, last_seen }: Route): string {
  return linkTo(['connections'], {
    pod: source.pod,
    workload: source.pod === null ? source.workload : null,
    destination: destination.address,
    direction: 'outbound',
    since: first_seen,
    until: new Date(Date.parse(last_seen) + 1).toISOString(),
  });
}

function runText({ state, upstream_cluster, first_seen, last_seen, connections, failures }: Route): string {
  const cluster = upstream_cluster === null ? '' : ` by ${shortCluster(upstream_cluster)}`;
  return `${stateWords(state).label}${cluster}, ${dateTime(first_seen)} to ${dateTime(last_seen)} UTC, ${formatCount(connections)} connections, ${percent(failures, connections)} failed`;
}

function stateLegend(routes: readonly Route[]): Child {
  const states = [...new Set(routes.map(({ state }) => state))];
  return h(
    'p',
    { class: 'lane-legend' },
    states.map((state) => [stateBadge(state), ' ']),
    h('span', { class: 'key key-failed' }, 'failed'),
  );
}
