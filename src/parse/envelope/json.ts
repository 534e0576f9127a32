/** Envelopes that are JSON objects: stern, docker, Fluent Bit, Vector, Loki exports. */
import type { Identity } from '../../domain/entry.ts';
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
    opened.text = withoutNewline(envelope.message);
    opened.at = isMessageStart(opened.text, 0) ? skipStamp(opened.text, 0) : 0;
    opened.object = null;
  } else {
    opened.text = JSON.stringify(envelope.message);
    opened.at = 0;
    opened.object = envelope.message;
  }
  return true;
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

/** Vector's and Fluent Bit's records, both with an object of Kubernetes metadata. */
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
  const identity = identityOf(kubernetes, ['pod_name', 'namespace_name', 'container_name', 'host']);
  return whole('fluent-bit', identity, fluentBitMessage(object));
}

/** The line if it was kept, else the object that it was parsed into, else what of it was merged into the record. */
function fluentBitMessage(object: JsonObject): string | JsonObject {
  if (typeof object.log === 'string') return object.log;
  if (isJsonObject(object.log_processed)) return object.log_processed;
  // A merged ztunnel line has a message of its own, and a scope.
  if (typeof object.message === 'string' && object.scope === undefined) return object.message;
  return Object.fromEntries(
    Object.entries(object).filter(([key]) => key === 'message' || !FLUENT_BIT_KEYS.has(key)),
  );
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
