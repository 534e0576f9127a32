/** The one catalogue of errors that a user can meet: code, HTTP status, exit status, title and remedy. */

interface ErrorKind {
  readonly status: number;
  readonly exit: 1 | 2;
  readonly title: string;
  readonly remedy: string;
}

const kind = (status: number, exit: 1 | 2, title: string, remedy: string): ErrorKind => ({
  status,
  exit,
  title,
  remedy,
});

export const ERRORS = {
  usage: kind(400, 2, 'Wrong usage', 'see `meshwake --help`, or `meshwake <command> --help`'),
  unknown_parameter: kind(400, 2, 'Unknown parameter', 'use one of the parameters named in the message'),
  bad_parameter: kind(400, 2, 'Bad parameter value', 'correct the value; the message says what was expected'),
  bad_cursor: kind(400, 2, 'Bad cursor', 'start again without `cursor`, with the same filters on every page'),
  bad_format: kind(
    400,
    2,
    'Bad format string',
    'give an Envoy format string such as "[%START_TIME%] %UPSTREAM_HOST%\\n"',
  ),
  bad_body: kind(
    400,
    1,
    'Body cannot be read',
    'send what the endpoint takes, see docs/api.md and docs/senders.md; compressed bodies need Content-Encoding',
  ),
  body_too_large: kind(413, 1, 'Body too large', 'send smaller bodies'),
  bad_request: kind(400, 1, 'Bad request', 'send well-formed HTTP/1.1'),
  request_timeout: kind(408, 1, 'Request too slow', 'send it again, in smaller bodies or faster'),
  headers_too_large: kind(431, 1, 'Headers too large', 'send fewer or shorter headers and parameters'),
  unsupported_media_type: kind(
    415,
    1,
    'Unsupported media type',
    'send one of the types named in the message, and say which with Content-Type',
  ),
  misdirected: kind(421, 1, 'Host not served here', 'call the address that `meshwake serve` printed'),
  foreign_origin: kind(
    403,
    1,
    'Request of another web page',
    'call from a page of this server, or from a program: pages of other addresses are not answered',
  ),
  not_found: kind(404, 1, 'Not found', 'list the resource to see which ids exist'),
  method_not_allowed: kind(405, 1, 'Method not allowed', 'see /openapi.json for the methods of each path'),
  file_missing: kind(404, 1, 'File not found', 'check the path; `-` reads standard input'),
  file_is_directory: kind(400, 1, 'A directory, not a file', 'name the files in it, for example DIR/*.log'),
  file_unreadable: kind(500, 1, 'File cannot be read', 'check its permissions'),
  output_unwritable: kind(
    500,
    1,
    'Output cannot be written',
    'free space or write elsewhere, then ask again: what was written so far is not all',
  ),
  input_compressed: kind(
    400,
    1,
    'Input has to be unpacked',
    'unpack it first, for example `xz -dc FILE | meshwake`; gzip and zstd are read as they are',
  ),
  input_damaged: kind(
    400,
    1,
    'Compressed input is damaged',
    'copy the file again, and check it with `gzip -t` or `zstd -t`; what was read before the damage counts as duplicates then',
  ),
  no_input: kind(
    400,
    2,
    'Nothing to read',
    'pipe lines into it: `stern -n NAMESPACE POD -c istio-proxy | meshwake`, or name a file',
  ),
  nothing_read: kind(
    400,
    1,
    'No line could be used',
    'run `meshwake formats detect FILE`: it says for each line why it was refused',
  ),
  too_many_requests: kind(429, 1, 'Too many requests', 'send again after the seconds in Retry-After'),
  db_missing: kind(
    404,
    1,
    'No database there',
    'fill it first with `meshwake ingest --db FILE`, or name another with --db',
  ),
  db_foreign: kind(
    500,
    1,
    'Not a Meshwake database',
    'name another file with --db; this one was left untouched',
  ),
  db_newer: kind(500, 1, 'Database of a newer Meshwake', 'upgrade meshwake; the file was left untouched'),
  db_damaged: kind(
    500,
    1,
    'Database is damaged',
    'run `meshwake db check --db FILE`, then restore a backup; the file was left untouched',
  ),
  db_outdated: kind(500, 1, 'Database of an older Meshwake', 'run `meshwake db migrate --db FILE`'),
  db_locked: kind(
    503,
    1,
    'Database is in use',
    'stop the other meshwake on this file, or send to it with --server',
  ),
  db_unwritable: kind(
    500,
    1,
    'Database cannot be written',
    'check the permissions of the file and of its directory',
  ),
  disk_full: kind(503, 1, 'Disk is full', 'free space; everything acknowledged before is kept'),
  disk_failed: kind(
    503,
    1,
    'Disk failed',
    'look at the disk and the log of the system, then start again: everything acknowledged before is kept',
  ),
  port_in_use: kind(
    500,
    1,
    'Address in use',
    'choose another with --listen HOST:PORT, or stop the program that has it',
  ),
  listen_failed: kind(500, 1, 'Cannot listen', 'choose another address with --listen HOST:PORT'),
  token_required: kind(
    401,
    2,
    'Token required',
    'send `Authorization: Bearer TOKEN`; commands take the token from --token-file',
  ),
  forbidden: kind(403, 1, 'Forbidden', 'use a token with the scope named in the message'),
  server_unreachable: kind(
    502,
    1,
    'Server cannot be reached',
    'check --server and that `meshwake serve` runs there',
  ),
  server_refused: kind(502, 1, 'Server refused', 'see the message of the server'),
  delivery_failed: kind(
    502,
    1,
    'Report could not be delivered',
    'see the message; `meshwake report --test-delivery NAME` tries a target again',
  ),
  draining: kind(503, 1, 'Shutting down', 'send again in a moment'),
  timeout: kind(503, 1, 'Took too long', 'narrow the question with since, until or other filters'),
  interrupted: kind(
    503,
    1,
    'Answer was interrupted',
    'ask again, of a shorter time or with more filters: what was stored is not touched',
  ),
  not_supported: kind(501, 1, 'Not supported', 'see the message'),
  internal: kind(500, 1, 'Internal error', 'report it, with the output of `meshwake --version`'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * An error that a user caused or can mend.
 * Wording of `message`: cannot <verb> <thing> <where>: <cause>; got <x>, expected <y>. What to do is `remedy`.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; remedy?: string } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.remedy = options.remedy ?? ERRORS[code].remedy;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get exit(): 1 | 2 {
    return ERRORS[this.code].exit;
  }
}

/** Throws when a promise inside the program is broken: a bug of ours, never of the input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`BUG: ${message}`);
}

/** The message of anything caught. */
export function messageOf(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}

/** A value from outside for use in a message: quoted, escaped, cut to 120 characters. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 120 ? `${value.slice(0, 117)}...` : value);
}

/** Bytes that systems allow a path to have. */
const PATH_LENGTH_MAX = 4_096;

/** The path of a file for use in a message: quoted, escaped, and whole: its end tells which file it is. */
export function quotedPath(path: string): string {
  return JSON.stringify(path.length > PATH_LENGTH_MAX ? `...${path.slice(3 - PATH_LENGTH_MAX)}` : path);
}
