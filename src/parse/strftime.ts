/** Reads times written with a strftime format of one's own, as `%START_TIME(%s.%3f)%` has. */
import { AppError, quoted } from '../domain/errors.ts';
import type { TimeReader } from './start-time.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTHS_LONG = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAYS_LONG = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** What was read of one time so far. */
interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  afternoon: boolean | null;
  offsetMinutes: number;
  epochSeconds: number | null;
}

/** Reads one piece at `at`; returns the index behind it, or -1. */
type Step = (line: string, at: number, parts: Parts) => number;

const SHORTHANDS: Readonly<Record<string, string>> = {
  T: '%H:%M:%S',
  R: '%H:%M',
  F: '%Y-%m-%d',
  D: '%m/%d/%y',
};

/**
 * Compiles a strftime format into a reader of times.
 * A time without zone is UTC; fractions are cut to ms.
 * Errors: `bad_format` for a conversion that is not known, and for a format that does not give the whole date.
 */
export function compileStrftime(format: string): TimeReader {
  const steps: Step[] = [];
  const given = new Set<string>();
  addSteps(format, steps, given, format);
  const dated = given.has('s') || ['Y', 'm', 'd'].every((part) => given.has(part));
  if (!dated) throw badTime(format, 'a time needs year, month and day, or %s');
  return new StrftimeReader(steps);
}

class StrftimeReader implements TimeReader {
  value = Number.NaN;
  end = 0;
  readonly canonical = false;
  readonly #steps: readonly Step[];

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  read(line: string, from: number): boolean {
    const parts = emptyParts();
    let at = from;
    for (const step of this.#steps) {
      at = step(line, at, parts);
      if (at < 0) return false;
    }
    this.end = at;
    this.value = toMs(parts);
    return !Number.isNaN(this.value);
  }
}

function emptyParts(): Parts {
  return {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    ms: 0,
    afternoon: null,
    offsetMinutes: 0,
    epochSeconds: null,
  };
}

function toMs(parts: Parts): number {
  if (parts.epochSeconds !== null) return parts.epochSeconds * 1_000 + parts.ms;
  if (parts.month < 1 || parts.month > 12 || parts.day < 1) return Number.NaN;
  const hour = parts.afternoon === null ? parts.hour : (parts.hour % 12) + (parts.afternoon ? 12 : 0);
  if (hour > 23 || parts.minute > 59 || parts.second > 60) return Number.NaN;
  const second = Math.min(parts.second, 59);
  const ms = Date.UTC(parts.year, parts.month - 1, parts.day, hour, parts.minute, second, parts.ms);
  if (new Date(ms).getUTCDate() !== parts.day) return Number.NaN;
  return ms - parts.offsetMinutes * 60_000;
}

