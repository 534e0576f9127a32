/** OTLP logs in protobuf, as records; and the two messages that answer them. */

import protobuf from 'protobufjs/minimal.js';
import { type Identity, NO_IDENTITY } from '../../domain/entry.ts';
import type { LineRecord } from '../ingest.ts';
import { Message } from '../protobuf.ts';
import { identityFrom } from './names.ts';
import { checkDepth, lineRecordOf, type OtlpMap, type OtlpValue, textsOf } from './otlp.ts';

/** `ExportLogsServiceRequest`: resource_logs 1. Errors: `SenderError`, `ProtobufError`. */
export function* readOtlpProtobuf(body: Buffer): Generator<LineRecord> {
  for (const request = new Message(body); request.next(); )
    if (request.field === 1) yield* readResourceLogs(request.bytes());
}

/** ResourceLogs: resource 1, scope_logs 2; Resource: attributes 1. */
function* readResourceLogs(bytes: Uint8Array): Generator<LineRecord> {
  let identity = NO_IDENTITY;
  for (const logs = new Message(bytes); logs.next(); )
    if (logs.field === 1) identity = identityFrom(textsOf(attributesIn(logs.bytes(), 1)));
  for (const logs = new Message(bytes); logs.next(); )
    if (logs.field === 2) yield* readScopeLogs(logs.bytes(), identity);
}

/** ScopeLogs: log_records 2. */
function* readScopeLogs(bytes: Uint8Array, identity: Identity): Generator<LineRecord> {
  for (const logs = new Message(bytes); logs.next(); )
    if (logs.field === 2) yield readRecord(logs.bytes(), identity);
}

/** LogRecord: body 5, attributes 6. */
function readRecord(bytes: Uint8Array, resource: Identity): LineRecord {
  let body: OtlpValue = null;
  for (const record = new Message(bytes); record.next(); )
    if (record.field === 5) body = anyValueOf(record.bytes(), 0);
  return lineRecordOf({ resource, body, attributes: () => attributesIn(bytes, 6) });
}

function attributesIn(bytes: Uint8Array, field: number, depth = 0): OtlpMap {
  const map = new Map<string, OtlpValue>();
  for (const message = new Message(bytes); message.next(); )
    if (message.field === field) readPair(message.bytes(), map, depth);
  return map;
}

/** KeyValue: key 1, value 2. */
function readPair(bytes: Uint8Array, into: Map<string, OtlpValue>, depth: number): void {
  let key = '';
  let value: OtlpValue = null;
  for (const pair = new Message(bytes); pair.next(); ) {
    if (pair.field === 1) key = pair.text();
    else if (pair.field === 2) value = anyValueOf(pair.bytes(), depth + 1);
  }
  into.set(key, value);
}

/** AnyValue: one of string 1, bool 2, int 3, double 4, array 5, kvlist 6, bytes 7. */
function anyValueOf(bytes: Uint8Array, depth: number): OtlpValue {
  checkDepth(depth);
  let value: OtlpValue = null;
  for (const any = new Message(bytes); any.next(); ) {
    if (any.field === 1 || any.field === 7) value = any.rawText();
    else if (any.field === 2) value = any.bool();
    else if (any.field === 3) value = any.int();
    else if (any.field === 4) value = any.double();
    else if (any.field === 5) value = arrayOf(any.bytes(), depth);
    else if (any.field === 6) value = attributesIn(any.bytes(), 1, depth);
  }
  return value;
}

/** ArrayValue: values 1. */
function arrayOf(bytes: Uint8Array, depth: number): readonly OtlpValue[] {
  const values: OtlpValue[] = [];
  for (const array = new Message(bytes); array.next(); )
    if (array.field === 1) values.push(anyValueOf(array.bytes(), depth + 1));
  return values;
}

/** `ExportLogsServiceResponse`: partial_success 1, of rejected_log_records 1 and error_message 2. Null: all were taken. */
export function otlpResponse(
  partial: { readonly rejected: number; readonly message: string } | null,
): Buffer {
  if (partial === null) return Buffer.alloc(0);
  const inner = protobuf.Writer.create()
    .uint32((1 << 3) | 0)
    .int64(partial.rejected)
    .uint32((2 << 3) | 2)
    .string(partial.message)
    .finish();
  return Buffer.from(
    protobuf.Writer.create()
      .uint32((1 << 3) | 2)
      .bytes(inner)
      .finish(),
  );
}

/** `google.rpc.Status`: code 1, message 2. */
export function rpcStatus(code: number, message: string): Buffer {
  return Buffer.from(
    protobuf.Writer.create()
      .uint32((1 << 3) | 0)
      .int32(code)
      .uint32((2 << 3) | 2)
      .string(message)
      .finish(),
  );
}
