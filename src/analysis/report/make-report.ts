/** Puts a report together, from the model as it stands: the same lines and the same request give the same report. */
import { cutCoverage } from '../../domain/coverage.ts';
import type { Filter } from '../../domain/filter.ts';
import { parseFilterOf } from '../../domain/filter-scope.ts';
import { PAGE_ITEMS_MAX, REPORT_ITEMS_MAX } from '../../domain/limits.ts';
import type { LineReader } from '../../domain/ports.ts';
import type { Report, ReportCounts, ReportRequest, ReportWindow } from '../../domain/report.ts';
import type { Incident } from '../../domain/resources.ts';
import { formatTime, HOUR_MS } from '../../domain/time.ts';
import { listAnomalies } from '../anomalies/list-anomalies.ts';
import { measureCoverage } from '../coverage.ts';
import type { Finding } from '../findings.ts';
import type { Hours } from '../hours.ts';
import type { LineModel, Model } from '../model.ts';
import { severityRank } from '../model.ts';
import { scanPorts } from './collision-radar.ts';
import { type Told, writeHeadline } from './headline.ts';
import { sortFindings } from './incidents-in-window.ts';
import { measureMtls } from './mtls-coverage.ts';
import { judgeRegistry } from './registry-readiness.ts';
import { compareRouting } from './routing-diff.ts';
import { AskedLegs, hoursOf } from './window.ts';

export interface ReportDeps {
  readonly reader: LineReader;
  tell(finding: Finding): Promise<Incident>;
}

/** Reads sums of flows; of lines only the few that incidents show, and those that coverage looks at. */
export async function makeReport(request: ReportRequest, model: Model, deps: ReportDeps): Promise<Report> {
  const { reader } = deps;
  const { since, until, compareSince } = request;
  const full = parseFilterOf('reports', request.filters, until);
  const filter = withoutFindings(full);
  const hours = hoursOf(request);
  const asked = new AskedLegs(filter, model);
  const findings = sortFindings(request, full, model);
  const passed = findings.closed.filter(({ onset }) => onset.before >= since).length;
  const anomalies = await tellAnomalies(request, full, model, reader);
  const compared = {
    from: compareSince === null ? hours.from : Math.floor(compareSince / HOUR_MS),
    to: hours.to,
  };
  const routing = compareRouting(asked, compared, model);
  const told: Told = {
    window: windowOf(request, hours, model),
    filters: request.filters,
    severity:
      [...findings.opened, ...findings.ongoing, ...findings.closed]
        .map(({ severity }) => severity)
        .sort((a, b) => severityRank(a) - severityRank(b))[0] ?? null,
    counts: {
      ...countLegs(asked, hours),
      incidents_opened: findings.opened.length + passed,
      incidents_ongoing: findings.ongoing.length,
      incidents_closed: findings.closed.length,
      incidents_passed: passed,
      anomalies: anomalies.total,
      routes_added: routing.added_total,
      routes_removed: routing.removed_total,
      routes_moved: routing.moved_total,
    },
    incidents: {
      opened: (await tellAll(findings.opened, deps)).map(asOpen),
      ongoing: (await tellAll(findings.ongoing, deps)).map(asOpen),
      closed: await tellAll(findings.closed, deps),
    },
    anomalies,
    routing,
    collision_radar: scanPorts(asked.in(hours), model),
    mtls: measureMtls(asked.in(hours), model.known),
    registry_only: judgeRegistry(asked.in(hours), model),
    coverage: cutCoverage(
      await measureCoverage({ ...filter, since, until }, model, reader),
      REPORT_ITEMS_MAX,
    ),
  };
  const { window, filters, ...rest } = told;
  return { window, filters, headline: writeHeadline(told), ...rest };
}

/** Sums of lines are narrowed by neither. */
function withoutFindings(filter: Filter): Filter {
  return { ...filter, since: null, until: null, diagnosis: [], severity: [] };
}

async function tellAll(findings: readonly Finding[], { tell }: ReportDeps): Promise<Incident[]> {
  const told: Incident[] = [];
  for (const finding of findings.slice(0, REPORT_ITEMS_MAX)) told.push(await tell(finding));
  return told;
}

/** As of the end of the window: what ended later is not over. */
function asOpen(incident: Incident): Incident {
  return { ...incident, ended: null };
}

/** As of the end of the window, whenever the report is made. */
async function tellAnomalies(
  { since, until }: ReportRequest,
  filter: Filter,
  model: Model,
  reader: LineReader,
): Promise<Report['anomalies']> {
  const { items, judged } = await listAnomalies(
    {
      filter: { ...filter, severity: [], since, until },
      now: until,
      page: { limit: PAGE_ITEMS_MAX, cursor: null },
    },
    model,
    reader,
  );
  return { judged, total: items.length, items: items.slice(0, REPORT_ITEMS_MAX) };
}

function windowOf({ since, until }: ReportRequest, { from, to }: Hours, model: LineModel): ReportWindow {
  return {
    since: formatTime(since),
    until: formatTime(until),
    counted_since: formatTime(from * HOUR_MS),
    counted_until: formatTime(to * HOUR_MS),
    oldest_line: model.first === null ? null : formatTime(model.first),
    newest_line: model.lastStart === null ? null : formatTime(model.lastStart),
  };
}

function countLegs(
  asked: AskedLegs,
  hours: Hours,
): Pick<ReportCounts, 'connections' | 'failures' | 'pods' | 'lines'> {
  const pods = new Set<string>();
  let [connections, failures, lines] = [0, 0, 0];
  for (const { facts, flow } of asked.in(hours)) {
    pods.add(facts.writer);
    lines += flow.connections;
    if (!facts.client) continue;
    connections += flow.connections;
    if (facts.failed) failures += flow.connections;
  }
  return { connections, failures, pods: pods.size, lines };
}
