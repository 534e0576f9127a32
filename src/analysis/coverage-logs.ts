/** Puts together, for each log, what the lines of its pod and those of others say of it. */

import { type Filter, matchesName } from '../domain/filter.ts';
import { HOUR_MS } from '../domain/time.ts';
import type { PodLines, Span } from './coverage-pods.ts';
import { compareLegs, type Leg } from './legs.ts';
import { isOpen, matchesShape } from './matching.ts';
import type { LineModel } from './model.ts';

/** A log with the lines asked for: its own, and those of others that call for it. */
export interface Log extends Omit<PodLines, 'own'> {
  readonly legs: readonly Leg[];
}

/** The logs of the pods that a filter asks for, each with the lines asked for, its own and those that call for it. */
export function collectLogs(filter: Filter, model: LineModel): Log[] {
  const { pod, namespace, workload, node, ...ofLines } = filter;
  const asked = createLineMatcher({ ...ofLines, pod: [], namespace: [], workload: [], node: [] }, model);
  const books = readBooks(model);
  const logs: Log[] = [];
  for (const [key, stream] of model.streams.all()) {
    const book = books.get(key) ?? emptyBook();
    const { source } = stream.writer;
    if (!matchesName(pod, source.pod) || !matchesName(namespace, source.namespace)) continue;
    if (!matchesName(workload, source.workload) || !matchesName(node, book.node)) continue;
    logs.push({
      stream,
      node: book.node,
      hours: book.hours,
      legs: book.legs.filter(asked),
      calls: stream.calls().filter((call) => asked(call.leg)),
    });
  }
  return logs;
}

/** True for legs with lines in the window, widened to whole hours, of shapes that the filter asks for. */
function createLineMatcher(filter: Filter, model: LineModel): (leg: Leg) => boolean {
  const { since, until } = filter;
  const matches = isOpen(filter) ? () => true : (leg: Leg) => matchesLeg(filter, leg, model);
  return (leg) => {
    const from = leg.flow.hour * HOUR_MS;
    return (since === null || from + HOUR_MS > since) && (until === null || from < until) && matches(leg);
  };
}

function matchesLeg(filter: Filter, leg: Leg, model: LineModel): boolean {
  return matchesShape(filter, { facts: leg.facts, legs: [leg] }, model);
}

/** Everything that one pod wrote. */
interface Book {
  readonly legs: Leg[];
  readonly hours: Map<number, Span>;
  /** Node on the last of its lines that name one. */
  node: string | null;
  last: Leg | null;
}

function emptyBook(): Book {
  return { legs: [], hours: new Map(), node: null, last: null };
}

function readBooks({ known }: LineModel): Map<string, Book> {
  const books = new Map<string, Book>();
  for (const leg of known.legs) {
    const { flow } = leg;
    const book = books.get(leg.facts.writer) ?? emptyBook();
    books.set(leg.facts.writer, book);
    book.legs.push(leg);
    const { node } = flow.shape.identity;
    if (node !== null && (book.last === null || compareLegs(leg, book.last) > 0)) {
      [book.node, book.last] = [node, leg];
    }
    const span = book.hours.get(flow.hour);
    book.hours.set(flow.hour, {
      first: Math.min(span?.first ?? flow.first, flow.first),
      last: Math.max(span?.last ?? flow.last, flow.last),
    });
  }
  return books;
}
