/** The sentence that a report begins with: what a reader takes away who reads nothing else. */
import { isHardlySeen, type Report } from '../../domain/report.ts';
import type { Incident } from '../../domain/resources.ts';
import { count, listWords } from '../diagnoses/diagnosis.ts';
import { severityRank } from '../model.ts';

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

/** Of those that are equally bad what is new goes before what goes on, and that before what ended. */
function worstOf({ incidents: { opened, ongoing, closed } }: Told): Incident | null {
  const [worst = null] = [...opened, ...ongoing, ...closed].sort(
    (a, b) => severityRank(a.severity) - severityRank(b.severity),
  );
  return worst;
}

/** `2 incidents opened`, `1 goes on`, `3 ended`: the noun stands once. */
function incidentParts(counts: Told['counts']): string[] {
  const { incidents_opened, incidents_ongoing, incidents_closed, incidents_passed } = counts;
  const isOver = incidents_opened === incidents_passed && incidents_closed === incidents_passed;
  const parts = [
    { amount: incidents_opened, did: isOver ? 'opened and ended' : 'opened' },
    { amount: incidents_ongoing, did: incidents_ongoing === 1 ? 'goes on' : 'go on' },
    { amount: isOver ? 0 : incidents_closed, did: 'ended' },
  ].filter(({ amount }) => amount > 0);
  return parts.map(({ amount, did }, i) =>
    i === 0 ? `${number(amount, 'incident')} ${did}` : `${amount.toLocaleString('en-US')} ${did}`,
  );
}

function anomalyParts({ anomalies }: Told['counts']): string[] {
  return anomalies === 0 ? [] : [`${number(anomalies, 'anomaly', 'anomalies')}`];
}

function routeParts({ routes_added, routes_moved, routes_removed }: Told['counts']): string[] {
  const changes = [
    ...(routes_moved === 0 ? [] : [`${routes_moved.toLocaleString('en-US')} by another way`]),
    ...(routes_added === 0 ? [] : [`${routes_added.toLocaleString('en-US')} for the first time`]),
    ...(routes_removed === 0 ? [] : [`${routes_removed.toLocaleString('en-US')} no more`]),
  ];
  const all = routes_added + routes_removed + routes_moved;
  return all === 0
    ? []
    : [`${number(all, 'destination')} called otherwise than before (${changes.join(', ')})`];
}

function nothingRead({ since, until, newest_line }: Told['window']): string {
  const rest =
    newest_line === null
      ? 'nothing is stored at all'
      : `the newest line that is stored is of ${human(newest_line)}`;
  return `No access-log line from ${human(since)} to ${human(until)}, so nothing can be said of that time; ${rest}.`;
}

function nothingUnusual(report: Told): string {
  const { counts, window, anomalies, routing, coverage } = report;
  const { judged } = anomalies;
  const compared =
    judged.basis === null
      ? 'rates could not be compared for want of history'
      : `no anomaly in ${judged.trials.toLocaleString('en-US')} comparisons of ${judged.series.toLocaleString('en-US')} series`;
  const routes =
    routing.compared_with === null
      ? 'no earlier routing to compare with'
      : 'no call by another way than before';
  const [found, unseen] = isHardlySeen(report)
    ? ['Nothing found', `; ${unpairedWords(coverage.pairing)}`]
    : ['Nothing to tell', ''];
  return (
    `${found}: no incident, ${compared}, ${routes}, in ${number(counts.connections, 'connection')} ` +
    `(${counts.failures.toLocaleString('en-US')} failed) of ${number(counts.pods, 'pod')} ` +
    `from ${human(window.since)} to ${human(window.until)}${unseen}.`
  );
}

function unpairedWords({ joinable, unexplained }: Told['coverage']['pairing']): string {
  return `${unexplained.toLocaleString('en-US')} of ${number(joinable, 'line')} lack their other end for no known reason`;
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
