/** Anomalies of the last day, or of as long as somebody asks for. */
import type { AnomalyPage } from '../../../domain/queries.ts';
import { judgedSentence } from '../../../output/judged.ts';
import { capital } from '../../../output/text.ts';
import { apiPath } from '../../api/client.ts';
import { type Child, h } from '../../dom/element.ts';
import { panel } from '../../dom/panel.ts';
import { linkTo } from '../../shell/location.ts';
import type { View } from '../../shell/view.ts';
import { anomalyCards } from './anomaly-cards.ts';

const LISTED_MAX = 200;
/** In Now. */
const SHOWN_MAX = 3;
/** They are judged by whole hours, and judging takes a while: no need to ask as often as for incidents. */
const REFRESH_MS = 300_000;
const WINDOWS = [
  ['', 'last day'],
  ['3d', '3 days'],
  ['7d', '7 days'],
  ['30d', '30 days'],
] as const;

export const anomaliesView: View = ({ place, signal, title }) => {
  title('Anomalies');
  const since = place.query.get('since') ?? '';
  return [
    h('h1', {}, 'Anomalies'),
    h('p', { class: 'lead muted' }, 'Calls that were more, fewer, or other than in the same hours before.'),
    windows(since),
    panel<[AnomalyPage]>({
      title: 'What is unusual',
      calls: [apiPath('anomalies', { since, limit: LISTED_MAX })],
      signal,
      refreshMs: REFRESH_MS,
      show: ([{ items, judged, next_cursor }]) => [
        h('p', { class: 'muted' }, `${capital(judgedSentence(items.length, judged))}.`),
        items.length === 0 ? null : anomalyCards(items),
        next_cursor === null
          ? null
          : h('p', { class: 'muted' }, `These are the ${items.length} most unusual; there are more.`),
      ],
      empty: () => null,
    }),
  ];
};

function windows(since: string): Child {
  return h(
    'nav',
    { class: 'choices', 'aria-label': 'Window' },
    WINDOWS.map(([value, label]) =>
      h(
        'a',
        {
          class: 'button small',
          href: linkTo(['anomalies'], { since: value }),
          'aria-current': value === since ? 'true' : null,
        },
        label,
      ),
    ),
  );
}

/** The most unusual, for the first view. */
export function anomaliesPanel(signal: AbortSignal): HTMLElement {
  return panel<[AnomalyPage]>({
    title: 'Unusual in the last day',
    calls: [apiPath('anomalies', { limit: LISTED_MAX })],
    signal,
    refreshMs: REFRESH_MS,
    show: ([{ items, judged }]) => [
      items.length === 0 ? null : anomalyCards(items.slice(0, SHOWN_MAX)),
      h('p', { class: 'muted' }, `${capital(judgedSentence(Math.min(items.length, SHOWN_MAX), judged))}.`),
      judged.basis === null
        ? null
        : h(
            'p',
            { class: 'more' },
            h(
              'a',
              { class: 'button', href: linkTo(['anomalies']) },
              items.length > SHOWN_MAX ? `All ${items.length} anomalies` : 'Look further back',
            ),
          ),
    ],
    empty: () => null,
  });
}
