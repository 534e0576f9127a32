/** The questions that the service answers, from what a store holds. */
import { type Filter, isNoFilter } from '../domain/filter.ts';
import type { LineReader, RenderLine } from '../domain/ports.ts';
import type { Analysis, PageRequest } from '../domain/queries.ts';
import type { Incident } from '../domain/resources.ts';
import { formatTime } from '../domain/time.ts';
import { findAnomaly, listAnomalies } from './anomalies/list-anomalies.ts';
import { toConnection } from './connections.ts';
import { measureCoverage, wholeCoverage } from './coverage.ts';
import { gatherEvidence } from './evidence/evidence.ts';
import { explainAddress } from './explain.ts';
import type { Finding } from './findings.ts';
import { createGate } from './gate.ts';
import { followHops } from './hops.ts';
import { tellIncident } from './incidents.ts';
import { compareText } from './legs.ts';
import { selectLines } from './line-selection.ts';
import { listPage, readPage } from './lists.ts';
import { LivingModel } from './living-model.ts';
import { asksForFindings, matchesFinding, matchesRun, matchesShift } from './matching.ts';
import type { Model } from './model.ts';
import { selectPairs } from './pair-selection.ts';
import { toPair } from './pairs.ts';
import { toRoute, toShift } from './present.ts';
import { makeReport } from './report/make-report.ts';
import { tellTimeseries } from './series/timeseries.ts';
import { summarize } from './summary.ts';
import { tellTopology } from './topology.ts';

