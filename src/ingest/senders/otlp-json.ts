/** OTLP logs in JSON, as records. */
import type { Identity } from '../../domain/entry.ts';
import type { LineRecord } from '../ingest.ts';
import { rawTextOf } from '../protobuf.ts';
import { isJsonObject, type JsonObject, parseDocument } from './json-values.ts';
import { identityFrom } from './names.ts';
import { checkDepth, lineRecordOf, type OtlpMap, type OtlpValue, textsOf } from './otlp.ts';
import { SenderError } from './sender-error.ts';

/** `ExportLogsServiceRequest`; senders from before 1.0 name two of its lists otherwise. Errors: {@link SenderError}. */
export function* readOtlpJson(body: Buffer): Generator<LineRecord> {
  const document = parseDocument(body);
  if (!isJsonObject(document)) throw new SenderError('it is no export of OTLP logs: expected an object');
  for (const resourceLogs of objectsIn(document, ['resourceLogs'])) {
    const { resource } = resourceLogs;
    const identity = identityFrom(textsOf(attributesOf(isJsonObject(resource) ? resource : {})));
    for (const scopeLogs of objectsIn(resourceLogs, ['scopeLogs', 'instrumentationLibraryLogs'])) {
      for (const record of objectsIn(scopeLogs, ['logRecords', 'logs'])) yield readRecord(record, identity);
    }
  }
}

function readRecord(record: JsonObject, resource: Identity): LineRecord {
  return lineRecordOf({ resource, body: anyValueOf(record.body, 0), attributes: () => attributesOf(record) });
}

/** The list under the first of these names that there is. Errors: {@link SenderError}. */
function objectsIn(object: JsonObject, names: readonly string[]): readonly JsonObject[] {
  const name = names.find((known) => Object.hasOwn(object, known) && object[known] !== null);
  if (name === undefined) return [];
  const list = object[name];
  if (Array.isArray(list) && list.every(isJsonObject)) return list;
  throw new SenderError(`"${name}" is no list of objects`);
}

function attributesOf(object: JsonObject): OtlpMap {
  return mapOf(object.attributes ?? [], 0);
}

function mapOf(list: unknown, depth: number): OtlpMap {
  if (!Array.isArray(list)) throw new SenderError('attributes are no list of {"key", "value"}');
  const map = new Map<string, OtlpValue>();
  for (const pair of list as unknown[]) {
    if (!isJsonObject(pair) || typeof pair.key !== 'string')
      throw new SenderError('attributes are no list of {"key", "value"}');
    map.set(pair.key, anyValueOf(pair.value, depth + 1));
  }
  return map;
}

/** An `AnyValue`. Unknown kinds are none. */
function anyValueOf(value: unknown, depth: number): OtlpValue {
  checkDepth(depth);
  if (!isJsonObject(value)) return null;
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value;
  if (typeof stringValue === 'string') return { text: stringValue, utf8: true };
  if (typeof boolValue === 'boolean') return boolValue;
  if (typeof intValue === 'number') return intValue;
  // Integers of 64 bits come as texts; the reader of the line takes both.
  if (typeof intValue === 'string') return { text: intValue, utf8: true };
  if (typeof doubleValue === 'number') return doubleValue;
  if (typeof bytesValue === 'string') return rawTextOf(Buffer.from(bytesValue, 'base64'));
  if (isJsonObject(arrayValue)) {
    const { values = [] } = arrayValue;
    return Array.isArray(values) ? values.map((inner) => anyValueOf(inner, depth + 1)) : null;
  }
  return isJsonObject(kvlistValue) ? mapOf(kvlistValue.values ?? [], depth) : null;
}
