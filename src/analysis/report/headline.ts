/** The sentence that a report begins with: what a reader takes away who reads nothing else. */
import type { Report } from '../../domain/report.ts';
import type { Incident } from '../../domain/resources.ts';
import { count, listWords } from '../diagnoses/diagnosis.ts';

export type Told = Omit<Report, 'headline'>;

/** The worst first, then how much of everything; of a window without anything to tell, what that rests on. */
export function writeHeadline(report: Told): string {
  const { counts, window } = report;
  if (counts.lines === 0) return nothingRead(window);
  const parts = [...incidentParts(counts), ...anomalyParts(counts), ...routeParts(counts)];
  if (parts.length === 0) return nothingUnusual(report);
  const worst = worstOf(report);
  return `${worst === null ? '' : `${worst.title}. `}${capital(listWords(parts, parts.length))}.`;
}

/** The worst of what is new, else of what goes on, else of what ended. */
function worstOf({ incidents: { opened, ongoing, closed } }: Told): Incident | null {
  return opened[0] ?? ongoing[0] ?? closed[0] ?? null;
}

function incidentParts({ incidents_opened, incidents_ongoing, incidents_closed }: Told['counts']): string[] {
  const parts: string[] = [];
  if (incidents_opened > 0) parts.push(`${number(incidents_opened, 'incident')} opened`);
  if (incidents_ongoing > 0)
    parts.push(`${number(incidents_ongoing, 'incident')} ${incidents_ongoing === 1 ? 'goes' : 'go'} on`);
  if (incidents_closed > 0) parts.push(`${number(incidents_closed, 'incident')} ended`);
  return parts;
}

function anomalyParts({ anomalies }: Told['counts']): string[] {
  return anomalies === 0 ? [] : [`${number(anomalies, 'anomaly', 'anomalies')}`];
}

function routeParts({ routes_added, routes_moved, routes_removed }: Told['counts']): string[] {
  return [
    ...(routes_moved === 0
      ? []
      : [`${number(routes_moved, 'call takes another way', 'calls take another way')}`]),
    ...(routes_added === 0 ? [] : [number(routes_added, 'new call')]),
    ...(routes_removed === 0 ? [] : [number(routes_removed, 'call is gone', 'calls are gone')]),
  ];
}

function nothingRead({ since, until, newest_line }: Told['window']): string {
  const rest =
    newest_line === null
      ? 'nothing is stored at all'
      : `the newest line that is stored is of ${human(newest_line)}`;
  return `No access-log line from ${human(since)} to ${human(until)}, so nothing can be said of that time; ${rest}.`;
}

function nothingUnusual({ counts, window, anomalies, routing }: Told): string {
  const { judged } = anomalies;
  const compared =
    judged.basis === null
      ? 'rates could not be compared for want of history'
      : `no anomaly in ${judged.trials.toLocaleString('en-US')} comparisons of ${judged.series.toLocaleString('en-US')} series`;
  const routes =
    routing.compared_with === null
      ? 'no earlier routing to compare with'
      : 'no call by another way than before';
  return (
    `Nothing to tell: no incident, ${compared}, ${routes}, in ${number(counts.connections, 'connection')} ` +
    `(${counts.failures.toLocaleString('en-US')} failed) of ${number(counts.pods, 'pod')} from ${human(window.since)} to ${human(window.until)}.`
  );
}

function number(amount: number, one: string, many = `${one}s`): string {
  return amount === 1 ? count(1, one) : `${amount.toLocaleString('en-US')} ${many}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function human(time: string): string {
  return time.replace('T', ' ').replace(/(?::00)?\.000Z|Z/, ' UTC');
}
