/** One operation of the description: every form of its answer, every error, its body and its headers. */
import { ERRORS, type ErrorCode, invariant } from '../../domain/errors.ts';
import { PROBLEM_TYPE } from '../problem.ts';
import { FLAT_TYPE } from '../rows.ts';
import { type Answer, isObject, type JsonObject, type Media, type Operation } from './document.ts';
import { problemsOf, type RouteTraits } from './problems.ts';

export interface RouteFacts extends RouteTraits {
  /** Whether answers have an ETag. */
  readonly etag: boolean;
  /** Whether a token is asked for at all. */
  readonly hasTokens: boolean;
  /** Schemas of the body by media type. */
  readonly bodies: Readonly<Record<string, JsonObject>> | null;
}

const text = (description: string): JsonObject => ({ schema: { type: 'string' }, description });

/** Headers of answers, as `components` has them. */
export const HEADERS: Readonly<Record<string, JsonObject>> = {
  'X-Request-Id': text('That of the request, or one that was made for it'),
  Link: text('RFC 8288: the next page, `rel="next"`; only where there is one'),
  'Meshwake-Behind': text(
    'Only where the answer does not know of all that was stored before it was asked for, as more came in than could be followed: `lines=51234, seconds=2.4`',
  ),
  ETag: text('For `If-None-Match`; left out where the window moves with the clock'),
  'Retry-After': text('Seconds after which the answer may well be another'),
  'WWW-Authenticate': text('`Bearer`'),
};

/** Refers to some of these. */
function headers(...names: readonly (keyof typeof HEADERS)[]): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** What is not the JSON of the schema: rows, texts, or bytes that are not told apart further. */
const OTHERS: Readonly<Record<string, JsonObject>> = {
  [FLAT_TYPE]: {
    type: 'array',
    items: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } },
    description: 'Rows without objects in them',
  },
  'application/x-ndjson': { type: 'string', description: 'One JSON object a line' },
  'text/csv': { type: 'string', description: 'RFC 4180, with a line of names first' },
  'application/x-protobuf': { type: 'string', format: 'binary', description: 'A message of protobuf' },
};

/** `operation`: as it follows from the schemas of the route. */
export function finishOperation(operation: Operation, facts: RouteFacts): Operation {
  const { responses, ...rest } = operation;
  const { default: error, ...answers } = responses;
  invariant(error !== undefined, `${facts.url} does not say what its errors are like`);
  const query = new Set(facts.query ?? []);
  const finished = Object.entries(answers).map(([status, answer]) => [
    status,
    finishAnswer(answer, {
      ...headers('X-Request-Id'),
      ...(query.has('cursor') ? headers('Link') : {}),
      ...(facts.etag ? headers('ETag', 'Meshwake-Behind') : {}),
    }),
  ]);
  return {
    ...rest,
    security: securityOf(facts),
    ...(facts.bodies === null ? {} : { requestBody: bodyOf(facts.bodies) }),
    responses: {
      ...Object.fromEntries(finished),
      ...(facts.etag ? { 304: notModified() } : {}),
      ...problemAnswers(problemsOf(facts), problemContent(error)),
      default: { ...error, headers: headers('X-Request-Id'), content: problemContent(error) },
    },
  };
}

/** What a program has to send to be let in; nothing where nothing is asked for. */
function securityOf({ access, hasTokens }: RouteFacts): readonly JsonObject[] {
  if (access === 'open') return [];
  return hasTokens ? [{ token: [] }] : [{}, { token: [] }];
}

function bodyOf(bodies: Readonly<Record<string, JsonObject>>): Operation['requestBody'] & object {
  const content = Object.fromEntries(Object.entries(bodies).map(([type, schema]) => [type, { schema }]));
  return { required: true, content };
}

function finishAnswer(answer: Answer, sent: Readonly<Record<string, JsonObject>>): Answer {
  const { content, ...rest } = answer;
  if (content === undefined) return { ...rest, headers: sent };
  const media = Object.entries(content).map(([type, { schema }]) => [type, mediaOf(type, schema)]);
  return { ...rest, headers: sent, content: Object.fromEntries(media) };
}

function mediaOf(type: string, schema: JsonObject): Media {
  const isJson = type === 'application/json' || schema.type === 'string';
  return { schema: isJson ? schema : (OTHERS[type] ?? { type: 'string' }) };
}

function notModified(): Answer {
  return { description: 'As it was under the ETag in If-None-Match', headers: headers('ETag') };
}

/** Errors are problem documents, whatever the answer would have been, but for senders that expect their own. */
function problemContent({ content = {} }: Answer): Readonly<Record<string, Media>> {
  const [media] = Object.values(content);
  invariant(media !== undefined, 'errors have a body');
  const isProblem = isObject(media.schema.properties) && 'remedy' in media.schema.properties;
  if (isProblem) return { [PROBLEM_TYPE]: media };
  return Object.fromEntries(Object.keys(content).map((type) => [type, mediaOf(type, media.schema)]));
}

function problemAnswers(
  codes: ReadonlySet<ErrorCode>,
  content: Readonly<Record<string, Media>>,
): Readonly<Record<string, Answer>> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers = [...byStatus].map(([status, known]) => {
    const description = known.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('. ');
    return [status, { description, headers: problemHeaders(status), content }];
  });
  return Object.fromEntries(answers);
}

function problemHeaders(status: number): Readonly<Record<string, JsonObject>> {
  return {
    ...headers('X-Request-Id'),
    ...(status === 401 ? headers('WWW-Authenticate') : {}),
    ...(status === 429 || status === 503 ? headers('Retry-After') : {}),
  };
}
