/** Envelopes that are JSON objects: stern, docker, Fluent Bit, Vector, Filebeat, Loki exports. */
import { type Identity, NO_IDENTITY } from '../../domain/entry.ts';
import { identityOfLogFile } from '../../domain/log-file.ts';
import { isJsonObject, type JsonObject } from '../json-format.ts';
import type { Streams } from '../streams.ts';
import { isMessageStart, skipStamp } from './message-start.ts';
import type { Opened } from './opened.ts';

/** What a record says of itself, beside the message. */
interface Envelope {
  readonly name: string;
  readonly identity: Identity;
  readonly message: string | JsonObject;
  /** Null for a whole message; else the key of its pieces. */
  readonly pieces: string | null;
  readonly last: boolean;
}

/** Keys that Fluent Bit's record has beside the keys of a message merged into it. */
const FLUENT_BIT_KEYS = new Set(['kubernetes', 'date', 'time', 'stream', 'logtag', '_p', 'log', 'message']);

/** The same of Filebeat's and Elastic Agent's records. */
const BEATS_KEYS = new Set([
  ...[
    '@timestamp',
    '@version',
    '@metadata',
    'agent',
    'cloud',
    'container',
    'data_stream',
    'ecs',
    'elastic_agent',
    'event',
  ],
  ...['fields', 'host', 'input', 'kubernetes', 'log', 'message', 'orchestrator', 'service', 'stream', 'tags'],
]);

/**
 * Takes the envelope off a JSON record.
 * Shape: fills `opened` and returns true; false when the object is no envelope but the message itself.
 */
export function openObject(object: JsonObject, streams: Streams, opened: Opened): boolean {
  const envelope = fromStern(object) ?? fromKubernetes(object) ?? fromLoki(object) ?? fromDocker(object);
  if (envelope === null) return false;
  opened.envelope = envelope.name;
  opened.stream = streams.of(envelope.identity);
  opened.pieces = envelope.pieces === null ? null : `${envelope.name} ${envelope.pieces}`;
  opened.last = envelope.last;
  if (typeof envelope.message === 'string') {
    openMessage(envelope.message, opened);
  } else {
    opened.text = JSON.stringify(envelope.message);
    opened.at = 0;
    opened.object = envelope.message;
  }
  return true;
}

/** Fields in which collectors keep a line, beside whatever else they know. */
const LINE_FIELDS = ['message', 'log', '_msg', 'body', 'short_message', 'MESSAGE'];

/**
 * Takes a record for that of a collector of any kind: the line is in one of the fields where they keep it.
 * Shape: changes `opened` and returns true; false when there is no such field. For records that are nothing else.
 */
export function openField(object: JsonObject, opened: Opened, streams: Streams): boolean {
  const { event } = object;
  const original = isJsonObject(event) ? event.original : undefined;
  const line = firstText(object, LINE_FIELDS) ?? text(original);
  if (line === null) return false;
  if (opened.envelope === 'none') opened.envelope = 'json';
  if (opened.stream.identity.pod === null)
    opened.stream = streams.within(opened.stream.identity, identityOfPath(object));
  openMessage(line, opened);
  return true;
}

function openMessage(message: string, opened: Opened): void {
  opened.text = withoutNewline(message);
  opened.at = isMessageStart(opened.text, 0) ? skipStamp(opened.text, 0) : 0;
  opened.object = null;
}

/** stern's `json` (podName) and `extjson` (pod). */
function fromStern(object: JsonObject): Envelope | null {
  const { message } = object;
  if (typeof message !== 'string' && !isJsonObject(message)) return null;
  if (typeof object.podName === 'string' && typeof object.containerName === 'string') {
    const identity = identityOf(object, ['podName', 'namespace', 'containerName', 'nodeName']);
    return whole('stern-json', identity, message);
  }
  if (typeof object.pod === 'string' && typeof object.container === 'string') {
    return whole('stern-extjson', identityOf(object, ['pod', 'namespace', 'container', 'node']), message);
  }
  return null;
}

