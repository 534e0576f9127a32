/** Single values of the configuration file. Errors of all: `bad_parameter`, with file, line and path. */
import { PLAN_NAME } from '../domain/report-plan.ts';
import { parseDuration } from '../domain/time.ts';
import type { Place } from './place.ts';

const TEXT_MAX = 4_096;

/** One line of text that is not empty. */
export function readLine(place: Place, expected: string): string {
  const { value } = place;
  if (typeof value !== 'string' || value.trim() === '' || value.length > TEXT_MAX || /\p{Cc}/u.test(value))
    throw place.fail(expected);
  return value.trim();
}

/** Null: it is not given. */
export function optional<T>(place: Place, read: (place: Place) => T): T | null {
  return place.value === undefined || place.value === null ? null : read(place);
}

export function readName(place: Place): string {
  const expected =
    'a name of letters, digits, dots, dashes and underlines, at most 64, that begins with a letter or digit';
  const name = readLine(place, expected);
  if (!PLAN_NAME.test(name)) throw place.fail(expected);
  return name;
}

export function readChoice<T extends string>(place: Place, choices: readonly T[]): T {
  const choice = choices.find((known) => known === place.value);
  if (choice === undefined) throw place.fail(`one of ${choices.join(', ')}`);
  return choice;
}

export function readWhole(place: Place, min: number, max: number): number {
  const { value } = place;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw place.fail(`a whole number from ${min} to ${max}`);
  return value;
}

/** Ms of a duration such as `24h`. */
export function readSpan(place: Place, min: number, max: number, expected: string): number {
  const ms = typeof place.value === 'string' ? parseDuration(place.value) : null;
  if (ms === null || ms < min || ms > max) throw place.fail(expected);
  return ms;
}
