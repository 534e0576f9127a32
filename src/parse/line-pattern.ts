/** The usual lines of a format as one regular expression: most lines are usual, and V8 reads them far faster so. */
import { Draft } from './draft.ts';
import type { FieldName } from './log-format.ts';
import { DefaultTimeReader } from './start-time.ts';
import type { Step } from './steps.ts';

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const PORT = String.raw`(?:0|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]|[1-9]\d{0,3})`;
/** What no word holds: control characters, the space, the quote. */
const NO_WORD = String.raw`\x00-\x20"`;

/** Fields that only HTTP has: on a line of a TCP connection, all are absent. */
const HTTP_ONLY: ReadonlySet<FieldName | null> = new Set<FieldName | null>([
  'method',
  'path',
  'protocol',
  'upstream_service_time',
  'x_forwarded_for',
  'user_agent',
  'request_id',
  'authority',
  'route_name',
]);

/** A pattern, and what its groups mean. */
export class LinePattern {
  /** The values of the line matched last. */
  readonly draft: Draft;
  readonly #pattern: RegExp;
  readonly #time: Step;
  readonly #timeAt: number;
  readonly #groups: readonly Step[];

  /** Shape: the pattern is sticky; `groups` are the steps of its groups, `time` the one that begins at `timeAt`. */
  constructor(
    pattern: RegExp,
    time: { readonly step: Step; readonly at: number },
    groups: readonly Step[],
    draft: Draft,
  ) {
    this.draft = draft;
    this.#pattern = pattern;
    this.#time = time.step;
    this.#timeAt = time.at;
    this.#groups = groups;
  }

  /** True when the text of `line` from `from` to its end is a line of the pattern's kind. */
  match(line: string, from: number): boolean {
    this.#pattern.lastIndex = from;
    const found = this.#pattern.exec(line);
    if (found === null) return false;
    const draft = this.draft;
    draft.exact = draft.complete;
    if (!this.#time.time?.read(line, from + this.#timeAt)) return false;
    if (draft.take(this.#time, line, 0, 0) !== null) return false;
    const groups = this.#groups;
    for (let i = 0; i < groups.length; i++) {
      if (!draft.takeKnown(groups[i] as Step, found[i + 1] as string)) return false; // Each has taken part in the match.
    }
    return true;
  }
}

/**
 * Compiles the patterns of a format: one for TCP connections, where it has fields that these lack, and one for all.
 * Empty: the format does not begin with a time in the default form, and is only read value by value.
 *
 * The patterns are deterministic, so that their time is linear in the line: no value holds the character that its
 * literal begins with, so that each can end in one place only. What they match is what reading value by value gives;
 * what they do not match (quotes within values, empty values, other times) is left to that.
 */
export function compileLinePatterns(
  head: string,
  steps: readonly Step[],
  attributes: readonly string[],
): readonly LinePattern[] {
  const [time, ...others] = steps;
  if (!(time?.time instanceof DefaultTimeReader) || time.literal === '') return [];
  const begin = escapeLiteral(head) + TIME + escapeLiteral(time.literal);
  const compile = (absent: ReadonlySet<FieldName | null>): LinePattern | null => {
    const groups = others.filter((step) => !absent.has(step.field));
    const parts = others.map(
      (step) => (absent.has(step.field) ? '-' : group(step)) + escapeLiteral(step.literal),
    );
    if (groups.some((step) => valuePattern(step) === null)) return null;
    const pattern = new RegExp(`${begin}${parts.join('')}$`, 'y');
    return new LinePattern(pattern, { step: time, at: head.length }, groups, new Draft(attributes));
  };
  const hasHttp = others.some((step) => HTTP_ONLY.has(step.field));
  return [hasHttp ? compile(HTTP_ONLY) : null, compile(new Set())].filter((pattern) => pattern !== null);
}

function group(step: Step): string {
  return `(${valuePattern(step)})`;
}

/** A pattern for the values of a class that cannot hold their own end. Null: such values may hold it. */
function valuePattern(step: Step): string | null {
  const stop = step.literal === '' ? '' : escapeInClass(step.literal.charAt(0));
  switch (step.valueClass) {
    case 'number':
      return String.raw`-|0|[1-9]\d{0,14}`;
    case 'flags':
      return '-|[A-Za-z0-9_,]+';
    case 'address':
      return `-|${OCTET}(?:\\.${OCTET}){3}:${PORT}|\\[[0-9a-fA-F:.%]{2,60}\\]:${PORT}|[^0-9[<>${NO_WORD}${stop}][^<>${NO_WORD}${stop}]*`;
    case 'word':
      return `[^${NO_WORD}${stop}]+`;
    case 'path':
      return `[^\\x00-\\x20${stop}]+`;
    case 'phrase':
    case 'free':
      // Ends at the next quote; the literal behind it begins with that quote, or with a space before it.
      return /^ ?"/.test(step.literal) ? String.raw`[^\x00-\x1f"]+` : null;
    default:
      return null;
  }
}

function escapeLiteral(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function escapeInClass(character: string): string {
  return /[\\\]^-]/.test(character) ? `\\${character}` : character;
}