/** The records of Vector, Filebeat and Fluent Bit, all with an object of Kubernetes metadata. */
function fromKubernetes(object: JsonObject): Envelope | null {
  const { kubernetes, message } = object;
  if (!isJsonObject(kubernetes)) return null;
  if (typeof kubernetes.pod_namespace === 'string' || object.source_type === 'kubernetes_logs') {
    if (typeof message !== 'string') return null;
    const names = ['pod_name', 'pod_namespace', 'container_name', 'pod_node_name'] as const;
    const identity = identityOf(kubernetes, names);
    const pieces = `${identity.namespace}/${identity.pod}/${identity.container}`;
    return { name: 'vector', identity, message, pieces, last: object._partial !== true };
  }
  if (isJsonObject(kubernetes.pod)) {
    const line = typeof message === 'string' ? message : without(object, BEATS_KEYS);
    return whole('filebeat', identityOfBeats(kubernetes), line);
  }
  const identity = identityOf(kubernetes, ['pod_name', 'namespace_name', 'container_name', 'host']);
  return whole('fluent-bit', identity, fluentBitMessage(object));
}

/** Filebeat and Elastic Agent nest their names. */
function identityOfBeats(kubernetes: JsonObject): Identity {
  const name = (part: unknown): string | null => (isJsonObject(part) ? text(part.name) : null);
  return {
    pod: name(kubernetes.pod),
    namespace: text(kubernetes.namespace),
    container: name(kubernetes.container),
    node: name(kubernetes.node),
  };
}

/** Whose file a collector without metadata says it has read: Filebeat, Vector, Logstash. */
function identityOfPath(object: JsonObject): Identity {
  const { log, file } = object;
  const nested = isJsonObject(log) && isJsonObject(log.file) ? text(log.file.path) : null;
  const path = nested ?? firstText(object, ['filename', 'file', 'path']) ?? '';
  return (
    identityOfLogFile(path) ??
    identityOfLogFile(isJsonObject(file) ? (text(file.path) ?? '') : '') ??
    NO_IDENTITY
  );
}

/** The line if it was kept, else the object that it was parsed into, else what of it was merged into the record. */
function fluentBitMessage(object: JsonObject): string | JsonObject {
  if (typeof object.log === 'string') return object.log;
  if (isJsonObject(object.log_processed)) return object.log_processed;
  // A merged ztunnel line has a message of its own, and a scope.
  if (typeof object.message === 'string' && object.scope === undefined) return object.message;
  return without(object, FLUENT_BIT_KEYS);
}

function without(object: JsonObject, keys: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key === 'message' || !keys.has(key)));
}

/** `logcli -o jsonl`. */
function fromLoki(object: JsonObject): Envelope | null {
  const { labels, line } = object;
  if (!isJsonObject(labels) || typeof line !== 'string') return null;
  const identity: Identity = {
    pod: firstText(labels, ['pod', 'k8s_pod_name', 'pod_name']),
    namespace: firstText(labels, ['namespace', 'k8s_namespace_name', 'namespace_name']),
    container: firstText(labels, ['container', 'k8s_container_name', 'container_name']),
    node: firstText(labels, ['node_name', 'k8s_node_name', 'node']),
  };
  return whole('loki', identity, line);
}

/** Docker's json-file, whose entries without a newline are pieces; also Fluent Bit's record without metadata. */
function fromDocker(object: JsonObject): Envelope | null {
  const { log, stream } = object;
  if (typeof log !== 'string') return null;
  const identity = identityOf({}, ['', '', '', '']);
  if (typeof stream === 'string' && typeof object.time === 'string' && object.date === undefined) {
    return { name: 'docker', identity, message: log, pieces: stream, last: log.endsWith('\n') };
  }
  return typeof stream === 'string' || object.date !== undefined ? whole('fluent-bit', identity, log) : null;
}

function whole(name: string, identity: Identity, message: string | JsonObject): Envelope {
  return { name, identity, message, pieces: null, last: true };
}

/** Shape: the keys of pod, namespace, container and node. */
function identityOf(object: JsonObject, keys: readonly [string, string, string, string]): Identity {
  return {
    pod: text(object[keys[0]]),
    namespace: text(object[keys[1]]),
    container: text(object[keys[2]]),
    node: text(object[keys[3]]),
  };
}

function firstText(object: JsonObject, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = text(object[key]);
    if (value !== null) return value;
  }
  return null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function withoutNewline(message: string): string {
  return message.replace(/\r?\n$/, '');
}
