/** One report, whole: what it says, when it was made, and what became of it. */

import type { Report } from '../../../domain/report.ts';
import type { WholeReport } from '../../../domain/report-items.ts';
import { buildWindowReport, title as titleOf } from '../../../output/report/window/build.ts';
import { count } from '../../../output/text.ts';
import { apiPath } from '../../api/client.ts';
import { apiLink } from '../../dom/api-link.ts';
import { callsBehind } from '../../dom/calls.ts';
import { type Child, h } from '../../dom/element.ts';
import { nothing, panel } from '../../dom/panel.ts';
import { linkTo } from '../../shell/location.ts';
import type { View, ViewContext } from '../../shell/view.ts';
import { ago, dateTime } from '../../words/format.ts';
import { severityBadge } from '../../words/states.ts';
import { deliveryTable } from './delivery.ts';
import { type LinkOf, reportSections } from './report-blocks.ts';

const FORMS = [
  ['html', 'HTML', 'html'],
  ['markdown', 'Markdown', 'md'],
  ['json', 'JSON', 'json'],
] as const;

export function reportView(id: string): View {
  return (context) => {
    context.title('Report');
    return panel<[WholeReport]>({
      title: 'Report',
      calls: [callOf(id)],
      signal: context.signal,
      bare: true,
      class: 'report',
      show: ([whole]) => document(whole, context),
      empty: () => nothing(),
    });
  };
}

function callOf(id: string): string {
  return apiPath(`reports/${encodeURIComponent(id)}`);
}

function document(whole: WholeReport, { title }: ViewContext): Child {
  const { id, report, headline, severity, deliveries } = whole;
  const named = titleOf(report);
  title(named);
  // The title and the headline stand above.
  const blocks = buildWindowReport(report).slice(2);
  return [
    h(
      'div',
      { class: `hero hero-${severity ?? 'quiet'}` },
      h('p', { class: 'kicker' }, severity === null ? null : severityBadge(severity), madeWords(whole)),
      h('h1', {}, named),
      h('p', { class: 'headline' }, headline),
      forms(id),
    ),
    reportSections(blocks, incidentLinks(report)),
    h(
      'section',
      { class: 'panel', 'aria-label': 'Deliveries' },
      h('div', { class: 'panel-head' }, h('h2', {}, 'Deliveries'), callsBehind([callOf(id)], 'Deliveries')),
      deliveryTable(deliveries),
    ),
  ];
}

function madeWords({ schedule, period, made_at, missed }: WholeReport): Child {
  const made = `made ${dateTime(made_at)} UTC · ${ago(made_at)}`;
  if (schedule === null) return h('span', { class: 'muted' }, `asked for · ${made}`);
  return [
    h('a', { class: 'badge', href: linkTo(['reports'], { schedule }) }, schedule),
    h('span', { class: 'muted' }, `due ${dateTime(period)} UTC · ${made}`),
    missed === 0 ? null : h('span', { class: 'muted' }, `makes up for ${count(missed, 'earlier time')}, too`),
  ];
}

/** To send on, to print, to read by a program. */
function forms(id: string): Child {
  return h(
    'p',
    { class: 'more' },
    FORMS.map(([format, label, ending]) =>
      apiLink(
        {
          path: apiPath(`reports/${encodeURIComponent(id)}`, { format }),
          class: 'button',
          saveAs: `meshwake-report-${id.replaceAll(/[^A-Za-z0-9._-]/g, '-')}.${ending}`,
        },
        `Save as ${label}`,
      ),
    ),
  );
}

/** The incidents that it tells of have views of their own. */
function incidentLinks({ incidents, anomalies }: Report): LinkOf {
  const known = new Set([...incidents.opened, ...incidents.ongoing, ...incidents.closed].map(({ id }) => id));
  for (const { incident_id } of anomalies.items) if (incident_id !== null) known.add(incident_id);
  return (name) => (known.has(name) ? linkTo(['incidents', name]) : null);
}
