/** Says when the server has found something new, so that what is shown can be asked for again at once. */
import { apiPath } from './client.ts';
import { followEvents } from './events.ts';

/** Ms in which events are gathered: one look of the server may find many. */
const GATHER_MS = 250;

/** Calls `onNews` after incidents opened, changed or closed, and when a stream that broke off is there again. */
export function followIncidents(signal: AbortSignal, onNews: () => void): void {
  let isBroken = false;
  let isPlanned = false;
  const plan = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    setTimeout(() => {
      isPlanned = false;
      if (!signal.aborted) onNews();
    }, GATHER_MS);
  };
  void followEvents(apiPath('events', { types: 'incident' }), signal, {
    onEvent({ type }) {
      if (type !== 'ready' || isBroken) plan();
      isBroken = false;
    },
    onBreak() {
      isBroken = true;
    },
  });
}
