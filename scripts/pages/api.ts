import type { FastifyInstance } from 'fastify';
import {
  BODY_BYTES_MAX,
  BULK_BYTES_MAX,
  INGEST_REQUESTS_MAX,
  LINE_BYTES_MAX,
  PAGE_ITEMS_DEFAULT,
  PAGE_ITEMS_MAX,
} from '../../src/domain/limits.ts';
import { buildApp } from '../../src/http/app.ts';
import { TIMEOUTS } from '../../src/http/deps.ts';
import { createIngestMeter } from '../../src/ingest/meter.ts';
import { code, page, prose, table } from './markdown.ts';

interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  /** By status. */
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Answer {
  readonly description?: string;
  readonly content?: Readonly<Record<string, unknown>>;
}

/** docs/api.md: every route with its parameters. */
export async function apiPage(): Promise<string> {
  const app = await describeApp();
  // What @fastify/swagger makes of our own schemas.
  const paths = app.swagger().paths as unknown as Readonly<
    Record<string, Readonly<Record<string, Operation>>>
  >;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      describe(`${method.toUpperCase()} ${path}`, operation),
    ),
  );
  await app.close();
  return page('HTTP API', 'the schemas of the routes', [
    'The same as OpenAPI 3.1 is at `/openapi.json` and `/openapi.yaml`. Errors are problem documents (RFC 9457), see [errors.md](errors.md).',
    `- **Lists** are \`{"items": […], "next_cursor": text or null}\` with ${PAGE_ITEMS_DEFAULT} items, or \`limit\`, at most ${PAGE_ITEMS_MAX}. ` +
      'The next page is the same request with `cursor`, which the `Link` header has as well. `Accept: application/x-ndjson` and ' +
      '`text/csv` stream everything that matches.\n' +
      '- **Filters** may be given several times, which means *or*; different ones mean *and*; `*` matches within a name. One ' +
      'that does not exist is an error.\n' +
      '- **Forms and time**: `format=csv` is `Accept: text/csv`, for browsers; HEAD answers as GET does, without a body. `timeout=5s` ' +
      'bounds the time until an answer begins (30 s otherwise, and at most), then it is 503. Lists and single answers have an `ETag` for `If-None-Match`, ' +
      'unless their window moves with the clock. `X-Request-Id` comes back, and stands in the log with errors.\n' +
      '- **Tokens**: none are needed on loopback, unless `--token-file` is given. Its lines are `NAME SCOPE[,SCOPE] TOKEN`, with ' +
      'the scopes `ingest` and `read`; a request has `Authorization: Bearer TOKEN`. Health and OpenAPI need none.\n' +
      '- **Host**: on loopback a request has to name this machine, or it is answered with 421.\n' +
      `- **Limits**: ${INGEST_REQUESTS_MAX} bodies at once (then 429, with \`Retry-After\`); a request has to arrive within ` +
      `${TIMEOUTS.request / 1_000} s, its headers within ${TIMEOUTS.headers / 1_000} s, and its body at 1 KiB a second or faster. ` +
      `A body of lines or documents has no limit of length; those of the senders have at most ${BODY_BYTES_MAX / 1_048_576} MiB unpacked, ` +
      `\`_bulk\` ${BULK_BYTES_MAX / 1_048_576} MiB. A line has ${LINE_BYTES_MAX / 1_024} KiB.`,
    'Lines in, and a question:',
    '```sh\n' +
      "curl -H 'Content-Type: text/plain' --data-binary @proxy.log 'http://127.0.0.1:8710/api/v1/ingest?namespace=app'\n" +
      "gzip -c proxy.log | curl -H 'Content-Type: text/plain' -H 'Content-Encoding: gzip' --data-binary @- http://127.0.0.1:8710/api/v1/ingest\n" +
      "curl 'http://127.0.0.1:8710/api/v1/shifts?since=1h&port=5701'\n```",
    ...operations,
  ]);
}

/** The routes without anything behind them. */
export async function describeApp(): Promise<FastifyInstance> {
  const nothing = (): never => {
    throw new Error('BUG: the description of the API asks for no data');
  };
  const app = await buildApp({
    page: null,
    analysis: {
      connections: nothing,
      connection: nothing,
      pairs: nothing,
      pair: nothing,
      routes: nothing,
      shifts: nothing,
      shift: nothing,
      incidents: nothing,
      incident: nothing,
      evidence: nothing,
      version: nothing,
      shiftIds: nothing,
      anomalies: nothing,
      anomaly: nothing,
      incidentHeads: nothing,
      explain: nothing,
      coverage: nothing,
      timeseries: nothing,
      topology: nothing,
      report: nothing,
      summary: nothing,
    },
    newIngest: nothing,
    meter: createIngestMeter(),
    arrivals: { listen: () => {}, take: nothing },
    condition: () => ({ failure: null, databaseBytes: 0, logBytes: 0, freeBytes: 0, isBelowFloor: false }),
    version: '0.0.0',
    now: () => 0,
    tokens: null,
    loopback: true,
    isDraining: () => false,
    log: null,
    timeouts: TIMEOUTS,
  });
  await app.ready();
  return app;
}

function describe(
  title: string,
  { summary, description, parameters = [], requestBody, responses }: Operation,
): string {
  const parts = [`## ${title}`, `${prose(summary)}.`];
  if (description !== undefined) parts.push(prose(description));
  if (requestBody !== undefined)
    parts.push(`Body: ${Object.keys(requestBody.content).map(code).join(', ')}.`);
  if (parameters.length > 0) {
    const rows = parameters.map(({ name, in: where, description: meaning = '' }) => [
      { code: name },
      where,
      meaning,
    ]);
    parts.push(table(['parameter', 'in', 'meaning'], rows));
  }
  const [status = '', answer = {}] = Object.entries(responses).find(([known]) => known.startsWith('2')) ?? [];
  const answers = Object.keys(answer.content ?? {})
    .map(code)
    .join(', ');
  const meaning = prose(answer.description ?? '');
  parts.push(
    `Answer: ${status === '200' ? '' : `${status}, `}${meaning}${answers === '' ? '' : `, as ${answers}`}.`,
  );
  return parts.join('\n\n');
}
