/** What is unusual, the most unusual first: how much, how much is usual, since when, by the hour, and what is behind it. */
import type { Anomaly } from '../../../domain/resources.ts';
import { amountOf, sparkOf, usualWords, whatWords } from '../../../output/anomaly-words.ts';
import { type Child, h } from '../../dom/element.ts';
import { spark } from '../../plot/spark.ts';
import { linkTo } from '../../shell/location.ts';
import { ago, dateTime } from '../../words/format.ts';
import { stateBadge } from '../../words/states.ts';

export function anomalyCards(items: readonly Anomaly[]): Child {
  return h('ul', { class: 'cards anomalies' }, items.map(card));
}

function card(anomaly: Anomaly): Child {
  const { since, summary, series, value, window } = anomaly;
  return h(
    'li',
    { class: 'card edge-medium' },
    h(
      'div',
      { class: 'anomaly-text' },
      h(
        'div',
        { class: 'card-top' },
        h('span', { class: 'badge' }, whatWords(anomaly)),
        stateBadge(series.state),
        h('time', { datetime: since, class: 'muted' }, `since ${dateTime(since)} UTC · ${ago(since)}`),
      ),
      h('h3', {}, summary),
      h(
        'p',
        { class: 'figures' },
        h('span', {}, h('strong', {}, amountOf(anomaly, value)), ` in ${hoursOf(window)}`),
        h('span', { class: 'muted' }, `usual: ${usualWords(anomaly)}`),
      ),
      h(
        'p',
        { class: 'leads' },
        behind(anomaly),
        h('a', { href: connectionsOf(anomaly) }, 'Its connections'),
      ),
    ),
    picture(anomaly),
  );
}

/** What explains it, where something does. */
function behind({ incident_id, diagnosis }: Anomaly): Child {
  if (incident_id === null) return h('span', { class: 'muted' }, 'no incident explains it');
  return h(
    'a',
    { href: linkTo(['incidents', incident_id]) },
    `Incident: ${(diagnosis ?? '').replaceAll('_', ' ')}`,
  );
}

/** The lines that it is about. */
function connectionsOf({ series, window }: Anomaly): string {
  const { source, port, state, response_flag } = series;
  return linkTo(['connections'], {
    since: window.since,
    until: window.until,
    direction: 'outbound',
    workload: source.workload,
    namespace: source.namespace,
    port,
    state,
    response_flag: response_flag === null ? null : response_flag.split(','),
  });
}

/** By the hour. Of durations no hours are kept. */
function picture(anomaly: Anomaly): Child {
  const { points, summary } = anomaly;
  const [first, last] = [points[0], points[points.length - 1]];
  if (first === undefined || last === undefined) return null;
  const titleOf = (place: number): string | null => {
    const point = points[place];
    if (point === undefined) return null;
    const [time, value] = point;
    return `${dateTime(time).slice(0, 16)} UTC: ${value === null ? 'nothing was collected' : amountOf(anomaly, value)}`;
  };
  return h(
    'figure',
    { class: 'anomaly-picture' },
    spark(sparkOf(anomaly), `By the hour. ${summary}`, titleOf),
    h(
      'figcaption',
      { class: 'muted' },
      h('span', {}, dateTime(first[0]).slice(5, 16)),
      h('span', {}, 'by the hour'),
      h('span', {}, dateTime(last[0]).slice(5, 16)),
    ),
  );
}

function hoursOf({ since, until }: Anomaly['window']): string {
  const hours = Math.round((Date.parse(until) - Date.parse(since)) / 3_600_000);
  return hours === 1 ? 'one hour' : `${hours} hours`;
}
