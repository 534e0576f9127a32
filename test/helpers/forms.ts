/** Everything that an endpoint has for a question, in each of the forms that it has. */
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { parseCsv } from './csv.ts';

export type Values = Readonly<Record<string, readonly string[]>>;

export function queryOf(values: Values): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, list] of Object.entries(values)) for (const value of list) query.append(name, value);
  return query;
}

/** JSON and the flat form page by page, by their cursors; NDJSON and CSV at once. Rows of CSV have its heads as keys. */
export async function listInAllForms(
  app: FastifyInstance,
  path: string,
  values: Values,
  pageItems: number,
): Promise<{
  readonly json: readonly object[];
  readonly ndjson: readonly object[];
  readonly rows: RowForms;
}> {
  const json: object[] = [];
  const flat: object[] = [];
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page = queryOf({
      ...values,
      limit: [String(pageItems)],
      ...(cursor === null ? {} : { cursor: [cursor] }),
    });
    const answer: { items: object[]; next_cursor: string | null } = await get(app, `${path}?${page}`);
    json.push(...answer.items);
    flat.push(...((await get(app, `${path}?${page}&format=flat`)) as object[]));
    cursor = answer.next_cursor;
  }
  return {
    json,
    ndjson: await ndjsonOf(app, path, values),
    rows: { csv: await csvOf(app, path, values), flat },
  };
}

/** Rows without objects in them: all cells of CSV are texts. */
export interface RowForms {
  readonly csv: readonly Readonly<Record<string, string>>[];
  readonly flat: readonly object[];
}

/** What has rows and is one answer. */
export async function answerInAllForms(app: FastifyInstance, path: string, values: Values) {
  const query = queryOf(values);
  return {
    json: await get(app, `${path}?${query}`),
    ndjson: await ndjsonOf(app, path, values),
    rows: {
      csv: await csvOf(app, path, values),
      flat: (await get(app, `${path}?${query}&format=flat`)) as object[],
    },
  };
}

/** Errors: `Error` when it is not answered. */
export async function get<T>(app: FastifyInstance, url: string): Promise<T> {
  return JSON.parse(await textOf(app, url)) as T;
}

async function textOf(app: FastifyInstance, url: string): Promise<string> {
  const { statusCode, body } = await app.inject(url);
  if (statusCode !== 200) throw new Error(`${url}: ${statusCode} ${body}`);
  return body;
}

async function ndjsonOf(app: FastifyInstance, path: string, values: Values): Promise<object[]> {
  const body = await textOf(app, `${path}?${queryOf({ ...values, format: ['ndjson'] })}`);
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

async function csvOf(
  app: FastifyInstance,
  path: string,
  values: Values,
): Promise<Readonly<Record<string, string>>[]> {
  const body = await textOf(app, `${path}?${queryOf({ ...values, format: ['csv'] })}`);
  const [head = [], ...rows] = parseCsv(body);
  return rows.map((row) => Object.fromEntries(row.map((cell, index) => [head[index], cell])));
}

/** Fails unless NDJSON has the items of JSON, and the rows their cells, in the same order. */
export function sameInAllForms(
  t: Test,
  {
    json,
    ndjson,
    rows,
  }: { readonly json: readonly object[]; readonly ndjson: readonly object[]; readonly rows: RowForms },
  told: string,
): void {
  t.strictSame(ndjson, json, `NDJSON of ${told}`);
  t.equal(rows.csv.length, json.length, `CSV of ${told}`);
  t.equal(rows.flat.length, json.length, `flat form of ${told}`);
  for (const [index, item] of json.entries()) {
    for (const [path, cell] of Object.entries(rows.csv[index] ?? {})) {
      const value = cellOf(item, path);
      const flat = (rows.flat[index] as Record<string, unknown>)[path.replaceAll('.', '_')];
      if (flat !== value)
        t.fail(`flat ${path} of ${told}: ${JSON.stringify(flat)}, not ${JSON.stringify(value)}`);
      // Text that a spreadsheet could run has a sign in front.
      const text = value === null ? '' : String(value);
      if (cell !== text && cell !== `'${text}`) t.fail(`CSV ${path} of ${told}: ${cell}, not ${text}`);
    }
  }
}

/** What is no single value is told as JSON, short words with spaces between. */
function cellOf(item: object, path: string): string | number | boolean | null {
  let value: unknown = item;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | null)?.[part] ?? null;
  if (value === null || typeof value !== 'object') return value as string | number | boolean | null;
  const isWord = (one: unknown): boolean => typeof one === 'string' && !one.includes(' ');
  return Array.isArray(value) && value.every(isWord) ? value.join(' ') : JSON.stringify(value);
}
