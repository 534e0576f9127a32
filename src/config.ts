/** Every setting that an environment variable or a flag can give: its name, default and meaning. The only reader of both. */
import { AppError, quoted } from './domain/errors.ts';
import { RETENTION_MS_MAX, RETENTION_MS_MIN } from './domain/limits.ts';
import { parseDuration } from './domain/time.ts';

/** Prefix of our environment variables; one with it that we do not know is an error. */
export const ENV_PREFIX = 'MESHWAKE_';

export interface Setting {
  /** The flag without its dashes; the variable is the prefix and the flag in capitals. */
  readonly flag: string;
  readonly value: string;
  readonly default: string | null;
  readonly description: string;
}

export const SETTINGS = {
  db: {
    flag: 'db',
    value: 'FILE',
    default: 'meshwake.db',
    description: 'Database file',
  },
  server: {
    flag: 'server',
    value: 'URL',
    default: null,
    description: 'Use the API of a `meshwake serve` instead of a file',
  },
  listen: {
    flag: 'listen',
    value: 'HOST:PORT',
    default: '127.0.0.1:8710',
    description: 'Address to serve on; port 0 takes a free one',
  },
  als: {
    flag: 'als',
    value: 'HOST:PORT',
    default: null,
    description: "Take what proxies send to Envoy's access log service (gRPC) at this address",
  },
  retention: {
    flag: 'retention',
    value: 'DURATION',
    default: null,
    description:
      'Forget connections that started longer ago, for example 7d; whole hours, looked after once an hour',
  },
  disk_floor: {
    flag: 'disk-floor',
    value: 'SIZE',
    default: '64MiB',
    description:
      'Take no lines while less than this is free on the disk of the database; 0 for as far as it goes',
  },
  config: {
    flag: 'config',
    value: 'FILE',
    default: null,
    description: 'Configuration file (YAML): which reports are made when, and where they go',
  },
  token_file: {
    flag: 'token-file',
    value: 'FILE',
    default: null,
    description: 'File with bearer tokens',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

/** Environment variable of a setting: `token-file` is `MESHWAKE_TOKEN_FILE`. */
export function envName(flag: string): string {
  return ENV_PREFIX + flag.toUpperCase().replaceAll('-', '_');
}

export interface Config {
  /** Flag, else environment, else default; null where there is none. Empty variables count as unset. */
  get(name: SettingName): string | null;
  /** Whether a flag or the environment gave it, and which. */
  source(name: SettingName): 'flag' | 'environment' | 'default';
}

/**
 * Reads the settings.
 * Shape: `flags` by setting name, undefined where not given.
 * Errors: `usage` for an unknown variable with our prefix, and for a flag with an empty value.
 */
export function readConfig(
  flags: Readonly<Partial<Record<SettingName, string>>>,
  env: Readonly<Record<string, string | undefined>>,
): Config {
  refuseUnknown(env);
  refuseEmpty(flags);
  const fromEnv = (name: SettingName): string | null => env[envName(SETTINGS[name].flag)] || null;
  return Object.freeze({
    get: (name: SettingName) => flags[name] ?? fromEnv(name) ?? SETTINGS[name].default,
    source: (name: SettingName) => {
      if (flags[name] !== undefined) return 'flag';
      return fromEnv(name) === null ? 'default' : 'environment';
    },
  });
}

/** Where a question is put: to a file or to a server. */
export type Target =
  | { readonly kind: 'db'; readonly db: string }
  | { readonly kind: 'server'; readonly url: URL };

/** Chooses between `--db` and `--server`; a flag beats the environment. Errors: `usage` when both stand equal. */
export function readTarget(config: Config): Target {
  const db = config.source('db');
  const server = config.source('server');
  if (db === server && db !== 'default') {
    const names = db === 'flag' ? '--db and --server' : `${envName('db')} and ${envName('server')}`;
    throw new AppError('usage', `cannot use ${names} together: got both, expected one`);
  }
  const url = config.get('server');
  if (url !== null && (server === 'flag' || db !== 'flag')) return { kind: 'server', url: readUrl(url) };
  return { kind: 'db', db: config.get('db') ?? SETTINGS.db.default };
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Whether only this machine can reach it. */
  readonly loopback: boolean;
}

/** Reads `HOST:PORT`, `[::1]:PORT`, `:PORT` or `PORT`. Errors: `bad_parameter`. */
export function readListen(text: string): ListenAddress {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (match === null || port > 65_535) {
    throw new AppError(
      'bad_parameter',
      `cannot listen on ${quoted(text)}: expected HOST:PORT such as 127.0.0.1:8710`,
    );
  }
  const host = match[1] ?? (match[2] === undefined ? '127.0.0.1' : match[2] || '0.0.0.0');
  return { host, port, loopback: isLoopbackHost(host) };
}

export const SCOPES = ['ingest', 'read'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Token {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly token: string;
}

/** Reads a retention. Shape: ms. Errors: `bad_parameter`. */
export function readRetention(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms < RETENTION_MS_MIN || ms > RETENTION_MS_MAX) {
    throw new AppError(
      'bad_parameter',
      `cannot keep lines for ${quoted(text)}: expected a duration from an hour to 100 years, such as 7d`,
    );
  }
  return ms;
}

const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, KiB: 1_024, MiB: 1_024 ** 2, GiB: 1_024 ** 3 };

/** Reads a size such as `64MiB`, `1GiB`, or bytes. Errors: `bad_parameter`. */
export function readSize(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,9})(KiB|MiB|GiB)?$/.exec(text) ?? [];
  if (amount === '')
    throw new AppError(
      'bad_parameter',
      `cannot read size ${quoted(text)}: expected one such as 64MiB or 1GiB`,
    );
  return Number(amount) * (UNIT_BYTES[unit] ?? 1);
}

