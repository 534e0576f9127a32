import type { FastifyInstance } from 'fastify';
import { invariant } from '../../src/domain/errors.ts';
import { FILTER_NAMES } from '../../src/domain/filter.ts';
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
import type { ApiDocument, JsonObject, Operation } from '../../src/http/openapi/document.ts';
import { createIngestMeter } from '../../src/ingest/meter.ts';
import { createCounts } from '../../src/reports/counts.ts';
import { EXAMPLES, FIRST_EXAMPLE } from './api-examples.ts';
import { code, page, prose, table } from './markdown.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
}

/** docs/api.md: every route with its parameters. */
export async function apiPage(): Promise<string> {
  const app = await describeApp();
  // Its own type knows the versions of OpenAPI apart only by its value.
  const document = app.swagger() as unknown as ApiDocument;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      describe(`${method.toUpperCase()} ${path}`, operation, document),
    ),
  );
  await app.close();
  return page('HTTP API', 'the schemas of the routes', [
    'The same to read and try is at `/docs`, as OpenAPI 3.1 at `/openapi.json` and `/openapi.yaml`. Errors are problem documents (RFC 9457), see [errors.md](errors.md).',
    `- **Lists** are \`{"items": […], "next_cursor": text or null}\` with ${PAGE_ITEMS_DEFAULT} items, or \`limit\`, at most ${PAGE_ITEMS_MAX}. ` +
      'The next page is the same request with `cursor`, which the `Link` header has as well. `Accept: application/x-ndjson` and ' +
      '`text/csv` stream everything that matches.\n' +
      '- **Filters** may be given several times, which means *or*; different ones mean *and*; `*` matches within a name. One ' +
      'that does not exist is an error.\n' +
      '- **Forms and time**: `format=csv` is `Accept: text/csv`, for browsers; `format=flat` is a page without objects in it, [for dashboards](grafana.md); HEAD answers as GET does, without a body. `timeout=5s` ' +
      'bounds the time until an answer begins (30 s otherwise, and at most), then it is 503. Lists and single answers have an `ETag` for `If-None-Match`, ' +
      'unless their window moves with the clock. `X-Request-Id` comes back, and stands in the log with errors.\n' +
      '- **Behind**: an answer knows what was stored before it was asked for. Only while more comes in than can be followed, it is of an ' +
      'earlier moment, of one and the same throughout, and says so: `Meshwake-Behind: lines=51234, seconds=2.4` are the lines that ' +
      'it does not know of and for how long the oldest of them has been stored. Reports always wait.\n' +
      '- **Tokens**: none are needed on loopback, unless `--token-file` is given. Its lines are `NAME SCOPE[,SCOPE] TOKEN`, with ' +
      'the scopes `ingest` and `read`; a request has `Authorization: Bearer TOKEN`. Health and OpenAPI need none.\n' +
      '- **Host**: on loopback a request has to name this machine, or it is answered with 421.\n' +
      `- **Limits**: ${INGEST_REQUESTS_MAX} bodies at once (then 429, with \`Retry-After\`); a request has to arrive within ` +
      `${TIMEOUTS.request / 1_000} s, its headers within ${TIMEOUTS.headers / 1_000} s, and its body at 1 KiB a second or faster. ` +
      `A body of lines or documents has no limit of length; those of the senders have at most ${BODY_BYTES_MAX / 1_048_576} MiB unpacked, ` +
      `\`_bulk\` ${BULK_BYTES_MAX / 1_048_576} MiB. A line has ${LINE_BYTES_MAX / 1_024} KiB.`,
    'Lines in, and questions. In the examples here, which a test runs in this order, `…` stands for what is left out:',
    consoleBlock(FIRST_EXAMPLE),
    '## Filters',
    'What takes filters takes all of these, unless it says otherwise:',
    parameterTable(
      FILTER_NAMES.map((name) => parameterOf({ $ref: `#/components/parameters/query-${name}` }, document)),
    ),
    ...operations,
  ]);
}

const NO_COUNTS = createCounts().counters();

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
    answers: { behind: () => null, threads: () => 0 },
    newIngest: nothing,
    reports: { reports: nothing, report: nothing, deliveriesOf: nothing },
    office: {
      ask: nothing,
      schedules: nothing,
      counters: () => ({ ...NO_COUNTS, firing: new Map() }),
      problems: () => [],
    },
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

function describe(title: string, operation: Operation, document: ApiDocument): string {
  const { summary = '', description, parameters = [], requestBody, responses } = operation;
  const parts = [`## ${title}`, `${prose(summary)}.`];
  if (description !== undefined) parts.push(prose(description));
  if (requestBody !== undefined)
    parts.push(`Body: ${Object.keys(requestBody.content).map(code).join(', ')}.`);
  const all = parameters.map((parameter) => parameterOf(parameter, document));
  const own = all.filter(({ name }) => !FILTERS.has(name) || requestBody !== undefined);
  const hasFilters = own.length < all.length;
  if (hasFilters) parts.push(`Takes the [filters](#filters)${own.length > 0 ? ', and' : '.'}`);
  if (own.length > 0) parts.push(parameterTable(own));
  parts.push(answerOf(responses), `Errors: ${errorsOf(responses)}.`);
  const example = EXAMPLES[title];
  if (example !== undefined) parts.push(consoleBlock(example));
  return parts.join('\n\n');
}

const FILTERS: ReadonlySet<string> = new Set(FILTER_NAMES);

function answerOf(responses: Operation['responses']): string {
  const [status = '', answer] = Object.entries(responses).find(([known]) => known.startsWith('2')) ?? [];
  const types = Object.keys(answer?.content ?? {})
    .map(code)
    .join(', ');
  const meaning = prose(answer?.description ?? '');
  return `Answer: ${status === '200' ? '' : `${status}, `}${meaning}${types === '' ? '' : `, as ${types}`}.`;
}

/** `400 bad_cursor, bad_parameter; 404 not_found`. */
function errorsOf(responses: Operation['responses']): string {
  return Object.entries(responses)
    .filter(([status]) => /^[45]/.test(status))
    .map(([status, { description }]) => {
      const codes = [...description.matchAll(/`(\w+)`/g)].map(([text]) => text);
      return `${status} ${codes.join(', ')}`;
    })
    .join('; ');
}

function parameterOf(parameter: JsonObject, { components }: ApiDocument): Parameter {
  const { $ref } = parameter;
  if (typeof $ref !== 'string') return parameter as unknown as Parameter;
  const shared = components.parameters as unknown as Readonly<Record<string, Parameter>>;
  const found = shared[$ref.split('/').at(-1) ?? ''];
  invariant(found !== undefined, `${$ref} is described`);
  return found;
}

function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map(({ name, in: where, description = '' }) => [
    { code: name },
    where,
    description,
  ]);
  return table(['parameter', 'in', 'meaning'], rows);
}

function consoleBlock(text: string): string {
  return `\`\`\`console\n${text}\n\`\`\``;
}
