/** Lines as they come in, by the events of the server. */
import type { Connection } from '../../../domain/resources.ts';
import { apiPath, type Parameters } from '../../api/client.ts';
import { followEvents } from '../../api/events.ts';

/** Ms in which lines are gathered before they are shown: many may come at once. */
const GATHER_MS = 250;

export interface LinesSeen {
  /** Newest first. */
  onLines(lines: readonly Connection[]): void;
  /** Lines that the server left out, because there were too many at once. */
  onDropped(count: number): void;
  /** Whether the stream is there. */
  onState(isThere: boolean): void;
}

export function tailPath(filters: Parameters): string {
  return apiPath('events', { ...filters, types: 'connection' });
}

export function followLines(filters: Parameters, signal: AbortSignal, seen: LinesSeen): void {
  let gathered: Connection[] = [];
  const hand = (): void => {
    if (!signal.aborted && gathered.length > 0) seen.onLines(gathered.reverse());
    gathered = [];
  };
  void followEvents(tailPath(filters), signal, {
    onEvent({ type, data }) {
      seen.onState(true);
      if (type === 'dropped') seen.onDropped((JSON.parse(data) as { count: number }).count);
      if (type !== 'connection') return;
      if (gathered.length === 0) setTimeout(hand, GATHER_MS);
      gathered.push(JSON.parse(data) as Connection);
    },
    onBreak: () => seen.onState(false),
  });
}
