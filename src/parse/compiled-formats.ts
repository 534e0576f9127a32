/** All formats that are known by name, compiled. */

import { AppError } from '../domain/errors.ts';
import { SEPARATOR } from '../domain/format-name.ts';
import { compileFormatString } from './format-string.ts';
import { ENVOY_TEXT } from './formats/envoy-text.ts';
import { ISTIO_TEXT } from './formats/istio-text.ts';
import { JSON_FORMATS } from './formats/json.ts';
import { ZTUNNEL } from './formats/ztunnel.ts';
import { compileJsonFormat, type JsonFormat, parseJsonObject } from './json-format.ts';
import type { JsonLogFormat, LogFormat, TextLogFormat } from './log-format.ts';
import { TextFormat } from './text-format.ts';

/** Every known format, in the order in which they are tried. */
export const FORMATS: readonly LogFormat[] = [...ISTIO_TEXT, ...ENVOY_TEXT, ...JSON_FORMATS, ...ZTUNNEL];

export interface NamedText {
  readonly name: string;
  readonly format: TextFormat;
  /** Tried only after all others failed. */
  readonly fallback: boolean;
}

export interface NamedJson {
  readonly name: string;
  readonly format: JsonFormat;
}

/** The formats of one parser, ready to read with. */
export interface Compiled {
  /** Text formats of the user's own. */
  readonly own: readonly NamedText[];
  /** Known text formats, those to be tried last at the end. */
  readonly texts: readonly NamedText[];
  /** JSON formats, the user's own first. */
  readonly jsons: readonly NamedJson[];
  readonly ztunnel: boolean;
}

/** The known formats without one of the user's own: compiled once, because compiling takes longer than a short body. */
let known: Compiled | null = null;

/**
 * Compiles the known formats and a format of the user's own: an Envoy format string, or a JSON map of keys to
 * operators. The latter is named by its text.
 * Errors: `bad_format`.
 */
export function compileFormats(own: string | null, formats: readonly LogFormat[] = FORMATS): Compiled {
  if (formats !== FORMATS) return withOwn(own, compileKnown(formats));
  known ??= compileKnown(FORMATS);
  return withOwn(own, known);
}

function compileKnown(formats: readonly LogFormat[]): Compiled {
  const distinct = formats.filter((format) => format.readAs === null);
  const texts = distinct.flatMap((format) => (format.kind === 'text' ? [compileText(format)] : []));
  return {
    own: [],
    texts: [...texts.filter((text) => !text.fallback), ...texts.filter((text) => text.fallback)],
    jsons: distinct.flatMap((format) => (format.kind === 'json' ? [toJson(format)] : [])),
    ztunnel: distinct.some((format) => format.kind === 'ztunnel-text'),
  };
}

function withOwn(own: string | null, formats: Compiled): Compiled {
  if (own === null) return formats;
  if (!isJson(own)) return { ...formats, own: compileOwn(own) };
  return { ...formats, jsons: [{ name: own, format: compileJsonFormat(own) }, ...formats.jsons] };
}

/** Ready to read with: as it is, and for lines that could then be split in several ways, without quotes in values. */
function compileOwn(own: string): NamedText[] {
  if (own.includes(SEPARATOR))
    throw new AppError('bad_format', 'cannot read the format: it has the control character U+001F');
  const string = compileFormatString(own);
  const quotes = ['within values', 'round values'] as const;
  return quotes.map((where) => ({
    name: own,
    format: new TextFormat(string, { quotes: where }),
    fallback: false,
  }));
}

function compileText(format: TextLogFormat): NamedText {
  const compiled = new TextFormat(compileFormatString(format.format), { quotes: format.quotes });
  return { name: format.name, format: compiled, fallback: format.fallback };
}

function toJson(format: JsonLogFormat): NamedJson {
  return { name: format.name, format: { requires: format.requires, keys: format.keys, time: null } };
}

/** True for a JSON object; a text that only looks like one is a format string. */
function isJson(text: string): boolean {
  return text.trimStart().startsWith('{') && parseJsonObject(text) !== null;
}