export interface AnalysisDeps {
  readonly reader: LineReader;
  /** Renders lines whose text is not stored. */
  readonly render: RenderLine;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Does what all answers rest on, to its end: also when whoever asked first does not wait any more. */
  readonly finish?: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface LivingAnalysis extends Analysis {
  /** Derives everything that can be asked from what is stored now. */
  follow(): Promise<void>;
}

/** Builds the analysis. What is derived lives on from question to question: each pays for what changed since the last. */
export function createAnalysis(deps: AnalysisDeps): LivingAnalysis {
  const { reader } = deps;
  const ask = createGate(new LivingModel(reader), deps.finish);
  const tell = createTeller(deps);
  return {
    follow: () => ask(true, async () => {}),
    version: () => reader.version(),
    connections: (filter, page) =>
      ask(asksForFindings(filter), (model) => listConnections(deps, filter, page, model)),
    connection: (id) =>
      ask(false, async (model) => {
        const line = await reader.line(id);
        if (line === null) return null;
        return { ...toConnection(line, model), hops: await followHops(line, model, reader) };
      }),
    pairs: (filter, page) => ask(asksForFindings(filter), (model) => listPairs(deps, filter, page, model)),
    pair: (id) =>
      ask(false, async (model) => {
        const pair = await reader.pair(id);
        return pair === null ? null : toPair(pair, model);
      }),
    routes: (filter, page) =>
      ask(true, async (model) => {
        const { items, next_cursor } = listPage({
          question: { list: 'routes', filter, now: deps.now() },
          page,
          all: [...model.runs].sort((a, b) => b.first - a.first || compareText(a.id, b.id)),
          matches: (run, narrowed) => matchesRun(narrowed, run, model),
          positionOf: (run) => ({ start_time: run.first, id: run.id }),
        });
        return { items: items.map((run) => toRoute(run, model.known)), next_cursor };
      }),
    shifts: (filter, page) =>
      ask(true, async (model) => {
        const { items, next_cursor } = listPage({
          question: { list: 'shifts', filter, now: deps.now() },
          page,
          all: [...model.shifts].sort((a, b) => b.firstAfter - a.firstAfter || compareText(a.id, b.id)),
          matches: (shift, narrowed) => matchesShift(narrowed, shift, model),
          positionOf: (shift) => ({ start_time: shift.firstAfter, id: shift.id }),
        });
        return { items: items.map((shift) => toShift(shift, model)), next_cursor };
      }),
    shift: (id) =>
      ask(true, async (model) => {
        const shift = model.shifts.find((one) => one.id === id);
        return shift === undefined ? null : toShift(shift, model);
      }),
    incidents: (filter, page) =>
      ask(true, async (model) => {
        const { items, next_cursor } = listPage({
          question: { list: 'incidents', filter, now: deps.now() },
          page,
          all: model.findings,
          matches: (finding, narrowed) => isNoFilter(narrowed) || matchesFinding(narrowed, finding, model),
          positionOf: (finding) => ({ start_time: finding.onset.before, id: finding.id }),
        });
        return { items: await Promise.all(items.map((finding) => tell(finding, model))), next_cursor };
      }),
    incident: (id) =>
      ask(true, async (model) => {
        const finding = model.findings.find((one) => one.id === id);
        return finding === undefined ? null : tell(finding, model);
      }),
    evidence: (id) =>
      ask(true, async (model) => {
        const finding = model.findings.find((one) => one.id === id);
        if (finding === undefined) return null;
        return gatherEvidence(finding, await tell(finding, model), model, deps);
      }),
    anomalies: (filter, page) =>
      ask(true, (model) => listAnomalies({ filter, now: deps.now(), page }, model, reader)),
    anomaly: (id) => ask(true, (model) => findAnomaly(id, deps.now(), model, reader)),
    shiftIds: (filter) =>
      ask(true, async (model) =>
        model.shifts.filter((shift) => matchesShift(filter, shift, model)).map(({ id }) => id),
      ),
    incidentHeads: (filter) =>
      ask(true, async (model) =>
        findingsThatMatch(filter, model).map(({ id, severity, connections, ended }) => {
          return { id, severity, connections, ended: ended === null ? null : formatTime(ended.before) };
        }),
      ),
    explain: (address, filter) =>
      ask(true, (model) => explainAddress(address, filter, model, (finding) => tell(finding, model))),
    coverage: (filter) =>
      ask(false, (model) =>
        isNoFilter(filter) ? wholeCoverage(model, reader) : measureCoverage(filter, model, reader),
      ),
    timeseries: (question, filter) => ask(false, (model) => tellTimeseries(question, filter, model, reader)),
    topology: (filter, edges) => ask(false, async (model) => tellTopology(filter, edges, model)),
    report: (request) =>
      ask(true, (model) => makeReport(request, model, { reader, tell: (finding) => tell(finding, model) })),
    summary: () => ask(true, (model) => summarize(model, reader)),
  };
}

/** Tells incidents, each once for a state of the model: the lines that prove it are read for that. */
function createTeller(deps: AnalysisDeps): (finding: Finding, model: Model) => Promise<Incident> {
  const byState = new WeakMap<object, Map<Finding, Incident>>();
  return async (finding, model) => {
    const told = byState.get(model.state) ?? new Map<Finding, Incident>();
    byState.set(model.state, told);
    // Two that ask at once each read for themselves: one of them may not wait until the end.
    const incident =
      told.get(finding) ??
      (await tellIncident(finding, model.known, { ...deps, reader: model.reader, end: model.end }));
    told.set(finding, incident);
    return incident;
  };
}

function findingsThatMatch(filter: Filter, model: Model): readonly Finding[] {
  if (isNoFilter(filter)) return model.findings;
  return model.findings.filter((finding) => matchesFinding(filter, finding, model));
}

async function listConnections(
  { reader, now }: AnalysisDeps,
  filter: Filter,
  page: PageRequest,
  model: Model,
): ReturnType<Analysis['connections']> {
  const selection = selectLines(filter, model);
  const { isWanted } = selection;
  return readPage({
    question: { list: 'connections', filter, now: now() },
    page,
    selection,
    read: (query) => reader.lines(query),
    positionOf: (line) => ({ start_time: line.entry.start_time, id: line.id }),
    convert: (line) => (isWanted === null || isWanted(line) ? toConnection(line, model) : null),
  });
}

async function listPairs(
  { reader, now }: AnalysisDeps,
  filter: Filter,
  page: PageRequest,
  model: Model,
): ReturnType<Analysis['pairs']> {
  const selection = selectPairs(filter, model);
  return readPage({
    question: { list: 'pairs', filter, now: now() },
    page,
    selection,
    read: (query) => reader.pairs(query),
    positionOf: ({ outbound }) => ({ start_time: outbound.entry.start_time, id: outbound.id }),
    convert: (pair) => (selection.isWanted(pair) ? toPair(pair, model) : null),
  });
}
