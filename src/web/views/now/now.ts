/** What is wrong now: open incidents first, then what could not be seen, and whether lines come in. */
import type { Coverage } from '../../../domain/coverage.ts';
import type { Incident, Page } from '../../../domain/resources.ts';
import { apiPath } from '../../api/client.ts';
import { followIncidents } from '../../api/incident-news.ts';
import { h } from '../../dom/element.ts';
import { panel } from '../../dom/panel.ts';
import type { View } from '../../shell/view.ts';
import { anomaliesPanel } from '../anomalies/anomalies.ts';
import { coverageSummary } from './coverage-summary.ts';
import { allQuiet, firstSteps } from './first-steps.ts';
import { incidentCards } from './incident-cards.ts';
import { ingestHealth } from './ingest-health.ts';

const INCIDENTS = apiPath('incidents', { limit: 200 });
const COVERAGE = apiPath('coverage', { limit: 20 });
const REFRESH_MS = 15_000;

export const nowView: View = ({ signal, title }) => {
  title('Now');
  return [
    panel<[Page<Incident>, Coverage]>({
      title: 'Incidents',
      calls: [INCIDENTS, COVERAGE],
      signal,
      bare: true,
      class: 'incidents',
      refreshMs: REFRESH_MS,
      onNews: (again) => followIncidents(signal, again),
      show: ([incidents, coverage]) => {
        if (coverage.lines.total === 0) return firstSteps();
        if (incidents.items.length === 0) return allQuiet(coverage);
        return incidentCards(incidents);
      },
      empty: () => null,
    }),
    anomaliesPanel(signal),
    h(
      'div',
      { class: 'columns' },
      panel<[Coverage]>({
        title: 'What was seen',
        calls: [COVERAGE],
        signal,
        refreshMs: REFRESH_MS,
        show: ([coverage]) => (coverage.lines.total === 0 ? null : coverageSummary(coverage)),
        empty: () => h('p', { class: 'muted' }, 'No lines yet.'),
      }),
      ingestHealth(signal, REFRESH_MS),
    ),
  ];
};
