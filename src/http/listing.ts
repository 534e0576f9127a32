/** One page of a list as JSON, nested or flat, or all of it as NDJSON or CSV, by what the client accepts. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Filter, parseLimit } from '../domain/filter.ts';
import { parseFilterOf } from '../domain/filter-scope.ts';
import type { PageRequest } from '../domain/queries.ts';
import type { Page } from '../domain/resources.ts';
import { csvHeader, csvRow, flatRow, type ResourceName, type ResourceTypes } from '../output/columns.ts';
import { formatJson } from '../output/terminal.ts';
import { chooseByAccept } from './accept.ts';
import { piecesOf } from './pieces.ts';
import { FLAT_TYPE } from './rows.ts';
import type { FORM_NAMES, ListValues } from './schemas/query.ts';
import { within } from './time-limit.ts';

/** Items asked for at once while a list is streamed. */
const STREAM_PAGE_ITEMS = 1_000;

type ListItems<T> = (filter: Filter, page: PageRequest) => Promise<Page<T>>;

/** `now`: ms since the epoch. `msMax`: for the answer to begin. Errors: `bad_parameter`, `unknown_parameter`, `bad_cursor`, `timeout`. */
export async function sendList<K extends ResourceName>(
  resource: K,
  list: ListItems<ResourceTypes[K]>,
  { now, msMax }: { readonly now: number; readonly msMax: number },
  request: Pick<FastifyRequest, 'headers' | 'url' | 'method'> & { readonly query: ListValues },
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { limit, cursor = null, format, timeout, ...filters } = request.query;
  const filter = parseFilterOf(resource, filters, now);
  const form = chooseForm(request.headers.accept, format);
  const ask = (page: PageRequest) => within(timeout, msMax, () => list(filter, page));
  reply.header('vary', 'Accept');
  if (form === 'json' || form === 'flat') {
    const page = await ask({ limit: limit ?? parseLimit(undefined), cursor });
    if (page.next_cursor !== null) reply.header('link', nextLink(request.url, page.next_cursor));
    if (form === 'json') return reply.type('application/json').send(page);
    return reply.type(FLAT_TYPE).send(page.items.map((item) => flatRow(resource, item)));
  }
  // The first page is read before the answer begins, so that a bad cursor is still an error of its own.
  const wanted = limit ?? Number.POSITIVE_INFINITY;
  const first = await ask({ limit: Math.min(wanted, STREAM_PAGE_ITEMS), cursor });
  // Only the beginning is asked for.
  const most = request.method === 'HEAD' ? 0 : wanted;
  const pages = followPages(first, most, (page) => list(filter, page));
  if (form === 'csv') {
    reply.header('content-disposition', `attachment; filename="${resource}.csv"`);
    return reply.type('text/csv; charset=utf-8; header=present').send(Readable.from(csvOf(resource, pages)));
  }
  return reply.type('application/x-ndjson').send(Readable.from(ndjsonOf(pages)));
}

type Form = (typeof FORM_NAMES)[number];
/** What lists, and answers that have rows, can be. */
export const LIST_TYPES = ['application/json', 'application/x-ndjson', 'text/csv', FLAT_TYPE];

const FORMS: Readonly<Record<string, Form>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/csv': 'csv',
  [FLAT_TYPE]: 'flat',
};

/** The form that is named, else the one with the highest quality that we have; JSON where nothing is said that we know. */
export function chooseForm(accept: string | undefined, named?: Form): Form {
  return named ?? chooseByAccept(accept, FORMS, 'json');
}

/** The items of a page and of all that follow it, page by page, `most` of them. */
async function* followPages<T>(
  first: Page<T>,
  most: number,
  next: (page: PageRequest) => Promise<Page<T>>,
): AsyncGenerator<readonly T[]> {
  let left = most;
  for (let page = first; ; ) {
    yield page.items;
    left -= page.items.length;
    if (page.next_cursor === null || left <= 0) return;
    page = await next({ limit: Math.min(left, STREAM_PAGE_ITEMS), cursor: page.next_cursor });
  }
}

async function* ndjsonOf(pages: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  for await (const items of pages) yield* piecesOf(items, (item) => `${formatJson(item)}\n`);
}

async function* csvOf<K extends ResourceName>(
  resource: K,
  pages: AsyncIterable<readonly ResourceTypes[K][]>,
): AsyncGenerator<string> {
  yield csvHeader(resource);
  for await (const items of pages) yield* piecesOf(items, (item) => csvRow(resource, item));
}

/** RFC 8288. The query is the client's own, with the cursor changed. */
export function nextLink(url: string, cursor: string): string {
  const [path = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `<${path}?${parameters.toString()}>; rel="next"`;
}
