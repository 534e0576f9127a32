/** One incident: what happened, where traffic went before and after, why, and what mends it. */
import type { Incident } from '../../../domain/resources.ts';
import { headline } from '../../../output/report/incident.ts';
import { count } from '../../../output/text.ts';
import { apiPath } from '../../api/client.ts';
import { apiLink } from '../../dom/api-link.ts';
import { type Child, h } from '../../dom/element.ts';
import { nothing, panel } from '../../dom/panel.ts';
import { linkTo } from '../../shell/location.ts';
import type { View, ViewContext } from '../../shell/view.ts';
import { ago, dateTime, percent, span } from '../../words/format.ts';
import { phrase } from '../../words/phrase.ts';
import { severityBadge } from '../../words/states.ts';
import { affected } from './affected.ts';
import { beforeAndAfter } from './before-and-after.ts';
import { cause, remedies, verification } from './mending.ts';
import { overTime } from './over-time.ts';
import { proof } from './proof.ts';
import { connectionsQuery } from './scope.ts';

export function incidentView(id: string): View {
  return (context) => {
    context.title('Incident');
    return panel<[Incident]>({
      title: 'Incident',
      calls: [apiPath(`incidents/${encodeURIComponent(id)}`)],
      signal: context.signal,
      bare: true,
      class: 'incident',
      show: ([incident]) => story(incident, context),
      empty: () => nothing(),
    });
  };
}

function story(incident: Incident, { signal, title }: ViewContext): Child {
  title(incident.title);
  return [
    h(
      'div',
      { class: `hero hero-${incident.severity}` },
      h(
        'p',
        { class: 'kicker' },
        severityBadge(incident.severity),
        h('code', {}, incident.diagnosis),
        incident.confirmed ? null : h('span', { class: 'badge' }, 'provisional: one connection shows it'),
      ),
      h('h1', {}, incident.title),
      h('p', { class: 'sentence' }, phrase(headline(incident))),
      goOn(incident),
    ),
    figures(incident),
    beforeAndAfter(incident, signal),
    overTime(incident, signal),
    h(
      'div',
      { class: 'columns' },
      h('div', {}, cause(incident), remedies(incident), verification(incident)),
      h('div', {}, proof(incident), affected(incident)),
    ),
  ];
}

/** Where somebody who has read the title goes next. */
function goOn(incident: Incident): Child {
  return h(
    'p',
    { class: 'more' },
    h('a', { class: 'button', href: linkTo(['connections'], connectionsQuery(incident)) }, 'Its connections'),
    apiLink(
      {
        path: apiPath(`incidents/${encodeURIComponent(incident.id)}/evidence`),
        class: 'button',
        saveAs: `meshwake-evidence-${incident.id}.json`,
      },
      'Evidence, as one document',
    ),
  );
}

/** When, how many, how bad: the numbers that are asked for first. */
function figures(incident: Incident): Child {
  const { onset, ended, connections, failures, sources, misdelivered } = incident;
  const began = onset.before ?? onset.after;
  return h(
    'dl',
    { class: 'figures-strip' },
    figure(
      'Began',
      began === null ? 'before the first line' : `${dateTime(began)} UTC`,
      onset.after !== null && onset.before !== null
        ? `within ${span(Date.parse(onset.before) - Date.parse(onset.after))}, by the lines`
        : 'no line shows it as it was before',
    ),
    figure(
      ended === null ? 'Goes on' : 'Ended',
      ended === null ? 'not over' : `${dateTime(ended.before ?? ended.after ?? '')} UTC`,
      ended === null
        ? began === null
          ? ''
          : `for ${ago(began).replace(' ago', '')}`
        : 'first connection as before',
    ),
    figure(
      'Failed',
      percent(failures, connections),
      `${count(failures, 'connection')} of ${connections}`,
      failures > 0 ? 'alarm' : '',
    ),
    figure(
      'Clients',
      String(sources.length),
      misdelivered ? 'data went to the wrong server' : 'pods that called',
      misdelivered ? 'alarm' : '',
    ),
  );
}

function figure(label: string, value: string, note: string, tone = ''): Child {
  return h(
    'div',
    { class: tone },
    h('dt', {}, label),
    h('dd', {}, h('strong', {}, value), note === '' ? null : h('span', { class: 'muted' }, note)),
  );
}
