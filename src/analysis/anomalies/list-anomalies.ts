/** The list of anomalies that a filter asks for, judged once for each state of the model and window. */
import { type Filter, matchesAddress, matchesName, matchesValue, NO_FILTER } from '../../domain/filter.ts';
import type { Judged } from '../../domain/judged.ts';
import type { LineReader } from '../../domain/ports.ts';
import type { AnomalyPage, PageRequest } from '../../domain/queries.ts';
import type { Anomaly } from '../../domain/resources.ts';
import { formatTime, HOUR_MS } from '../../domain/time.ts';
import { listPage } from '../lists.ts';
import type { Model } from '../model.ts';
import { type AnomalyReport, findAnomalies } from './find-anomalies.ts';
import { tellAnomaly } from './tell.ts';

const REPORTS = new WeakMap<object, Map<string, Promise<AnomalyReport>>>();

export async function listAnomalies(
  { filter, now, page }: { readonly filter: Filter; readonly now: number; readonly page: PageRequest },
  model: Model,
  reader: Pick<LineReader, 'measures'>,
): Promise<AnomalyPage> {
  const report = await reportOf(filter, now, model, reader);
  const { items, next_cursor } = listPage({
    question: { list: 'anomalies', filter, now },
    page,
    all: report.anomalies,
    matches: (one, narrowed) => matches(narrowed, one),
    positionOf: (one) => ({ start_time: one.since, id: one.id }),
  });
  return { items: items.map((one) => tellAnomaly(one, report)), next_cursor, judged: judgedBy(report) };
}

/** One of the last day. */
export async function findAnomaly(
  id: string,
  now: number,
  model: Model,
  reader: Pick<LineReader, 'measures'>,
): Promise<Anomaly | null> {
  const report = await reportOf(NO_FILTER, now, model, reader);
  const found = report.anomalies.find((one) => one.id === id);
  return found === undefined ? null : tellAnomaly(found, report);
}

function judgedBy({ window, basis, days, series, trials, holes }: AnomalyReport): Judged {
  return {
    since: formatTime(window.from * HOUR_MS),
    until: formatTime(window.to * HOUR_MS),
    basis,
    days: Math.floor(days * 10) / 10,
    series,
    trials,
    holes,
  };
}

function reportOf(
  { since, until }: Filter,
  now: number,
  model: Model,
  reader: Pick<LineReader, 'measures'>,
): Promise<AnomalyReport> {
  const hour = (time: number | null): number | null => (time === null ? null : Math.floor(time / HOUR_MS));
  const key = `${hour(since)} ${hour(until)} ${hour(now)}`;
  const known = REPORTS.get(model.state) ?? new Map<string, Promise<AnomalyReport>>();
  REPORTS.set(model.state, known);
  const found = known.get(key);
  if (found !== undefined) return found;
  const report = findAnomalies({ since, until, now }, model, reader);
  known.set(key, report);
  // A failure is not kept: the next question tries again.
  report.catch(() => known.delete(key));
  return report;
}

function matches(
  filter: Filter,
  { labels, flag, series, finding }: AnomalyReport['anomalies'][number],
): boolean {
  return (
    matchesName(filter.namespace, labels.namespace) &&
    [labels.workload, labels.destination].some((name) => matchesName(filter.workload, name)) &&
    [...series.addresses].some(({ ip, port }) => matchesAddress(filter.destination, ip, port)) &&
    matchesValue(filter.port, labels.port) &&
    matchesValue(filter.state, labels.state) &&
    matchesName(filter.response_flag, flag) &&
    matchesName(filter.diagnosis, finding?.diagnosis.id ?? null)
  );
}
