/** One page of a list as JSON, or all of it as NDJSON or CSV, by what the client accepts. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Filter, parseLimit } from '../domain/filter.ts';
import { parseFilterOf } from '../domain/filter-scope.ts';
import type { PageRequest } from '../domain/queries.ts';
import type { Page } from '../domain/resources.ts';
import { csvHeader, csvRow, type ResourceName, type ResourceTypes } from '../output/columns.ts';
import { formatJson } from '../output/terminal.ts';
import type { ListValues } from './schemas/query.ts';

/** Items asked for at once while a list is streamed. */
const STREAM_PAGE_ITEMS = 1_000;

type ListItems<T> = (filter: Filter, page: PageRequest) => Promise<Page<T>>;

/** Errors: `bad_parameter`, `unknown_parameter`, `bad_cursor`. */
export async function sendList<K extends ResourceName>(
  resource: K,
  list: ListItems<ResourceTypes[K]>,
  now: number,
  request: Pick<FastifyRequest, 'headers' | 'url'> & { readonly query: ListValues },
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { limit, cursor = null, ...filters } = request.query;
  const filter = parseFilterOf(resource, filters, now);
  const form = chooseForm(request.headers.accept);
  reply.header('vary', 'Accept');
  if (form === 'json') {
    const page = await list(filter, { limit: limit ?? parseLimit(undefined), cursor });
    if (page.next_cursor !== null) reply.header('link', nextLink(request.url, page.next_cursor));
    return reply.type('application/json').send(page);
  }
  // The first page is read before the answer begins, so that a bad cursor is still an error of its own.
  const most = limit ?? Number.POSITIVE_INFINITY;
  const first = await list(filter, { limit: Math.min(most, STREAM_PAGE_ITEMS), cursor });
  const pages = followPages(first, most, (page) => list(filter, page));
  if (form === 'csv') {
    reply.header('content-disposition', `attachment; filename="${resource}.csv"`);
    return reply.type('text/csv; charset=utf-8; header=present').send(Readable.from(csvOf(resource, pages)));
  }
  return reply.type('application/x-ndjson').send(Readable.from(ndjsonOf(pages)));
}

type Form = 'json' | 'ndjson' | 'csv';
const FORMS: Readonly<Record<string, Form>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/csv': 'csv',
};

/** The form with the highest quality that we have; JSON where the header says nothing that we know. */
export function chooseForm(accept: string | undefined): Form {
  let best: Form = 'json';
  let bestQuality = 0;
  for (const part of (accept ?? '').slice(0, 1_000).split(',')) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const form = FORMS[type];
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    if (form !== undefined && quality > bestQuality) {
      best = form;
      bestQuality = quality;
    }
  }
  return best;
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
  for await (const items of pages) {
    if (items.length > 0) yield items.map((item) => `${formatJson(item)}\n`).join('');
  }
}

async function* csvOf<K extends ResourceName>(
  resource: K,
  pages: AsyncIterable<readonly ResourceTypes[K][]>,
): AsyncGenerator<string> {
  yield csvHeader(resource);
  for await (const items of pages) {
    if (items.length > 0) yield items.map((item) => csvRow(resource, item)).join('');
  }
}

/** RFC 8288. The query is the client's own, with the cursor changed. */
function nextLink(url: string, cursor: string): string {
  const [path = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `<${path}?${parameters.toString()}>; rel="next"`;
}
