/** The graph: four columns of nodes, with edges drawn between them. */
import type { Topology, TopologyNode } from '../../../domain/topology.ts';
import { type Child, h, svg } from '../../dom/element.ts';
import { linkTo } from '../../shell/location.ts';
import { formatCount, percent, shortCluster } from '../../words/format.ts';
import { stateClass, stateWords } from '../../words/states.ts';
import { type Line, placeNodes, type Spot } from './columns.ts';
import { isAlarming, leadingState, troubleOf } from './trouble.ts';

const TITLES = ['Clients', 'Dialled', 'Cluster', 'Who got it'];

export function graph(topology: Topology, signal: AbortSignal): Child {
  const { columns, lines } = placeNodes(topology);
  const elements = new Map<string, HTMLElement>();
  const paths = new Map<Line, SVGPathElement>();
  const edges = svg('svg', { class: 'edges', 'aria-hidden': 'true' });
  const board = h(
    'div',
    { class: 'board' },
    edges,
    columns.map((spots, column) =>
      h(
        'div',
        { class: 'board-column' },
        h('h3', {}, TITLES[column] ?? '', h('span', { class: 'muted' }, ` ${spots.length}`)),
        h(
          'ul',
          { class: 'plain' },
          spots.map((spot) => h('li', {}, nodeElement(spot, elements))),
        ),
      ),
    ),
  );
  for (const line of [...lines].sort((a, b) => a.edge.failures - b.edge.failures)) {
    const path = edgePath(line);
    paths.set(line, path);
    edges.append(path);
  }
  const draw = (): void => drawEdges(board, edges, elements, paths);
  const size = new ResizeObserver(draw);
  size.observe(board);
  signal.addEventListener('abort', () => size.disconnect(), { once: true });
  highlight(board, elements, paths);
  return h('div', { class: 'board-scroll' }, board);
}

function nodeElement({ key, node, trouble }: Spot, elements: Map<string, HTMLElement>): HTMLElement {
  const isServer = key.startsWith('3:');
  const connections = isServer || node.kind !== 'workload' ? node.connections_in : node.connections_out;
  const failures = isServer || node.kind !== 'workload' ? node.failures_in : node.failures_out;
  const name =
    node.kind === 'cluster' ? shortCluster(node.name) : node.name.replace(/\.svc\.cluster\.local$/, '');
  const port = node.port === null ? '' : `:${node.port}`;
  const element = h(
    'a',
    {
      class: isAlarming(trouble) ? 'node trouble' : 'node',
      href: nodeLink(node),
      title: `${node.name}${port}${node.namespace === null ? '' : `, namespace ${node.namespace}`}`,
    },
    h('span', { class: 'node-name' }, `${name}${port}`),
    h(
      'span',
      { class: failures > 0 ? 'node-count alarm' : 'node-count muted' },
      failures > 0
        ? `${percent(failures, connections)} of ${formatCount(connections)} failed`
        : formatCount(connections),
    ),
  );
  elements.set(key, element);
  return element;
}

/** Where a node leads on to. */
function nodeLink({ kind, name, port }: TopologyNode): string {
  if (kind === 'cluster') return linkTo(['connections'], { upstream_cluster: name, direction: 'outbound' });
  if (/^(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?$|^\[?[\da-f]*:[\da-f:.]*/.test(name)) {
    return linkTo(['explain', port === null || /\d:\d+$/.test(name) ? name : `${name}:${port}`]);
  }
  if (name.includes('.'))
    return linkTo(['connections'], { upstream_cluster: `*${name}*`, port, direction: 'outbound' });
  return linkTo(['workloads', name]);
}

function edgePath({ edge }: Line): SVGPathElement {
  const state = leadingState(edge);
  const isFailing = edge.failures * 2 > edge.connections;
  const width = Math.min(7, 1.2 + Math.log10(Math.max(1, edge.connections)));
  const says = `${state === null ? 'HTTP' : stateWords(state).label}, ${formatCount(edge.connections)} connections, ${percent(edge.failures, edge.connections)} failed`;
  return svg(
    'path',
    {
      class: `edge ${stateClass(state)} ${isFailing ? 'failing' : ''} ${isAlarming(troubleOf(edge)) ? 'alarming' : ''}`,
      'stroke-width': width.toFixed(1),
    },
    svg('title', {}, says),
  );
}

function drawEdges(
  board: HTMLElement,
  edges: SVGSVGElement,
  elements: ReadonlyMap<string, HTMLElement>,
  paths: ReadonlyMap<Line, SVGPathElement>,
): void {
  const origin = board.getBoundingClientRect();
  edges.setAttribute('viewBox', `0 0 ${origin.width} ${origin.height}`);
  const boxes = new Map([...elements].map(([key, element]) => [key, element.getBoundingClientRect()]));
  for (const [{ from, to }, path] of paths) {
    const a = boxes.get(from);
    const b = boxes.get(to);
    if (a === undefined || b === undefined) continue;
    const x1 = a.right - origin.left;
    const y1 = (a.top + a.bottom) / 2 - origin.top;
    const x2 = b.left - origin.left;
    const y2 = (b.top + b.bottom) / 2 - origin.top;
    const bend = (x2 - x1) / 2;
    path.setAttribute('d', `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`);
  }
}

/** The way through a node stands out while the pointer or the focus is on it. */
function highlight(
  board: HTMLElement,
  elements: ReadonlyMap<string, HTMLElement>,
  paths: ReadonlyMap<Line, SVGPathElement>,
): void {
  const keys = new Map([...elements].map(([key, element]) => [element as EventTarget, key]));
  const show = (key: string | null): void => {
    board.classList.toggle('focused', key !== null);
    const near = new Set<string>();
    for (const [{ from, to }, path] of paths) {
      const isNear = from === key || to === key;
      path.classList.toggle('near', isNear);
      if (isNear) near.add(from).add(to);
    }
    for (const [own, element] of elements) element.classList.toggle('near', near.has(own));
  };
  for (const type of ['pointerover', 'focusin'] as const) {
    board.addEventListener(type, ({ target }) => {
      const node = target instanceof Element ? target.closest('.node') : null;
      show(node === null ? null : (keys.get(node) ?? null));
    });
  }
  for (const type of ['pointerleave', 'focusout'] as const) board.addEventListener(type, () => show(null));
}
