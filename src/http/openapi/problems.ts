/** What may go wrong with a request to a route, by the codes of the catalogue of errors. */
import type { Scope } from '../../auth/tokens.ts';
import type { ErrorCode } from '../../domain/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Codes of errors that this route answers with, beside those that follow from what it takes. */
    problems?: readonly ErrorCode[];
  }
}

export interface RouteTraits {
  readonly access: Scope | 'open';
  /** With its parameters as `:name`. */
  readonly url: string;
  /** Names of its query parameters; null where it takes anything. */
  readonly query: readonly string[] | null;
  readonly takesBody: boolean;
  /** Codes that follow from none of these. */
  readonly problems: readonly ErrorCode[];
}

const ALWAYS: readonly ErrorCode[] = ['misdirected', 'foreign_origin', 'internal'];
const WITH_ACCESS: readonly ErrorCode[] = ['token_required', 'forbidden', 'draining', 'disk_failed'];
const WITH_BODY: readonly ErrorCode[] = [
  'bad_body',
  'request_timeout',
  'body_too_large',
  'unsupported_media_type',
  'too_many_requests',
  'disk_full',
  'db_locked',
];

/** In no order; none twice. */
export function problemsOf({ access, url, query, takesBody, problems }: RouteTraits): ReadonlySet<ErrorCode> {
  const codes = new Set<ErrorCode>([...ALWAYS, ...problems]);
  const add = (condition: boolean, more: readonly ErrorCode[]): void => {
    if (condition) for (const code of more) codes.add(code);
  };
  add(access !== 'open', WITH_ACCESS);
  add(url.includes(':'), ['bad_request', 'bad_parameter']);
  add(url.endsWith('/:id') || url.includes('/:id/'), ['not_found']);
  add(query !== null, ['unknown_parameter', 'bad_parameter']);
  add(query?.includes('cursor') === true, ['bad_cursor']);
  add(query?.includes('timeout') === true, ['timeout']);
  add(query?.includes('format') === true && takesBody, ['bad_format']);
  add(takesBody, WITH_BODY);
  return codes;
}
