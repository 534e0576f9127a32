/** Values of filters that are words of ours, or of Envoy's: a misspelt one is told, and not taken for nothing found. */
import { DIAGNOSES } from './diagnoses.ts';
import { AppError, quoted } from './errors.ts';
import { type NamePattern, namePattern } from './name-pattern.ts';
import { nearest } from './nearest.ts';
import { PAIR_KINDS, STATES } from './resources.ts';
import { RESPONSE_FLAGS } from './response-flags.ts';

const FLAG_NAMES = RESPONSE_FLAGS.map(({ short }) => short);
/** Kinds of lines. */
export const LINE_KINDS: readonly string[] = ['tcp', 'http'];
/** Kinds of shifts that there can be. */
export const SHIFT_KINDS: readonly string[] = STATES.flatMap((from) =>
  STATES.map((to) => `${from}_to_${to}`),
);
const KINDS = [...LINE_KINDS, ...PAIR_KINDS, ...SHIFT_KINDS];

/** The values that a text stands for: itself, or all that it matches with a `*`. Errors: `bad_parameter`. */
export function readChoices<T extends string>(name: string, text: string, known: readonly T[]): T[] {
  const matches = namePattern(text);
  const chosen = known.filter((value) => matches(value));
  if (chosen.length === 0)
    throw badFilter(name, text, `one of ${known.join(', ')}`, nearest(lower(text), known));
  return chosen;
}

/** Kind of a line, a pair or a shift. Errors: `bad_parameter`. */
export function readKind(text: string): NamePattern {
  const expected = `tcp, http, the kind of a pair (${PAIR_KINDS.join(', ')}) or of a shift, such as passthrough_to_captured`;
  return readKnown('kind', text, KINDS, expected);
}

/** Errors: `bad_parameter`. */
export function readDiagnosis(text: string): NamePattern {
  return readKnown(
    'diagnosis',
    text,
    DIAGNOSES,
    'a diagnosis of docs/diagnoses.md, such as catch_all_capture',
  );
}

/** A flag that only a newer Envoy knows is possible: see {@link isKnownFlag}. Errors: `bad_parameter` for what is no flag. */
export function readResponseFlag(text: string): NamePattern {
  if (!/^[A-Z0-9_*]{1,32}$/.test(text)) {
    throw badFilter(
      'response_flag',
      text,
      'the short name of a response flag, such as UF',
      nearest(text.toUpperCase(), FLAG_NAMES),
    );
  }
  return namePattern(text);
}

/** Whether a value of the filter matches a response flag that we know. */
export function isKnownFlag(text: string): boolean {
  return FLAG_NAMES.some((flag) => namePattern(text)(flag));
}

/** The error for a value; `meant` is what may have been meant. */
export function badFilter(
  name: string,
  value: string,
  expected: string,
  meant: string | null = null,
): AppError {
  return new AppError(
    'bad_parameter',
    `cannot read filter "${name}": got ${quoted(value)}, expected ${expected}`,
    meant === null ? {} : { remedy: `did you mean ${meant}?` },
  );
}

function readKnown(name: string, text: string, known: readonly string[], expected: string): NamePattern {
  const pattern = namePattern(text);
  if (!known.some((value) => pattern(value))) {
    throw badFilter(name, text, expected, nearest(lower(text), known));
  }
  return pattern;
}

/** Words of ours are in lower case. */
function lower(text: string): string {
  return text.slice(0, 120).toLowerCase();
}
