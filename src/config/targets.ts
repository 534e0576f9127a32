/** Where reports and alerts go, as the configuration file says it. Errors: `bad_parameter`. */
import { canonicalIp } from '../domain/address.ts';
import { AppError } from '../domain/errors.ts';
import { SMTP_SECURITY, TARGET_TYPES, type TargetPlan, type TargetType } from '../domain/report-plan.ts';
import type { Secret } from '../domain/secret.ts';
import type { Place } from './place.ts';
import { readSecret, type SecretSources } from './secrets.ts';
import { optional, readChoice, readLine, readName, readSpan, readWhole } from './values.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const RESEND_MS_DEFAULT = 60_000;
const SMTP_PORTS = { tls: 465, starttls: 587, none: 25 } as const;

type Keys = Readonly<Record<string, Place>>;
type Read = (name: string, keys: Keys, sources: SecretSources) => Promise<TargetPlan>;

interface Kind {
  readonly keys: readonly string[];
  readonly read: Read;
}

/** The ways to give a secret under a name; `plain` where it may stand in the configuration itself. */
const secretKeys = (name: string, plain: boolean): readonly string[] =>
  plain ? [name, `${name}_file`, `${name}_env`] : [`${name}_file`, `${name}_env`];

const KINDS: Readonly<Record<TargetType, Kind>> = {
  file: { keys: ['directory', 'file'], read: readFileTarget },
  webhook: {
    keys: [...secretKeys('url', true), ...secretKeys('secret', false), ...secretKeys('token', false)],
    read: async (name, keys, sources) => ({
      type: 'webhook',
      name,
      url: await readUrl(keys, sources),
      secret: await secretOf('secret', keys, sources),
      token: await secretOf('token', keys, sources),
    }),
  },
  slack: {
    keys: secretKeys('url', true),
    read: async (name, keys, sources) => ({ type: 'slack', name, url: await readUrl(keys, sources) }),
  },
  email: {
    keys: ['host', 'port', 'security', 'user', ...secretKeys('password', false), 'from', 'to'],
    read: readEmailTarget,
  },
  alertmanager: {
    keys: [...secretKeys('url', true), ...secretKeys('token', false), 'resend'],
    read: async (name, keys, sources) => ({
      type: 'alertmanager',
      name,
      url: await readUrl(keys, sources),
      token: await secretOf('token', keys, sources),
      resendMs:
        optional(at(keys, 'resend'), (place) =>
          readSpan(place, SECOND_MS, DAY_MS, 'a duration from 1s to 1d, such as 1m'),
        ) ?? RESEND_MS_DEFAULT,
    }),
  },
};

export async function readTarget(place: Place, sources: SecretSources): Promise<TargetPlan> {
  const type = typeOf(place);
  const { keys, read } = KINDS[type];
  const places = place.map(['name', 'type', ...keys]);
  return read(readName(at(places, 'name')), places, sources);
}

/** The type decides which keys there are, so that it is looked at before them. */
function typeOf(place: Place): TargetType {
  const all = [...new Set(Object.values(KINDS).flatMap(({ keys }) => keys))];
  return readChoice(at(place.map(['name', 'type', ...all]), 'type'), TARGET_TYPES);
}

async function readFileTarget(name: string, keys: Keys, { resolvePath }: SecretSources): Promise<TargetPlan> {
  const directory = optional(at(keys, 'directory'), (place) =>
    resolvePath(readLine(place, 'the path of a directory')),
  );
  const file = optional(at(keys, 'file'), (place) => resolvePath(readLine(place, 'the path of a file')));
  if ((directory === null) === (file === null))
    throw at(keys, 'directory').fail('either a directory or a file');
  return { type: 'file', name, directory, file };
}

async function readEmailTarget(name: string, keys: Keys, sources: SecretSources): Promise<TargetPlan> {
  const security = optional(at(keys, 'security'), (place) => readChoice(place, SMTP_SECURITY)) ?? 'starttls';
  const user = optional(at(keys, 'user'), (place) => readLine(place, 'a name'));
  const password = await secretOf('password', keys, sources);
  if ((user === null) !== (password === null))
    throw at(keys, 'user').fail('both user and password_file or password_env, or none of them');
  const to = at(keys, 'to')
    .list()
    .map((place) => readAddress(place));
  if (to.length === 0) throw at(keys, 'to').fail('a list of addresses');
  return {
    type: 'email',
    name,
    host: readHost(at(keys, 'host')),
    port: optional(at(keys, 'port'), (place) => readWhole(place, 1, 65_535)) ?? SMTP_PORTS[security],
    security,
    user,
    password,
    from: readAddress(at(keys, 'from')),
    to,
  };
}

function readHost(place: Place): string {
  const host = readLine(place, 'a host name');
  if (!/^[A-Za-z0-9._-]+$/.test(host) && canonicalIp(host) === null)
    throw place.fail('a host name or an address, without a port');
  return host;
}

/** `name@host`, or `Name <name@host>`. */
function readAddress(place: Place): string {
  const expected = 'an address such as ops@example.com or "Meshwake <meshwake@example.com>"';
  const text = readLine(place, expected);
  if (!/^(?:[^<>@,;"]*<)?[^\s<>@,;"]+@[^\s<>@,;"]+>?$/.test(text)) throw place.fail(expected);
  return text;
}

async function secretOf(name: string, keys: Keys, sources: SecretSources): Promise<Secret | null> {
  return readSecret({ file: at(keys, `${name}_file`), env: at(keys, `${name}_env`) }, sources);
}

/** What is wrong with a URL is told without it: many are secrets. */
async function readUrl(keys: Keys, sources: SecretSources): Promise<Secret> {
  const places = { plain: at(keys, 'url'), file: at(keys, 'url_file'), env: at(keys, 'url_env') };
  const secret = await readSecret(places, sources);
  if (secret === null) throw places.plain.fail('a URL, in url, url_file or url_env');
  const text = secret.reveal();
  const url = URL.canParse(text) ? new URL(text) : null;
  const isGood = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (!isGood) {
    const name = keys.name?.value;
    throw new AppError(
      'bad_parameter',
      `cannot use the URL of target ${String(name)}: expected one such as https://hooks.example.com/path, without a user in it`,
    );
  }
  return secret;
}

/** A key of the list that was asked for is always there. */
function at(keys: Keys, name: string): Place {
  const place = keys[name];
  if (place === undefined) throw new Error(`BUG: no key ${name}`);
  return place;
}
