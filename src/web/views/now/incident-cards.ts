/** Incidents, the worst first, each in a sentence. */
import { type Incident, type Page, SEVERITIES } from '../../../domain/resources.ts';
import { headline } from '../../../output/report/incident.ts';
import { count } from '../../../output/text.ts';
import { type Child, h } from '../../dom/element.ts';
import { linkTo } from '../../shell/location.ts';
import { ago, dateTime, percent } from '../../words/format.ts';
import { phrase } from '../../words/phrase.ts';
import { severityBadge } from '../../words/states.ts';

export function incidentCards({ items, next_cursor }: Page<Incident>): Child {
  const open = items.filter(({ ended }) => ended === null);
  const ended = items.filter(({ ended }) => ended !== null);
  return [
    hero(open, ended),
    open.length === 0 ? null : h('ul', { class: 'cards' }, open.map(card)),
    ended.length === 0
      ? null
      : [h('h2', { class: 'section' }, 'Over'), h('ul', { class: 'cards over' }, ended.map(card))],
    next_cursor === null
      ? null
      : h('p', { class: 'muted' }, `These are the worst ${items.length}; there are more.`),
  ];
}

/** The first thing to read: how many, and how bad. */
function hero(open: readonly Incident[], ended: readonly Incident[]): Child {
  const worst = open[0]?.severity ?? 'quiet';
  const counts = [...SEVERITIES]
    .reverse()
    .map((severity) => ({
      severity,
      count: open.filter((incident) => incident.severity === severity).length,
    }))
    .filter((each) => each.count > 0);
  return h(
    'div',
    { class: `hero hero-${worst}` },
    h('h1', {}, open.length === 0 ? 'No open incident' : `${count(open.length, 'open incident')}`),
    open.length === 0
      ? h(
          'p',
          {},
          `${count(ended.length, 'incident')} in the lines that were read; ${ended.length === 1 ? 'it is' : 'all are'} over.`,
        )
      : h(
          'ul',
          { class: 'tally', 'aria-label': 'By severity' },
          counts.map((each) => h('li', {}, severityBadge(each.severity), ` ${each.count}`)),
        ),
  );
}

function card(incident: Incident): Child {
  const { id, title, severity, diagnosis, onset, ended, connections, failures } = incident;
  const since = onset.before ?? onset.after;
  return h(
    'li',
    { class: `card edge-${severity}` },
    h(
      'div',
      { class: 'card-top' },
      severityBadge(severity),
      since === null
        ? h('span', { class: 'muted' }, 'in all lines read')
        : h(
            'time',
            { datetime: since, class: 'muted' },
            ended === null
              ? `since ${dateTime(since)} UTC · ${ago(since)}`
              : `from ${dateTime(since)} to ${dateTime(ended.before ?? ended.after ?? since)} UTC`,
          ),
      incident.confirmed
        ? null
        : h('span', { class: 'badge', title: 'One connection shows it so far' }, 'provisional'),
      incident.misdelivered ? h('span', { class: 'badge alarm' }, 'misdelivered') : null,
    ),
    h('h3', {}, h('a', { href: linkTo(['incidents', id]) }, title)),
    h('p', { class: 'sentence' }, phrase(headline(incident))),
    h(
      'p',
      { class: 'figures' },
      h('span', {}, h('strong', {}, count(connections, 'connection'))),
      h('span', { class: failures > 0 ? 'alarm' : 'muted' }, `${percent(failures, connections)} failed`),
      h('code', { class: 'muted' }, diagnosis),
    ),
  );
}
