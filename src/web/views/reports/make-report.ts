/** Makes a report now, and goes to it. */

import type { WholeReport } from '../../../domain/report-items.ts';
import { apiPath, sendJson } from '../../api/client.ts';
import { callsBehind } from '../../dom/calls.ts';
import { h, on, replace } from '../../dom/element.ts';
import { failure } from '../../dom/panel.ts';
import { linkTo } from '../../shell/location.ts';

const WINDOWS = [
  ['1h', 'the last hour'],
  ['24h', 'the last day'],
  ['7d', 'the last week'],
] as const;
const DEFAULT = '24h';

export function makeReportForm(signal: AbortSignal): HTMLElement {
  const select = h(
    'select',
    { id: 'report-window', name: 'since' },
    WINDOWS.map(([value, label]) => h('option', { value, selected: value === DEFAULT }, label)),
  );
  const button = h('button', { type: 'submit', class: 'button primary' }, 'Make a report');
  const said = h('div', { class: 'said', 'aria-live': 'polite' });
  const behind = h('span', {});
  const pathOf = (): string => apiPath('reports', { since: select.value });
  const tellCall = (): void => replace(behind, callsBehind([`POST ${pathOf()}`], 'Make a report'));
  const make = async (): Promise<void> => {
    button.disabled = true;
    replace(said, h('p', { class: 'muted' }, 'It is being made …'));
    try {
      const { id } = await sendJson<WholeReport>(pathOf(), signal);
      location.hash = linkTo(['reports', id]);
    } catch (error) {
      if (signal.aborted) return;
      replace(
        said,
        failure(error, () => void make()),
      );
    } finally {
      button.disabled = false;
    }
  };
  const form = h(
    'form',
    { class: 'make-report', 'aria-label': 'Make a report now' },
    h('label', { for: 'report-window' }, 'Of'),
    select,
    button,
    behind,
    said,
  );
  tellCall();
  on(select, 'change', tellCall);
  return on(form, 'submit', (event) => {
    event.preventDefault();
    void make();
  });
}
