/** Errors as RFC 9457 problem documents. The only place where an error becomes an answer. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, ERRORS, type ErrorCode, quoted } from '../domain/errors.ts';
import { nearest } from '../domain/nearest.ts';
import { formatJson } from '../output/terminal.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** Seconds after which an answer of 429 or 503 may well be another. */
const RETRY_AFTER_S = 1;

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly remedy: string;
}

export function problemOf(error: AppError): Problem {
  return {
    type: `urn:meshwake:error:${error.code}`,
    title: ERRORS[error.code].title,
    status: error.status,
    detail: error.message,
    code: error.code,
    remedy: error.remedy,
  };
}

/** Answers with an error; an internal one is logged whole, and told without its inside. */
export function sendError(
  caught: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error = prepareError(caught, request, reply);
  return reply.type(PROBLEM_TYPE).send(formatJson(problemOf(error)));
}

/** Sets status and headers, and logs what is internal; the body is left to the caller. */
export function prepareError(
  caught: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): AppError {
  const error = appErrorOf(caught, request);
  if (error.code === 'internal')
    request.log.error({ err: caught, route: request.routeOptions.url }, 'internal error');
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  if (error.status === 429 || error.status === 503) reply.header('retry-after', String(RETRY_AFTER_S));
  // What is left of an unread body must not be taken for the next request.
  if (!request.raw.complete) reply.header('connection', 'close');
  reply.code(error.status);
  return error;
}

/** Fastify's own errors by their codes, as ours. */
const FRAMEWORK: Readonly<Record<string, readonly [code: ErrorCode, message: string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'cannot read body: its Content-Type is not known here',
  ],
  FST_ERR_CTP_EMPTY_TYPE: ['unsupported_media_type', 'cannot read body: it has no Content-Type'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'cannot read body: it is too large'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad_request', 'cannot read body: Content-Length is wrong'],
  FST_ERR_HANDLER_TIMEOUT: ['timeout', 'cannot answer in time'],
  FST_ERR_BAD_URL: ['bad_request', 'cannot read the path: it is not well formed'],
  FST_ERR_MAX_PARAM_LENGTH: ['bad_request', 'cannot read the path: a part of it is too long'],
};

function appErrorOf(caught: FastifyError | Error, request: FastifyRequest): AppError {
  if (caught instanceof AppError) return caught;
  if ('validation' in caught && Array.isArray(caught.validation)) return validationError(caught.validation);
  const known = 'code' in caught && typeof caught.code === 'string' ? FRAMEWORK[caught.code] : undefined;
  if (known?.[0] === 'unsupported_media_type') return mediaTypeError(request, caught);
  if (known !== undefined) return new AppError(known[0], known[1], { cause: caught });
  return new AppError('internal', 'internal error', { cause: caught });
}

const FOR_NONE = 'send no body: what is asked for stands in the query of the URL';
const FOR_LINES =
  'say what the body is, for lines: `curl -H "Content-Type: text/plain" --data-binary @FILE URL`';

function remedyFor(types: readonly string[]): { readonly remedy?: string } {
  if (types.length === 0) return { remedy: FOR_NONE };
  return types.includes('text/plain') ? { remedy: FOR_LINES } : {};
}

/** `curl --data-binary` sends the type of a form unless it is told otherwise: say what came and what is taken. */
function mediaTypeError(request: FastifyRequest, cause: Error): AppError {
  const given = request.headers['content-type'];
  const got = given === undefined ? 'it has no Content-Type' : `its Content-Type is ${quoted(given)}`;
  const types = request.routeOptions.config.bodyTypes ?? [];
  return new AppError(
    'unsupported_media_type',
    `cannot read body: ${got}, expected ${types.length === 0 ? 'none' : `one of ${types.join(', ')}`}`,
    { cause, ...remedyFor(types) },
  );
}

interface ValidationIssue {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly parentSchema?: { readonly properties?: object };
}

/** Ajv's words for the first thing it does not like about the parameters. */
function validationError(issues: readonly ValidationIssue[]): AppError {
  const [issue] = issues;
  if (issue?.keyword === 'additionalProperties') {
    const names = Object.keys(issue.parentSchema?.properties ?? {});
    const name = String(issue.params.additionalProperty).slice(0, 120);
    const meant = nearest(name, names);
    return new AppError(
      'unknown_parameter',
      `cannot use parameter ${JSON.stringify(name)}: there is no such parameter; expected one of ${names.join(', ')}`,
      meant === null ? {} : { remedy: `did you mean ${meant}?` },
    );
  }
  const name = issue?.instancePath.split('/')[1] ?? '';
  return new AppError(
    'bad_parameter',
    `cannot read parameter ${JSON.stringify(name)}: it ${issue?.message ?? 'is wrong'}`,
  );
}