function addSteps(format: string, steps: Step[], given: Set<string>, whole: string): void {
  let at = 0;
  while (at < format.length) {
    const percent = format.indexOf('%', at);
    const literal = format.slice(at, percent < 0 ? format.length : percent);
    if (literal !== '') steps.push(literalStep(literal));
    if (percent < 0) return;
    const conversion = /^%(?:E[*\d]?|[_0^#-]?)(\d*)([A-Za-z%])/.exec(format.slice(percent, percent + 8));
    if (conversion === null)
      throw badTime(whole, `cannot read ${quoted(format.slice(percent, percent + 3))}`);
    addConversion(conversion, steps, given, whole);
    at = percent + conversion[0].length;
  }
}

function addConversion(conversion: RegExpExecArray, steps: Step[], given: Set<string>, whole: string): void {
  const [text, width = '', letter = ''] = conversion;
  const shorthand = SHORTHANDS[letter];
  if (shorthand !== undefined) {
    addSteps(shorthand, steps, given, whole);
    return;
  }
  given.add(letter === 'y' ? 'Y' : letter === 'e' ? 'd' : 'bBh'.includes(letter) ? 'm' : letter);
  if (letter === 'S' && text.startsWith('%E') && text !== '%ES') {
    steps.push(numberStep('second', 2), fractionStep(text));
  } else if (letter === 'f') {
    steps.push(
      digitsStep(text.startsWith('%E*') ? 0 : Number(width || text.slice(2, 3).replace(/\D/, '') || 9)),
    );
  } else {
    steps.push(stepFor(letter, whole));
  }
}

function stepFor(letter: string, whole: string): Step {
  switch (letter) {
    case 'Y':
      return numberStep('year', 4);
    case 'y':
      return (line, at, parts) => shortYear(line, at, parts);
    case 'm':
      return numberStep('month', 2);
    case 'd':
      return numberStep('day', 2);
    case 'e':
      return (line, at, parts) => paddedDay(line, at, parts);
    case 'H':
      return numberStep('hour', 2);
    case 'I':
      return numberStep('hour', 2);
    case 'M':
      return numberStep('minute', 2);
    case 'S':
      return numberStep('second', 2);
    case 's':
      return epochStep;
    case 'p':
      return nameStep(['am', 'pm'], (parts, index) => {
        parts.afternoon = index === 1;
      });
    case 'b':
    case 'h':
      return nameStep(MONTHS, (parts, index) => {
        parts.month = index + 1;
      });
    case 'B':
      return nameStep(MONTHS_LONG, (parts, index) => {
        parts.month = index + 1;
      });
    case 'a':
      return nameStep(DAYS, () => {});
    case 'A':
      return nameStep(DAYS_LONG, () => {});
    case 'z':
      return zoneStep;
    case 'Z':
      return nameStep(['utc', 'gmt'], () => {});
    case '%':
      return literalStep('%');
    default:
      throw badTime(whole, `cannot read "%${letter}"`);
  }
}

const literalStep =
  (text: string): Step =>
  (line, at) =>
    line.startsWith(text, at) ? at + text.length : -1;

function numberStep(part: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', width: number): Step {
  return (line, at, parts) => {
    const end = digitsEnd(line, at, width);
    if (end - at !== width) return -1;
    parts[part] = Number(line.slice(at, end));
    return end;
  };
}

/** Reads digits of a fraction; 0 as width is "as many as there are". */
function digitsStep(width: number): Step {
  return (line, at, parts) => {
    const end = digitsEnd(line, at, width === 0 ? 9 : width);
    if (end === at || (width > 0 && end - at !== width)) return -1;
    parts.ms = Number(line.slice(at, end).padEnd(3, '0').slice(0, 3));
    return end;
  };
}

/** Reads `.` and digits, as `%E3S` and `%E*S` print behind the seconds. */
function fractionStep(text: string): Step {
  const width = Number(text.slice(2, 3).replace('*', '0'));
  const digits = digitsStep(width);
  return (line, at, parts) => {
    if (line.charCodeAt(at) !== 0x2e) return width === 0 ? at : -1;
    return digits(line, at + 1, parts);
  };
}

const epochStep: Step = (line, at, parts) => {
  const end = digitsEnd(line, at, 10);
  if (end === at) return -1;
  parts.epochSeconds = Number(line.slice(at, end));
  return end;
};

const zoneStep: Step = (line, at, parts) => {
  if (line.charCodeAt(at) === 0x5a) return at + 1;
  const zone = /^([+-])(\d\d):?(\d\d)/.exec(line.slice(at, at + 6));
  if (zone === null) return -1;
  const minutes = Number(zone[2]) * 60 + Number(zone[3]);
  parts.offsetMinutes = zone[1] === '-' ? -minutes : minutes;
  return at + zone[0].length;
};

function nameStep(names: readonly string[], set: (parts: Parts, index: number) => void): Step {
  return (line, at, parts) => {
    const text = line.slice(at, at + 9).toLowerCase();
    const index = names.findIndex((name) => text.startsWith(name));
    if (index < 0) return -1;
    set(parts, index);
    return at + (names[index]?.length ?? 0);
  };
}

/** Years 69 to 99 are of the last century, as POSIX has it. */
function shortYear(line: string, at: number, parts: Parts): number {
  const end = digitsEnd(line, at, 2);
  if (end - at !== 2) return -1;
  const year = Number(line.slice(at, end));
  parts.year = year < 69 ? 2000 + year : 1900 + year;
  return end;
}

function paddedDay(line: string, at: number, parts: Parts): number {
  const from = line.charCodeAt(at) === 0x20 ? at + 1 : at;
  const end = digitsEnd(line, from, 2);
  if (end === from) return -1;
  parts.day = Number(line.slice(from, end));
  return end;
}

function digitsEnd(line: string, at: number, max: number): number {
  let end = at;
  while (end < at + max && line.charCodeAt(end) >= 0x30 && line.charCodeAt(end) <= 0x39) end++;
  return end;
}

function badTime(format: string, cause: string): AppError {
  return new AppError('bad_format', `cannot read times written as ${quoted(format)}: ${cause}`);
}
