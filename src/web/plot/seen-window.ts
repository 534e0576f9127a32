/** A panel over the time that the lines span. */
import type { Coverage } from '../../domain/coverage.ts';
import { apiPath } from '../api/client.ts';
import type { Child } from '../dom/element.ts';
import { panel } from '../dom/panel.ts';

/** Start of the first and of the last line, ms since the epoch. */
export interface Seen {
  readonly from: number;
  readonly to: number;
}

/** Shows what is drawn of that time; nothing as long as there is no line. */
export function overSeenTime(show: (seen: Seen) => Child, signal: AbortSignal): HTMLElement {
  return panel<[Coverage]>({
    title: 'Over time',
    calls: [apiPath('coverage', { limit: 1 })],
    signal,
    bare: true,
    isOuter: true,
    show: ([{ first_seen, last_seen }]) =>
      first_seen === null || last_seen === null
        ? null
        : show({ from: Date.parse(first_seen), to: Date.parse(last_seen) }),
    empty: () => null,
  });
}
