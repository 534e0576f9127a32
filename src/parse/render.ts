/** Renders messages again from their entries, in the format that they were read with. */
import type { AccessLogEntry } from '../domain/entry.ts';
import { AppError } from '../domain/errors.ts';
import { formOf } from '../domain/format-name.ts';
import type { RenderLine } from '../domain/ports.ts';
import { RESPONSE_FLAGS } from '../domain/response-flags.ts';
import { formatTime } from '../domain/time.ts';
import { FORMATS } from './compiled-formats.ts';
import { compileFormatString, type FormatString, type Segment } from './format-string.ts';
import { readForm, renderForm } from './json-form.ts';
import { DefaultTimeReader } from './start-time.ts';

type Renderer = (entry: AccessLogEntry) => string | null;

/** Compiled formats by name. Past so many, they are compiled again. */
const COMPILED_MAX = 256;
const compiled = new Map<string, Renderer | null>();
const LONG_FLAGS = new Map(RESPONSE_FLAGS.map((flag) => [flag.short, flag.long]));

/**
 * Renders the message of an entry.
 * Shape: `format` is the name of a known text format, a format string of the user's own, or JSON with the form of its objects.
 * Null: the format is not known here, is JSON without a form, or prints times in a form of its own.
 */
export const renderLine: RenderLine = (format, entry) => {
  let renderer = compiled.get(format);
  if (renderer === undefined) {
    renderer = compileByName(format);
    if (compiled.size >= COMPILED_MAX) compiled.clear();
    compiled.set(format, renderer);
  }
  return renderer === null ? null : renderer(entry);
};

function compileByName(format: string): Renderer | null {
  const form = formOf(format);
  if (form !== null) {
    const read = readForm(form);
    return (entry) => renderForm(read, entry);
  }
  const known = FORMATS.find((candidate) => candidate.name === format);
  const text = known === undefined ? format : known.kind === 'text' ? known.format : null;
  const string = text === null ? null : compileRenderable(text);
  return string === null ? null : (entry) => render(string, entry);
}

function compileRenderable(text: string): FormatString | null {
  try {
    const string = compileFormatString(text);
    const isDefault = (segment: Segment) =>
      segment.time === null || segment.time instanceof DefaultTimeReader;
    return string.segments.every(isDefault) ? string : null;
  } catch (caught) {
    if (caught instanceof AppError) return null;
    throw caught;
  }
}

function render(format: FormatString, entry: AccessLogEntry): string {
  let line = format.head;
  for (const segment of format.segments) line += renderValue(segment, entry) + segment.literal;
  return line;
}

function renderValue(segment: Segment, entry: AccessLogEntry): string {
  if (segment.field === null) return entry.attributes?.[segment.attribute] ?? '-';
  if (segment.field === 'start_time') return formatTime(entry.start_time);
  if (segment.field === 'response_flags') return renderFlags(segment, entry.response_flags);
  return String(entry[segment.field] ?? '-');
}

function renderFlags(segment: Segment, flags: readonly string[]): string {
  if (flags.length === 0) return '-';
  return (segment.longFlags ? flags.map((flag) => LONG_FLAGS.get(flag) ?? flag) : flags).join(',');
}
