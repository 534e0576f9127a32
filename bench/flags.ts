/** Reads the flags of the benchmarks. */
import { parseArgs } from 'node:util';

/** A flag by name, with what it is when it is not given; a boolean flag takes no value. */
export type FlagDefaults = Readonly<Record<string, string | boolean>>;

export interface Flags {
  text(flag: string): string;
  isSet(flag: string): boolean;
  /** A whole number above 0. Errors: `UsageError`. */
  count(flag: string): number;
  /** Whole numbers above 0, with commas between them. Errors: `UsageError`. */
  counts(flag: string): number[];
  /** Words with commas between them, each one of these. Empty: none was given. Errors: `UsageError`. */
  names(flag: string, known: readonly string[]): string[];
}

/** The command was written wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Errors: `UsageError` for an unknown flag. */
export function readFlags(args: readonly string[], defaults: FlagDefaults): Flags {
  const given = parse(args, defaults);
  const text = (flag: string): string => String(given[flag] ?? defaults[flag]);
  const counts = (flag: string): number[] =>
    text(flag)
      .split(',')
      .map((one) => toCount(flag, one));
  return {
    text,
    counts,
    isSet: (flag) => given[flag] === true,
    count: (flag) => toCount(flag, text(flag)),
    names(flag, known) {
      const names = text(flag) === '' ? [] : text(flag).split(',');
      for (const name of names) {
        if (!known.includes(name)) throw new UsageError(`--${flag} takes ${known.join(', ')}, not "${name}"`);
      }
      return names;
    },
  };
}

function parse(args: readonly string[], defaults: FlagDefaults): Readonly<Record<string, unknown>> {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      { type: typeof value === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function toCount(flag: string, given: string): number {
  const value = Number(given);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`--${flag} takes a whole number above 0, not "${given}"`);
}
