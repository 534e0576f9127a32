/** The questions that the service answers, from what a store holds. */
import { type Filter, NO_FILTER } from '../domain/filter.ts';
import type { LineReader, RenderLine } from '../domain/ports.ts';
import type { Analysis, PageRequest } from '../domain/queries.ts';
import type { Incident } from '../domain/resources.ts';
import { toConnection } from './connections.ts';
import { measureCoverage, wholeCoverage } from './coverage.ts';
import { explainAddress } from './explain.ts';
import type { Finding } from './findings.ts';
import { tellIncident } from './incidents.ts';
import { compareText } from './legs.ts';
import { listPage, readPage } from './lists.ts';
import { matchesFinding, matchesLine, matchesRun, matchesShift, selectShapes } from './matching.ts';
import { buildModel, type Model } from './model.ts';
import { toPair } from './pairs.ts';
import { toRoute, toShift } from './present.ts';
import { summarize } from './summary.ts';

export interface AnalysisDeps {
  readonly reader: LineReader;
  /** Renders lines whose text is not stored. */
  readonly render: RenderLine;
  /** Ms since the epoch. */
  readonly now: () => number;
}

/** Builds the analysis. Everything about routing is derived once for each version of the store's content. */
export function createAnalysis(deps: AnalysisDeps): Analysis {
  const { reader } = deps;
  const getModel = cacheModel(reader);
  const tell = async (finding: Finding, model: Model): Promise<Incident> =>
    tellIncident(finding, model.known, { ...deps, end: model.end });
  return {
    connections: (filter, page) => listConnections(deps, filter, page, getModel),
    connection: async (id) => {
      const [model, line] = [await getModel(), await reader.line(id)];
      return line === null ? null : toConnection(line, model);
    },
    pairs: (filter, page) => listPairs(deps, filter, page, getModel),
    pair: async (id) => {
      const [model, pair] = [await getModel(), await reader.pair(id)];
      return pair === null ? null : toPair(pair, model);
    },
    routes: async (filter, page) => {
      const model = await getModel();
      const { items, next_cursor } = listPage({
        question: { list: 'routes', filter, now: deps.now() },
        page,
        all: [...model.runs].sort((a, b) => b.first - a.first || compareText(a.id, b.id)),
        matches: (run, narrowed) => matchesRun(narrowed, run, model),
        positionOf: (run) => ({ start_time: run.first, id: run.id }),
      });
      return { items: items.map((run) => toRoute(run, model.known)), next_cursor };
    },
    shifts: async (filter, page) => {
      const model = await getModel();
      const { items, next_cursor } = listPage({
        question: { list: 'shifts', filter, now: deps.now() },
        page,
        all: [...model.shifts].sort((a, b) => b.firstAfter - a.firstAfter || compareText(a.id, b.id)),
        matches: (shift, narrowed) => matchesShift(narrowed, shift, model),
        positionOf: (shift) => ({ start_time: shift.firstAfter, id: shift.id }),
      });
      return { items: items.map((shift) => toShift(shift, model)), next_cursor };
    },
    shift: async (id) => {
      const model = await getModel();
      const shift = model.shifts.find((one) => one.id === id);
      return shift === undefined ? null : toShift(shift, model);
    },
    incidents: async (filter, page) => {
      const model = await getModel();
      const { items, next_cursor } = listPage({
        question: { list: 'incidents', filter, now: deps.now() },
        page,
        all: model.findings,
        matches: (finding, narrowed) => matchesFinding(narrowed, finding, model),
        positionOf: (finding) => ({ start_time: finding.onset.before, id: finding.id }),
      });
      return { items: await Promise.all(items.map((finding) => tell(finding, model))), next_cursor };
    },
    incident: async (id) => {
      const model = await getModel();
      const finding = model.findings.find((one) => one.id === id);
      return finding === undefined ? null : tell(finding, model);
    },
    explain: async (address, filter) => {
      const model = await getModel();
      return explainAddress(address, filter, model, (finding) => tell(finding, model));
    },
    coverage: async (filter) => {
      const model = await getModel();
      return filter === NO_FILTER ? wholeCoverage(model, reader) : measureCoverage(filter, model, reader);
    },
    summary: async () => summarize(await getModel(), reader),
  };
}

async function listConnections(
  { reader, now }: AnalysisDeps,
  filter: Filter,
  page: PageRequest,
  getModel: () => Promise<Model>,
): ReturnType<Analysis['connections']> {
  const model = await getModel();
  const { shapes, isExact } = selectShapes(filter, model);
  return readPage({
    question: { list: 'connections', filter, now: now() },
    page,
    shapes,
    read: (query) => reader.lines(query),
    positionOf: (line) => ({ start_time: line.entry.start_time, id: line.id }),
    convert: (line) => {
      const connection = toConnection(line, model);
      return isExact || matchesLine(filter, line, connection, model) ? connection : null;
    },
  });
}

async function listPairs(
  { reader, now }: AnalysisDeps,
  filter: Filter,
  page: PageRequest,
  getModel: () => Promise<Model>,
): ReturnType<Analysis['pairs']> {
  const model = await getModel();
  // The kind of a pair is not the kind of its lines.
  const { kind, ...others } = filter;
  const ends = { ...others, kind: [] };
  const { shapes, isExact } = selectShapes(ends, model);
  return readPage({
    question: { list: 'pairs', filter, now: now() },
    page,
    shapes,
    read: (query) => reader.pairs(query),
    positionOf: ({ outbound }) => ({ start_time: outbound.entry.start_time, id: outbound.id }),
    convert: (stored) => {
      if (kind.length > 0 && !kind.some((matches) => matches(stored.kind))) return null;
      const pair = toPair(stored, model);
      if (isExact) return pair;
      const isWanted =
        (shapes?.has(stored.outbound.shapeId) !== false &&
          matchesLine(ends, stored.outbound, pair.outbound, model)) ||
        (shapes?.has(stored.inbound.shapeId) !== false &&
          matchesLine(ends, stored.inbound, pair.inbound, model));
      return isWanted ? pair : null;
    },
  });
}

function cacheModel(reader: LineReader): () => Promise<Model> {
  let version: number | null = null;
  let model: Promise<Model> | null = null;
  return () => {
    const current = reader.version();
    if (model === null || version !== current) {
      version = current;
      const building = buildModel(reader);
      model = building;
      // A failed build is not kept: the next question tries again.
      building.catch(() => {
        if (model === building) model = null;
      });
    }
    return model;
  };
}
