/** What Promtail, Alloy, Vector and Fluent Bit send to Loki's push API, as records. */
import { type Identity, NO_IDENTITY } from '../../domain/entry.ts';
import type { LineRecord } from '../ingest.ts';
import { Message, type RawText } from '../protobuf.ts';
import { isJsonObject, parseDocument } from './json-values.ts';
import { parseLabels } from './loki-labels.ts';
import { filled, identityFrom } from './names.ts';
import { SenderError } from './sender-error.ts';

/** A time as Loki takes it. It says when a line was read; when the connection began, the line says itself. */
const NANOSECONDS = /^\d{1,20}$/;

/** `{streams: [{stream: {name: value}, values: [[time, line, metadata?]]}]}`. Errors: {@link SenderError}. */
export function* readLokiJson(body: Buffer): Generator<LineRecord> {
  const document = parseDocument(body);
  if (!isJsonObject(document) || !Array.isArray(document.streams)) throw unexpected('{"streams": [...]}');
  for (const stream of document.streams as unknown[]) {
    if (!isJsonObject(stream) || !isJsonObject(stream.stream) || !Array.isArray(stream.values))
      throw unexpected('{"stream": {...}, "values": [...]} in "streams"');
    const identity = identityFrom(textsOf(stream.stream));
    for (const value of stream.values as unknown[]) {
      const [time, line, metadata] = Array.isArray(value) ? (value as unknown[]) : [];
      if (typeof time !== 'string' || !NANOSECONDS.test(time) || typeof line !== 'string')
        throw unexpected('["<nanoseconds>", "<line>"] in "values"');
      const own = isJsonObject(metadata) ? identityFrom(textsOf(metadata)) : NO_IDENTITY;
      yield recordOf({ text: line, utf8: true }, filled(identity, own));
    }
  }
}

/** `logproto.PushRequest`, already unpacked. Errors: {@link SenderError}, `ProtobufError`. */
export function* readLokiProtobuf(body: Buffer): Generator<LineRecord> {
  for (const request = new Message(body); request.next(); )
    if (request.field === 1) yield* readStream(request.bytes());
}

/** StreamAdapter: labels 1, entries 2. */
function* readStream(bytes: Uint8Array): Generator<LineRecord> {
  let identity = NO_IDENTITY;
  // Nothing says that the labels come first.
  for (const stream = new Message(bytes); stream.next(); )
    if (stream.field === 1) identity = identityFrom(parseLabels(stream.text()));
  for (const stream = new Message(bytes); stream.next(); )
    if (stream.field === 2) yield readEntry(stream.bytes(), identity);
}

/** EntryAdapter: timestamp 1, line 2, structuredMetadata 3. */
function readEntry(bytes: Uint8Array, identity: Identity): LineRecord {
  let line: RawText = { text: '', utf8: true };
  const metadata = new Map<string, string>();
  for (const entry = new Message(bytes); entry.next(); ) {
    if (entry.field === 2) line = entry.rawText();
    else if (entry.field === 3) readPair(entry.bytes(), metadata);
  }
  return recordOf(line, filled(identity, identityFrom(metadata)));
}

/** LabelPairAdapter: name 1, value 2. */
function readPair(bytes: Uint8Array, into: Map<string, string>): void {
  let name = '';
  let value = '';
  for (const pair = new Message(bytes); pair.next(); ) {
    if (pair.field === 1) name = pair.text();
    else if (pair.field === 2) value = pair.text();
  }
  into.set(name, value);
}

function textsOf(object: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(object).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

function recordOf({ text, utf8 }: RawText, identity: Identity): LineRecord {
  return { text, utf8, origin: { envelope: 'loki', identity } };
}

function unexpected(expected: string): SenderError {
  return new SenderError(`it is no push to Loki: expected ${expected}`);
}
