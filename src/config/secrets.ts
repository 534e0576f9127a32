/** Texts that are nobody else's business: given in a file or in the environment. */
import { AppError, messageOf, quotedPath } from '../domain/errors.ts';
import { Secret } from '../domain/secret.ts';
import type { Place } from './place.ts';
import { readLine } from './values.ts';

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A path as the configuration has it, from where the configuration is. Errors: those of reading. */
  readonly readFile: (path: string) => Promise<string>;
  /** The whole path of what the configuration names. */
  readonly resolvePath: (path: string) => string;
}

/** The three ways to give a secret. `plain` is missing where it may not stand in the configuration. */
export interface SecretPlaces {
  readonly plain?: Place;
  readonly file: Place;
  readonly env: Place;
}

/** Null: none of the ways is used. Errors: `bad_parameter`, without the secret. */
export async function readSecret(places: SecretPlaces, sources: SecretSources): Promise<Secret | null> {
  const { plain, file, env } = places;
  const given = [plain, file, env].filter((place) => place?.value !== undefined && place.value !== null);
  const [first, second] = given;
  if (first === undefined) return null;
  if (second !== undefined) throw second.fail('only one of the ways to give it');
  if (first === file) return fromFile(file, sources);
  return first === env ? fromEnv(env, sources) : new Secret(readLine(first, 'a text'));
}

async function fromFile(place: Place, { readFile }: SecretSources): Promise<Secret> {
  const path = readLine(place, 'the path of a file');
  let text: string;
  try {
    text = (await readFile(path)).trim();
  } catch (error) {
    throw new AppError(
      'bad_parameter',
      `cannot read ${quotedPath(path)} of the configuration: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  if (text === '' || text.includes('\n')) throw place.fail('a file with one line of text in it');
  return new Secret(text);
}

function fromEnv(place: Place, { env }: SecretSources): Secret {
  const name = readLine(place, 'the name of an environment variable');
  if (name.startsWith('MESHWAKE_'))
    throw place.fail('another name: those that begin with MESHWAKE_ are settings');
  const text = env[name]?.trim() ?? '';
  if (text === '') throw place.fail('the name of an environment variable that is set');
  return new Secret(text);
}
