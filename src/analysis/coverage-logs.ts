/** Puts together, for each log, what the lines of its pod and those of others say of it. */

import { type Filter, matchesName } from '../domain/filter.ts';
import { HOUR_MS } from '../domain/time.ts';
import type { PodLines, Span } from './coverage-pods.ts';
import { getOrMake } from './get-or-make.ts';
import type { Hours } from './hours.ts';
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
  const rest: Filter = { ...ofLines, pod: [], namespace: [], workload: [], node: [] };
  const isAsked = isOpen(rest) ? () => true : (leg: Leg) => matchesLeg(rest, leg, model);
  const hours = hoursOf(filter, model);
  const books = readBooks(model);
  const legs = new Map<string, Leg[]>();
  for (let hour = hours.from; hour < hours.to; hour++) {
    for (const leg of model.legsIn(hour))
      if (isAsked(leg)) getOrMake(legs, leg.facts.writer, () => []).push(leg);
  }
  const logs: Log[] = [];
  for (const [key, stream] of model.streams.all()) {
    const book = books.get(key) ?? emptyBook();
    const { source } = stream.writer;
    if (!matchesName(pod, source.pod) || !matchesName(namespace, source.namespace)) continue;
    if (!matchesName(workload, source.workload)) continue;
    // A pod may have moved from there: then it is not there that the lines of others call for it.
    const own = (legs.get(key) ?? []).filter(({ flow }) => matchesName(node, flow.shape.identity.node));
    const isThere = matchesName(node, book.node);
    if (own.length === 0 && !isThere) continue;
    logs.push({
      stream,
      node: isThere ? book.node : (own[0]?.flow.shape.identity.node ?? null),
      hours: book.hours,
      legs: own,
      calls: isThere ? stream.calls(hours).filter((call) => isAsked(call.leg)) : [],
    });
  }
  return logs;
}

/** Those that the window of a filter touches, as far as there are lines. */
function hoursOf({ since, until }: Filter, { first, lastStart }: LineModel): Hours {
  if (first === null || lastStart === null) return { from: 0, to: 0 };
  return {
    from: Math.floor(Math.max(since ?? first, first) / HOUR_MS),
    to: Math.ceil(Math.min(until ?? Number.POSITIVE_INFINITY, lastStart + 1) / HOUR_MS),
  };
}

function matchesLeg(filter: Filter, leg: Leg, model: LineModel): boolean {
  return matchesShape(filter, { facts: leg.facts, legs: [leg] }, model);
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

function readBooks({ known }: LineModel): Map<string, Book> {
  const books = new Map<string, Book>();
  for (const shape of known.shapes) {
    const book = getOrMake(books, shape.facts.writer, emptyBook);
    const { node } = shape.facts.shape.identity;
    if (node !== null) {
      for (const leg of shape.legs)
        if (book.last === null || compareLegs(leg, book.last) > 0) [book.node, book.last] = [node, leg];
    }
    shape.each(({ flow: { hour, first, last } }) => {
      const span = getOrMake(book.hours, hour, () => ({ first, last }));
      span.first = Math.min(span.first, first);
      span.last = Math.max(span.last, last);
    });
  }
  return books;
}
