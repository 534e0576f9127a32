/** How much of the mesh the findings rest on, and what to read to see more. */
import type { Coverage, CoveragePod } from '../../../domain/coverage.ts';
import { remarksOf } from '../../../output/coverage-columns.ts';
import { count, formatCount } from '../../../output/text.ts';
import { codeBlock } from '../../dom/copy.ts';
import { type Child, h, svg } from '../../dom/element.ts';
import { dateTime } from '../../words/format.ts';

const PODS_MAX = 6;
const COMMANDS_MAX = 3;

export function coverageSummary(coverage: Coverage): Child {
  const { lines, pairing, pods_total, peers_total, first_seen, last_seen } = coverage;
  return [
    h(
      'p',
      { class: 'big' },
      h('strong', {}, formatCount(lines.total)),
      ` lines of ${count(pods_total, 'log')}`,
    ),
    first_seen === null || last_seen === null
      ? null
      : h('p', { class: 'muted' }, `${dateTime(first_seen)} to ${dateTime(last_seen)} UTC`),
    pairedBar(coverage),
    h(
      'p',
      {},
      `${formatCount(pairing.paired)} of ${formatCount(pairing.joinable)} lines that should have a partner have one; `,
      `${formatCount(pairing.unexplained)} are without one for no known reason.`,
    ),
    peers_total === 0
      ? null
      : h(
          'p',
          {},
          `${count(peers_total, 'pod')} known only from the lines of others: their logs were not read.`,
        ),
    readNext(coverage),
    oddPods(coverage.pods),
  ];
}

/** Paired, and what is not, as one bar. */
function pairedBar({ pairing }: Coverage): Child {
  const parts = [
    ['paired', pairing.paired],
    ['pending', pairing.pending],
    ['ambiguous', pairing.ambiguous],
    ['unexplained', pairing.unexplained],
  ] as const;
  const whole = parts.reduce((sum, [, lines]) => sum + lines, 0);
  if (whole === 0) return null;
  let at = 0;
  const bars = parts.map(([name, lines]) => {
    const width = (100 * lines) / whole;
    const bar = svg('rect', { class: `part part-${name}`, x: at, y: 0, width, height: 8 });
    at += width;
    return bar;
  });
  const says = parts.map(([name, lines]) => `${formatCount(lines)} ${name}`).join(', ');
  return svg(
    'svg',
    { class: 'share', viewBox: '0 0 100 8', preserveAspectRatio: 'none', role: 'img', 'aria-label': says },
    bars,
  );
}

function readNext({ read_next }: Coverage): Child {
  if (read_next.length === 0) return null;
  return [
    h('h3', {}, 'Read next'),
    read_next
      .slice(0, COMMANDS_MAX)
      .map(({ command, lines }) => [
        codeBlock(command, 'Command that reads more logs'),
        h('p', { class: 'muted' }, `${count(lines, 'line')} ${lines === 1 ? 'points' : 'point'} there.`),
      ]),
  ];
}

/** Logs with holes, silence or filters. */
function oddPods(pods: readonly CoveragePod[]): Child {
  const odd = pods.filter((pod) => remarksOf(pod).length > 0);
  if (odd.length === 0) return null;
  return [
    h('h3', {}, 'Logs with something missing'),
    h(
      'ul',
      { class: 'plain' },
      odd
        .slice(0, PODS_MAX)
        .map((pod) =>
          h(
            'li',
            {},
            h('code', {}, pod.pod ?? pod.addresses[0] ?? 'unnamed'),
            ` ${remarksOf(pod).join(', ')}`,
          ),
        ),
    ),
    odd.length > PODS_MAX ? h('p', { class: 'muted' }, `and ${odd.length - PODS_MAX} more`) : null,
  ];
}
