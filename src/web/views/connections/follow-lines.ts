/** Lines as they come in: asked for again and again, for as long as the page can be seen. */
import type { Connection, Page } from '../../../domain/resources.ts';
import { apiPath, getJson, type Parameters } from '../../api/client.ts';

const PAUSE_MS = 2_000;
/** Lines of one answer; when more came in at once, the list itself has them. */
const LINES_MAX = 1_000;

/** Calls `onLines` with the newest lines that fit, newest first. They may have been told before. */
export function followLines(
  filters: Parameters,
  signal: AbortSignal,
  onLines: (lines: readonly Connection[]) => void,
): void {
  const path = apiPath('connections', { ...filters, limit: LINES_MAX });
  const timer = setInterval(() => {
    if (document.visibilityState !== 'visible') return;
    getJson<Page<Connection>>(path, signal).then(
      ({ items }) => onLines(items),
      () => {
        // The next answer has what this one would have had; the list tells of a server that cannot be reached.
      },
    );
  }, PAUSE_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