/** 128 random bits in base64. */
const TOKEN_LENGTH_MIN = 22;

/**
 * Reads a token file: lines `NAME SCOPE[,SCOPE] TOKEN`; empty lines and lines with `#` in front are passed over.
 * Errors: `bad_parameter`, with the number of the line and never with the token.
 */
export function parseTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const problem = (cause: string): AppError =>
      new AppError('bad_parameter', `cannot read token file, line ${index + 1}: ${cause}`, {
        remedy: 'write lines such as `shipper ingest TOKEN`, with a token from `openssl rand -base64 24`',
      });
    const [name = '', scopes = '', token = '', ...rest] = line.trim().split(/\s+/);
    if (token === '' || rest.length > 0) throw problem('expected three words: NAME SCOPE[,SCOPE] TOKEN');
    if (token.length < TOKEN_LENGTH_MIN)
      throw problem(`the token is shorter than ${TOKEN_LENGTH_MIN} characters`);
    if (tokens.some((other) => other.name === name)) throw problem(`the name ${quoted(name)} is there twice`);
    tokens.push({ name, scopes: readScopes(scopes, problem), token });
  }
  if (tokens.length === 0)
    throw new AppError('bad_parameter', 'cannot use token file: it has no token in it');
  return tokens;
}

function readScopes(text: string, problem: (cause: string) => AppError): readonly Scope[] {
  return text.split(',').map((given) => {
    const scope = SCOPES.find((known) => known === given);
    if (scope === undefined)
      throw problem(`got scope ${quoted(given)}, expected one of ${SCOPES.join(', ')}`);
    return scope;
  });
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AppError(
      'bad_parameter',
      `cannot use server ${quoted(text)}: expected a URL such as http://127.0.0.1:8710`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('bad_parameter', 'cannot use a server URL with a password in it', {
      remedy: 'put the token in a file and name it with --token-file',
    });
  }
  return url;
}

/** `--db "$DB"` without the variable; SQLite would take the empty name for a database that is gone at the end. */
function refuseEmpty(flags: Readonly<Partial<Record<SettingName, string>>>): void {
  for (const [name, { flag, value }] of Object.entries(SETTINGS)) {
    // The names are those of SETTINGS.
    if (flags[name as SettingName] === '')
      throw new AppError('usage', `cannot use --${flag}: its value is empty, expected ${value}`);
  }
}

/** Kubernetes gives every container of a namespace these variables for a Service that is named meshwake. */
const SERVICE_LINK = /^MESHWAKE_(?:SERVICE_|PORT(?:_|$))/;

function refuseUnknown(env: Readonly<Record<string, string | undefined>>): void {
  const known = new Set(Object.values(SETTINGS).map((setting) => envName(setting.flag)));
  const unknown = Object.keys(env).find(
    (name) => name.startsWith(ENV_PREFIX) && !known.has(name) && !SERVICE_LINK.test(name),
  );
  if (unknown !== undefined) {
    throw new AppError(
      'usage',
      `cannot use environment variable ${quoted(unknown)}: there is no such setting; expected one of ${[...known].join(', ')}`,
    );
  }
}
