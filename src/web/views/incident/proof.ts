/** What the finding rests on: in words, and the log lines with what decides it marked. */
import type { Incident } from '../../../domain/resources.ts';
import { flagMeaning } from '../../../domain/response-flags.ts';
import { copyButton } from '../../dom/copy.ts';
import { type Child, h } from '../../dom/element.ts';
import { type MarkedPart, markLine } from './mark-line.ts';

export function proof(incident: Incident): Child {
  const { evidence, sample_lines } = incident;
  if (evidence.length === 0 && sample_lines.length === 0) return null;
  return h(
    'section',
    { class: 'panel proof', 'aria-labelledby': 'proof' },
    h('h2', { id: 'proof' }, 'Proof'),
    h(
      'ul',
      {},
      evidence.map((text) => h('li', {}, text)),
    ),
    sample_lines.length === 0
      ? null
      : [
          h('h3', {}, 'Lines'),
          h(
            'p',
            { class: 'legend', 'aria-hidden': 'true' },
            h('mark', { class: 'dialled' }, 'dialled'),
            ' ',
            h('mark', { class: 'cluster' }, 'sent to'),
            ' ',
            h('mark', { class: 'flags' }, 'failed'),
          ),
          h(
            'ul',
            { class: 'lines' },
            sample_lines.map((line) => lineItem(line, incident)),
          ),
        ],
  );
}

const SAYS: Readonly<Record<Exclude<MarkedPart['kind'], 'plain'>, string>> = {
  dialled: 'the address that was dialled',
  cluster: 'the cluster that it was sent to',
  flags: 'response flags',
};

function lineItem(line: string, incident: Incident): Child {
  const parts = markLine(line, {
    dialled: incident.destinations.map(({ address }) => address),
    cluster: incident.upstream_cluster,
  });
  return h(
    'li',
    {},
    h(
      'code',
      { tabindex: 0 },
      parts.map(({ kind, text }) =>
        kind === 'plain' ? text : h('mark', { class: kind, title: titleOf(kind, text) }, text),
      ),
    ),
    copyButton(line),
  );
}

function titleOf(kind: Exclude<MarkedPart['kind'], 'plain'>, text: string): string {
  if (kind !== 'flags') return SAYS[kind];
  return text
    .split(',')
    .map((flag) => `${flag}: ${flagMeaning(flag) ?? 'a response flag'}`)
    .join('; ');
}
