/** What became of a report for its targets: with a word, never by colour alone. */
import type { DeliveryItem } from '../../../domain/report-items.ts';
import { count } from '../../../output/text.ts';
import { type Child, h } from '../../dom/element.ts';
import { ago, dateTime } from '../../words/format.ts';

/** `archive: delivered`, `team: tried 3 times, again in 4m`, `mail: given up`. */
export function deliveryBadges(deliveries: readonly DeliveryItem[]): Child {
  if (deliveries.length === 0) return h('span', { class: 'muted' }, 'kept here, sent to nobody');
  return h(
    'ul',
    { class: 'deliveries', 'aria-label': 'Deliveries' },
    deliveries.map((delivery) =>
      h(
        'li',
        { class: `badge delivery ${toneOf(delivery)}`, title: delivery.error },
        `${delivery.target}: ${stateWords(delivery)}`,
      ),
    ),
  );
}

export function stateWords({ state, tries, error, next_try }: DeliveryItem): string {
  if (state === 'delivered') return 'delivered';
  if (state === 'failed') return `given up after ${count(tries, 'try', 'tries')}`;
  if (error === null) return tries === 0 ? 'waits' : 'under way';
  return `failed ${tries === 1 ? 'once' : `${tries} times`}, again ${next_try === null ? 'later' : ago(next_try)}`;
}

/** Class of its look. */
export function toneOf({ state, error }: DeliveryItem): string {
  if (state === 'delivered') return 'ok';
  return state === 'failed' || error !== null ? 'alarm' : 'muted';
}

/** All of them, with every try and why it did not go well. */
export function deliveryTable(deliveries: readonly DeliveryItem[]): Child {
  if (deliveries.length === 0)
    return h(
      'p',
      { class: 'muted' },
      'It was sent to nobody: whoever asks for a report gets it, and it is kept.',
    );
  const time = (at: string | null, or: string): Child => (at === null ? or : `${dateTime(at)} UTC`);
  return h(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Deliveries' },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Target', 'State', 'Tries', 'Last try', 'Next try', 'What went wrong'].map((name) =>
            h('th', { scope: 'col', class: name === 'Tries' ? 'number' : null }, name),
          ),
        ),
      ),
      h(
        'tbody',
        {},
        deliveries.map((delivery) =>
          h(
            'tr',
            {},
            h('td', {}, delivery.target),
            h('td', { class: toneOf(delivery) }, stateWords(delivery)),
            h('td', { class: 'number' }, String(delivery.tries)),
            h('td', {}, time(delivery.last_try, 'not yet')),
            h('td', {}, time(delivery.next_try, 'none')),
            h('td', { class: 'wide' }, delivery.error ?? ''),
          ),
        ),
      ),
    ),
  );
}
