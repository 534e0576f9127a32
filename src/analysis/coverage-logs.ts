/** Puts together, for each log, what the lines of its pod and those of others say of it. */
import { type Filter, matchesName } from '../domain/filter.ts';
import { HOUR_MS } from '../domain/time.ts';
import type { Log } from './coverage-pods.ts';
import { CallSums, OwnSums, type Span } from './coverage-sums.ts';
import { getOrMake } from './get-or-make.ts';
import type { Hours } from './hours.ts';
import { compareLegs, type Leg } from './legs.ts';
import type { LineModel } from './model.ts';
import { shapeIndexOf } from './shape-index.ts';
import type { ShapeModel } from './shape-model.ts';

/** The logs of the pods that a filter asks for. */
export interface AskedLogs {
  readonly logs: readonly Log[];
  /** Tells the legs of their own lines that are asked for, shape by shape; each holds until the next. */
  eachOwn(tell: (leg: Leg, shape: ShapeModel, log: Log) => void): void;
}

/** Each with the lines of others that call for it, of those asked for; its own are still to be added up. */
export function collectLogs(filter: Filter, model: LineModel): AskedLogs {
  const { pod, namespace, workload, node, ...ofLines } = filter;
  const rest: Filter = { ...ofLines, pod: [], namespace: [], workload: [], node: [] };
  const asked = shapeIndexOf(model).matching(rest, model);
  const hours = hoursOf(filter, model);
  const streams = [...model.streams.all()].filter(
    ([
      ,
      {
        writer: { source },
      },
    ]) => {
      const isOf = matchesName(pod, source.pod) && matchesName(namespace, source.namespace);
      return isOf && matchesName(workload, source.workload);
    },
  );
  const writers = new Set(streams.map(([key]) => key));
  const books = readBooks(writers, model);
  const isOwn = (id: number, { facts }: ShapeModel): boolean =>
    asked[id] === 1 && writers.has(facts.writer) && matchesName(node, facts.shape.identity.node);
  const own = [...model.shapes].flatMap(([id, shape]) => (isOwn(id, shape) ? [shape] : []));
  // A pod may have moved from there: then it is not there that the lines of others call for it.
  const isThere = (key: string): boolean => matchesName(node, books.get(key)?.node ?? null);
  const moved = firstNodes(own, hours, (key) => !isThere(key));
  const logs = new Map<string, Log>();
  for (const [key, stream] of streams) {
    const book = books.get(key) ?? emptyBook();
    const calls = new CallSums(stream, book.hours);
    if (isThere(key)) {
      stream.eachCall(hours, (flow, missing, steady) => {
        if (asked[flow.shape.id] === 1) calls.add(flow, missing, steady);
      });
    }
    const place = isThere(key) ? book.node : (moved.get(key)?.node ?? null);
    logs.set(key, { stream, node: place, hours: book.hours, own: new OwnSums(), calls });
  }
  return {
    logs: [...logs.values()],
    eachOwn(tell) {
      for (const shape of own) {
        const log = logs.get(shape.facts.writer);
        if (log !== undefined) shape.eachIn(hours, (leg) => tell(leg, shape, log));
      }
    },
  };
}

/** Those that the window of a filter touches, as far as there are lines. */
function hoursOf({ since, until }: Filter, { first, lastStart }: LineModel): Hours {
  if (first === null || lastStart === null) return { from: 0, to: 0 };
  return {
    from: Math.floor(Math.max(since ?? first, first) / HOUR_MS),
    to: Math.ceil(Math.min(until ?? Number.POSITIVE_INFINITY, lastStart + 1) / HOUR_MS),
  };
}

/** A node, and the line that names it. */
interface Place {
  readonly node: string | null;
  readonly leg: Leg;
}

/** Of some logs the node on the first of these lines. */
function firstNodes(
  shapes: readonly ShapeModel[],
  hours: Hours,
  isAsked: (writer: string) => boolean,
): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const shape of shapes) {
    const { writer } = shape.facts;
    if (!isAsked(writer)) continue;
    const leg = endOf(shape, hours, (a, b) => a < b);
    const known = places.get(writer);
    if (leg !== null && (known === undefined || compareLegs(leg, known.leg) < 0))
      places.set(writer, { node: shape.facts.shape.identity.node, leg });
  }
  return places;
}

/** Its leg that is first, or last, by the start of its first line; null: it has none in these hours. */
function endOf(shape: ShapeModel, hours: Hours, isBetter: (a: number, b: number) => boolean): Leg | null {
  let [hour, time] = [0, Number.NaN];
  shape.eachIn(hours, ({ flow }) => {
    if (Number.isNaN(time) || isBetter(flow.first, time)) [hour, time] = [flow.hour, flow.first];
  });
  return Number.isNaN(time) ? null : shape.legIn(hour);
}

/** When one pod wrote, and where. */
interface Book {
  readonly hours: Map<number, Span>;
  /** Node on the last of its lines that name one. */
  node: string | null;
  last: Leg | null;
}

function emptyBook(): Book {
  return { hours: new Map(), node: null, last: null };
}

const ALL_HOURS: Hours = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

function readBooks(writers: ReadonlySet<string>, { shapes }: LineModel): Map<string, Book> {
  const books = new Map<string, Book>();
  for (const shape of shapes.values()) {
    const { writer, shape: raw } = shape.facts;
    if (!writers.has(writer)) continue;
    const book = getOrMake(books, writer, emptyBook);
    const { node } = raw.identity;
    if (node !== null) {
      const leg = endOf(shape, ALL_HOURS, (a, b) => a > b);
      if (leg !== null && (book.last === null || compareLegs(leg, book.last) > 0))
        [book.node, book.last] = [node, leg];
    }
    shape.each(({ flow: { hour, first, last } }) => {
      const span = book.hours.get(hour);
      if (span === undefined) book.hours.set(hour, { first, last });
      else {
        if (first < span.first) span.first = first;
        if (last > span.last) span.last = last;
      }
    });
  }
  return books;
}
