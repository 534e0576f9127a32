/** What a log record of OTLP says: which of its parts is the line, and whose line it is. */
import type { Identity } from '../../domain/entry.ts';
import { JSON_DEPTH_MAX } from '../../domain/limits.ts';
import type { LineRecord } from '../ingest.ts';
import type { RawText } from '../protobuf.ts';
import { filled, IDENTITY_NAMES, identityFrom } from './names.ts';
import { SenderError } from './sender-error.ts';

/** An `AnyValue`: a text, a number, a list, a map; null for none. */
export type OtlpValue = RawText | number | boolean | null | readonly OtlpValue[] | OtlpMap;
export type OtlpMap = ReadonlyMap<string, OtlpValue>;

/** One record; `attributes` are read only when they are asked for. */
export interface OtlpRecord {
  readonly resource: Identity;
  readonly body: OtlpValue;
  attributes(): OtlpMap;
}

/**
 * The line of a record: its body; what a collector has parsed the body into; or, without a body, its attributes, in which
 * Envoy puts what is configured as labels.
 */
export function lineRecordOf({ resource, body, attributes }: OtlpRecord): LineRecord {
  // Of a collector, the resource names the pod; then no record need be searched.
  const identity = resource.pod === null ? filled(resource, identityFrom(textsOf(attributes()))) : resource;
  const { text, utf8 } = lineOf(body) ?? { text: json(withoutNames(attributes())), utf8: true };
  return { text, utf8, origin: { envelope: 'otlp', identity } };
}

/** The texts of a map. */
export function textsOf(map: OtlpMap): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of map) if (isRawText(value)) texts.set(name, value.text);
  return texts;
}

/** Guards against values that nest without end. Errors: {@link SenderError}. */
export function checkDepth(depth: number): void {
  if (depth > JSON_DEPTH_MAX) throw new SenderError(`a value nests deeper than ${JSON_DEPTH_MAX} levels`);
}

function lineOf(body: OtlpValue): RawText | null {
  if (body === null) return null;
  if (isRawText(body)) return body.text === '' ? null : body;
  return { text: json(body), utf8: true };
}

/** Without what only says whose line it is. */
function withoutNames(attributes: OtlpMap): OtlpMap {
  return new Map([...attributes].filter(([name]) => !IDENTITY_NAMES.has(name)));
}

function json(value: OtlpValue): string {
  return JSON.stringify(plain(value));
}

function plain(value: OtlpValue): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (isRawText(value)) return value.text;
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([name, inner]) => [name, plain(inner)]));
  return (value as readonly OtlpValue[]).map(plain);
}

function isRawText(value: OtlpValue): value is RawText {
  return typeof value === 'object' && value !== null && 'text' in value;
}
