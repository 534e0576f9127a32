/** The schedules of the configuration: when each makes its next report, how the last one went, and where they go. */
import type { ScheduleItem } from '../../../domain/report-items.ts';
import { count } from '../../../output/text.ts';
import { codeBlock } from '../../dom/copy.ts';
import { type Child, h } from '../../dom/element.ts';
import { linkTo } from '../../shell/location.ts';
import { ago, dateTime, span } from '../../words/format.ts';
import { stateWords, toneOf } from './delivery.ts';

const RUNS_SHOWN = 3;
/** What a configuration needs to have a first report. */
const EXAMPLE = `targets:
  - { name: archive, type: file, directory: /var/lib/meshwake/reports }
reports:
  - { name: daily, cron: '5 7 * * *', timezone: Europe/Berlin, deliver: [archive] }
`;

export function scheduleCards(items: readonly ScheduleItem[]): Child {
  return h('ul', { class: 'cards schedules' }, items.map(card));
}

/** No schedule: how to make one. */
export function noSchedule(): Child {
  return [
    h(
      'p',
      {},
      'Reports are made on a schedule when the server is started with one, and sent to files, webhooks, Slack, e-mail or Alertmanager:',
    ),
    codeBlock(EXAMPLE, 'Configuration with a schedule, meshwake.yaml'),
    codeBlock('npx meshwake serve --config meshwake.yaml', 'Command that serves with it'),
  ];
}

function card(schedule: ScheduleItem): Child {
  const { name, cron, timezone, next_runs, last_report, error, targets } = schedule;
  const isTroubled = error !== null || targets.some((target) => troubleOf(target) !== null);
  return h(
    'li',
    { class: `card ${isTroubled ? 'edge-high' : 'edge-info'}` },
    h(
      'div',
      { class: 'card-top' },
      h('h3', {}, name),
      h('code', {}, cron),
      h('span', { class: 'muted' }, timezone),
      h('span', { class: 'muted' }, windowWords(schedule)),
    ),
    error === null
      ? null
      : h('p', { class: 'alarm' }, h('strong', {}, 'The report that is due could not be made: '), error),
    h(
      'dl',
      { class: 'report-facts' },
      h('dt', {}, 'Next'),
      h('dd', {}, nextRuns(next_runs)),
      h('dt', {}, 'Last'),
      h('dd', {}, last_report === null ? h('span', { class: 'muted' }, 'none yet') : lastReport(last_report)),
      h('dt', {}, 'To'),
      h(
        'dd',
        {},
        targets.length === 0
          ? h('span', { class: 'muted' }, 'nobody: reports are kept here')
          : h('ul', { class: 'plain' }, targets.map(targetItem)),
      ),
    ),
  );
}

function windowWords({ window_seconds, filters, format }: ScheduleItem): string {
  const window =
    window_seconds === null ? 'since the report before' : `looks back ${span(window_seconds * 1_000)}`;
  const narrowed = Object.entries(filters).map(([filter, values]) => `${filter} ${values.join(' or ')}`);
  return [window, `as ${format}`, ...narrowed].join(' · ');
}

function nextRuns(times: readonly string[]): Child {
  const [first, ...rest] = times;
  if (first === undefined)
    return h('span', { class: 'muted' }, 'never: the expression names no further time');
  return [
    h('time', { datetime: first }, `${dateTime(first)} UTC`),
    ` · ${ago(first)}`,
    rest.length === 0
      ? null
      : h(
          'span',
          { class: 'muted' },
          `, then ${rest
            .slice(0, RUNS_SHOWN - 1)
            .map((time) => `${dateTime(time)}`)
            .join(', ')}`,
        ),
  ];
}

function lastReport({ id, made_at, headline, missed }: NonNullable<ScheduleItem['last_report']>): Child {
  return [
    h('a', { href: linkTo(['reports', id]) }, headline),
    h('span', { class: 'muted' }, ` made ${dateTime(made_at)} UTC · ${ago(made_at)}`),
    missed === 0
      ? null
      : h(
          'span',
          { class: 'muted' },
          `; it makes up for ${count(missed, 'earlier time')} at which nobody was there to make one`,
        ),
  ];
}

type Target = ScheduleItem['targets'][number];

function targetItem(target: Target): Child {
  const { delivery, alerts } = target;
  const trouble = troubleOf(target);
  const how =
    alerts !== null
      ? `${count(alerts.firing, 'alert')} firing${alerts.told_at === null ? ', not told yet' : `, told ${ago(alerts.told_at)}`}`
      : delivery === null
        ? 'nothing sent yet'
        : stateWords(delivery);
  const tone = trouble !== null ? 'alarm' : delivery === null ? 'muted' : toneOf(delivery);
  return h(
    'li',
    {},
    h('strong', {}, target.target),
    h('span', { class: 'muted' }, ` ${target.type}, `),
    h('code', { class: 'muted' }, target.destination),
    h('span', { class: tone }, ` ${how}`),
    trouble === null ? null : h('span', { class: 'alarm' }, `: ${trouble}`),
  );
}

/** Why its last try did not go well; null: it did, or there was none. */
function troubleOf({ delivery, alerts }: Target): string | null {
  return delivery?.error ?? alerts?.error ?? null;
}
