/** Takes an Envoy format string apart into the segments that a line is matched against. */
import { AppError, quoted } from '../domain/errors.ts';
import type { FieldName } from './log-format.ts';
import { findOperator, type ValueClass } from './operators.ts';
import { DefaultTimeReader, type TimeReader } from './start-time.ts';
import { compileStrftime } from './strftime.ts';

/** One command operator and the literal text behind it. */
export interface Segment {
  /** The operator as written, for messages: `%REQ(:METHOD)%`. */
  readonly label: string;
  /** The field it fills, or null when it is kept as `attribute`. */
  readonly field: FieldName | null;
  readonly attribute: string;
  readonly valueClass: ValueClass;
  /** Text up to the next operator or the end of the line; empty only at the end. */
  readonly literal: string;
  /** Null for all but the time that fills `start_time`. */
  readonly time: TimeReader | null;
  /** True when flags are printed by their long names. */
  readonly longFlags: boolean;
}

export interface FormatString {
  /** Literal text before the first operator. */
  readonly head: string;
  readonly segments: readonly Segment[];
}

interface Command {
  readonly name: string;
  readonly argument: string | null;
  readonly label: string;
}

/**
 * Compiles a format string.
 * Shape: command operators with arguments and lengths, `%%`, literal text; one newline at the end, written as such or
 * as the two characters `\n`, is dropped.
 * Errors: `bad_format` for what Envoy would refuse, for operators with nothing between them, for records over several
 * lines, and for formats without `%START_TIME%`.
 * Source: Envoy manual, "Access logging", format strings.
 */
export function compileFormatString(text: string): FormatString {
  const body = text.replace(/(?:\r?\n|\\n)$/, '');
  if (/\n|\\n/.test(body)) throw bad(text, 'one record spans several lines, expected one line a record');
  const literals: string[] = [''];
  const commands: Command[] = [];
  for (let at = 0; at < body.length; ) at = readPiece(body, at, literals, commands);
  if (commands.some((_, i) => i > 0 && literals[i] === '')) {
    throw bad(text, 'two operators have nothing between them, expected a separator');
  }
  const segments = toSegments(commands, literals);
  if (!segments.some((segment) => segment.field === 'start_time')) {
    throw bad(text, 'it has no %START_TIME%, expected one');
  }
  return { head: literals[0] ?? '', segments };
}

/** Reads one literal character, `%%` or one operator; returns the index behind it. */
function readPiece(body: string, at: number, literals: string[], commands: Command[]): number {
  const percent = body.indexOf('%', at);
  const end = percent < 0 ? body.length : percent;
  literals[literals.length - 1] += body.slice(at, end);
  if (percent < 0) return end;
  if (body.charCodeAt(percent + 1) === 0x25) {
    literals[literals.length - 1] += '%';
    return percent + 2;
  }
  const command = readCommand(body, percent);
  commands.push(command);
  literals.push('');
  return percent + command.label.length;
}

function readCommand(body: string, percent: number): Command {
  const name = /^[A-Z][A-Z0-9_]*/.exec(body.slice(percent + 1, percent + 101))?.[0] ?? '';
  if (name === '')
    throw bad(body, `got ${quoted(body.slice(percent, percent + 20))}, expected an operator or %%`);
  let at = percent + 1 + name.length;
  let argument: string | null = null;
  if (body[at] === '(') {
    const close = closingParenthesis(body, at);
    argument = body.slice(at + 1, close);
    at = close + 1;
  }
  const length = /^:\d+/.exec(body.slice(at, at + 12))?.[0] ?? '';
  at += length.length;
  if (body[at] !== '%') throw bad(body, `${quoted(`%${name}`)} does not end in %`);
  checkArgument(body, name, argument);
  return { name, argument, label: body.slice(percent, at + 1) };
}

/** The parenthesis that ends the arguments: the first one behind which the operator can end. */
function closingParenthesis(body: string, open: number): number {
  for (let at = body.indexOf(')', open); at >= 0; at = body.indexOf(')', at + 1)) {
    if (/^(?::\d+)?%/.test(body.slice(at + 1, at + 13))) return at;
  }
  throw bad(body, `no parenthesis closes ${quoted(body.slice(open, open + 20))}`);
}

function checkArgument(body: string, name: string, argument: string | null): void {
  if (!/^(?:REQ|RESP|TRAILER|REQUEST_HEADER|RESPONSE_HEADER|RESPONSE_TRAILER)$/.test(name)) return;
  if (argument === null || argument === '') throw bad(body, `%${name}% needs the name of a header`);
  if (argument.split('?').length > 2) throw bad(body, `%${name}(${argument})% has more than one alternative`);
}

/** The first operator for a field fills it; the same again becomes an attribute. */
function toSegments(commands: readonly Command[], literals: readonly string[]): Segment[] {
  const filled = new Set<FieldName>();
  const attributes = new Set<string>();
  return commands.map((command, i) => {
    const operator = findOperator(command.name, command.argument);
    const repeated = operator.field !== null && filled.has(operator.field);
    if (operator.field !== null) filled.add(operator.field);
    const isTime = operator.field === 'start_time' && !repeated;
    return {
      label: command.label,
      field: repeated ? null : operator.field,
      attribute:
        repeated || operator.field === null ? unique(operator.attribute, attributes) : operator.attribute,
      valueClass: repeated ? classOfRepeated(operator.valueClass) : operator.valueClass,
      literal: literals[i + 1] ?? '',
      time: isTime ? timeReader(command) : null,
      longFlags: command.name === 'RESPONSE_FLAGS_LONG',
    };
  });
}

/** A key that is not used yet: the same operator may stand in a format more than once. */
function unique(key: string, used: Set<string>): string {
  let free = key;
  for (let n = 2; used.has(free); n++) free = `${key}_${n}`;
  used.add(free);
  return free;
}

function classOfRepeated(valueClass: ValueClass): ValueClass {
  if (valueClass === 'time') return 'free';
  return valueClass === 'number' || valueClass === 'flags' || valueClass === 'address' ? 'word' : valueClass;
}

function timeReader(command: Command): TimeReader {
  if (command.argument !== null && command.argument !== '') return compileStrftime(command.argument);
  return command.name === 'START_TIME_LOCAL'
    ? compileStrftime('%Y-%m-%dT%H:%M:%E3S%z')
    : new DefaultTimeReader();
}

function bad(format: string, cause: string): AppError {
  return new AppError('bad_format', `cannot read the format string ${quoted(format)}: ${cause}`);
}
