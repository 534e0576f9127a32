/** A value of a YAML document and where it stands: what is wrong with it is told by file, line and path. */
import { isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { AppError, messageOf, quoted } from '../domain/errors.ts';
import { nearest } from '../domain/nearest.ts';

export interface Place {
  readonly value: unknown;
  /** The error that this value is not what was expected; `hint` is what to do about it. */
  fail(expected: string, hint?: string): AppError;
  /** The value as a mapping with no other keys than these. Errors: `bad_parameter`. */
  map<K extends string>(keys: readonly K[]): Readonly<Record<K, Place>>;
  /** Items of a list; a missing one is empty. Errors: `bad_parameter`. */
  list(): readonly Place[];
}

/**
 * Reads a document; an empty one is an empty mapping. `name`: of the file, for messages.
 * Errors: `bad_parameter` for what is no YAML, or has a key twice.
 */
export function readDocument(text: string, name: string): Place {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, version: '1.2' });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line ?? 1;
    const cause = problem.message.split('\n')[0]?.replace(/ at line.*$/, '') ?? 'it is no YAML';
    throw new AppError('bad_parameter', `cannot read ${name}, line ${line}: ${cause}`);
  }
  const at = (path: readonly (string | number)[], value: unknown): Place => {
    const where = (): string => {
      const line = lineOf(path);
      return `${name}${line === null ? '' : `, line ${line}`}${path.length === 0 ? '' : `, ${pathText(path)}`}`;
    };
    const lineOf = (of: readonly (string | number)[]): number | null => {
      // A value that is missing has the line of what should have it.
      for (let length = of.length; length >= 0; length--) {
        const node = length === 0 ? document.contents : document.getIn(of.slice(0, length), true);
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
      }
      return null;
    };
    const fail = (expected: string, hint?: string): AppError =>
      new AppError(
        'bad_parameter',
        `cannot use ${where()}: ${value === undefined ? 'it is missing' : `got ${shown(value)}`}, expected ${expected}`,
        hint === undefined ? {} : { remedy: hint },
      );
    return {
      value,
      fail,
      map<K extends string>(keys: readonly K[]) {
        if (typeof value !== 'object' || value === null || Array.isArray(value))
          throw fail(`a mapping with the keys ${keys.join(', ')}`);
        const entries = new Map(Object.entries(value));
        const unknown = [...entries.keys()].find((key) => !(keys as readonly string[]).includes(key));
        if (unknown !== undefined) {
          const meant = nearest(unknown, keys);
          throw new AppError(
            'bad_parameter',
            `cannot use ${name}, line ${lineOf([...path, unknown]) ?? 1}: there is no key ${quoted(unknown)} in ${pathText(path) || 'the document'}; expected one of ${keys.join(', ')}`,
            meant === null ? {} : { remedy: `did you mean ${meant}?` },
          );
        }
        // Every key of the list has its entry.
        return Object.fromEntries(keys.map((key) => [key, at([...path, key], entries.get(key))])) as Record<
          K,
          Place
        >;
      },
      list() {
        if (value === undefined || value === null) return [];
        if (!Array.isArray(value)) throw fail('a list');
        return value.map((item: unknown, index) => at([...path, index], item));
      },
    };
  };
  const value = plainValue(document, name);
  if (value !== null && !isMap(document.contents)) throw at([], value).fail('a mapping');
  return at([], value ?? {});
}

/** Aliases that stand for very much are refused. */
function plainValue(document: ReturnType<typeof parseDocument>, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new AppError('bad_parameter', `cannot read ${name}: ${messageOf(error)}`, { cause: error });
  }
}

/** `reports[0].cron`. */
function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null) return 'nothing';
  return typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'a mapping') : String(value);
}
