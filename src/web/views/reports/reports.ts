/** Reports: the schedules that make them, and those that were made, newest first. */
import type { ReportItem, ScheduleItem } from '../../../domain/report-items.ts';
import type { Page } from '../../../domain/resources.ts';
import { count } from '../../../output/text.ts';
import { apiPath } from '../../api/client.ts';
import { type Child, h } from '../../dom/element.ts';
import { nothing, panel } from '../../dom/panel.ts';
import { linkTo, type Place } from '../../shell/location.ts';
import type { View } from '../../shell/view.ts';
import { ago, dateTime, span } from '../../words/format.ts';
import { severityBadge } from '../../words/states.ts';
import { deliveryBadges } from './delivery.ts';
import { makeReportForm } from './make-report.ts';
import { noSchedule, scheduleCards } from './schedules.ts';

const LISTED = 30;
const REFRESH_MS = 30_000;

export const reportsView: View = ({ place, signal, title }) => {
  title('Reports');
  const [schedule, cursor] = ['schedule', 'cursor'].map((name) => place.query.get(name) ?? '');
  return [
    h('div', { class: 'view-head' }, h('h1', {}, 'Reports'), makeReportForm(signal)),
    panel<[Page<ReportItem>]>({
      title: 'Reports that were made',
      calls: [apiPath('reports', { schedule, limit: LISTED, cursor })],
      signal,
      refreshMs: REFRESH_MS,
      show: ([{ items, next_cursor }]) =>
        items.length === 0 ? null : [only(schedule), cards(items), pages(place, cursor, next_cursor)],
      empty: () => noReport(schedule, cursor),
    }),
    panel<[Page<ScheduleItem>]>({
      title: 'Schedules',
      calls: [apiPath('schedules')],
      signal,
      refreshMs: REFRESH_MS,
      show: ([{ items }]) => (items.length === 0 ? null : scheduleCards(items)),
      empty: noSchedule,
    }),
  ];
};

function only(schedule = ''): Child {
  if (schedule === '') return null;
  return h(
    'p',
    {},
    'Only those of the schedule ',
    h('strong', {}, schedule),
    '. ',
    h('a', { href: linkTo(['reports']) }, 'Show all'),
  );
}

function noReport(schedule = '', cursor = ''): Child {
  if (schedule !== '' || cursor !== '')
    return nothing('None. ', h('a', { href: linkTo(['reports']) }, 'Show all reports'));
  return nothing(
    h(
      'p',
      {},
      'No report was made yet. Make one of what is stored now, above; or have them made on a schedule, below.',
    ),
    h('p', {}, 'A report says what changed in a window, what is unusual, and what to do about it.'),
  );
}

function cards(items: readonly ReportItem[]): Child {
  return h('ul', { class: 'cards reports' }, items.map(card));
}

function card({
  id,
  schedule,
  missed,
  made_at,
  since,
  until,
  headline,
  severity,
  deliveries,
  filters,
}: ReportItem): Child {
  const narrowed = Object.entries(filters).map(([name, values]) => `${name} ${values.join(' or ')}`);
  return h(
    'li',
    { class: `card ${severity === null ? 'edge-quiet' : `edge-${severity}`}` },
    h(
      'div',
      { class: 'card-top' },
      severity === null ? h('span', { class: 'badge' }, 'no incident') : severityBadge(severity),
      h(
        'span',
        { class: 'muted' },
        `${dateTime(since).slice(0, 16)} to ${dateTime(until).slice(0, 16)} UTC (${span(Date.parse(until) - Date.parse(since))})`,
      ),
      schedule === null
        ? h('span', { class: 'badge' }, 'asked for')
        : h('a', { class: 'badge above', href: linkTo(['reports'], { schedule }) }, schedule),
    ),
    h('h3', {}, h('a', { href: linkTo(['reports', id]) }, headline)),
    narrowed.length === 0 ? null : h('p', { class: 'muted' }, `Only ${narrowed.join('; ')}`),
    h(
      'div',
      { class: 'figures' },
      h('time', { datetime: made_at, class: 'muted' }, `made ${ago(made_at)}`),
      missed === 0 ? null : h('span', { class: 'muted' }, `for ${count(missed, 'missed time')}, too`),
      deliveryBadges(deliveries),
    ),
  );
}

function pages({ query }: Place, cursor = '', next: string | null): Child {
  if (cursor === '' && next === null) return null;
  const schedule = query.get('schedule');
  return h(
    'p',
    { class: 'more' },
    cursor === '' ? null : h('a', { class: 'button', href: linkTo(['reports'], { schedule }) }, 'Newest'),
    next === null
      ? null
      : h('a', { class: 'button', href: linkTo(['reports'], { schedule, cursor: next }) }, 'Older'),
  );
}
