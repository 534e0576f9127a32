/** A stream of Envoy's access log service: who sends it, said once, and entries. */
import { type Identity, NO_IDENTITY } from '../../domain/entry.ts';
import { identityOfNodeId } from '../../domain/node-id.ts';
import type { LineRecord } from '../ingest.ts';
import { Message } from '../protobuf.ts';
import { readHttpEntry, readTcpEntry } from './als-entry.ts';

export interface AlsReader {
  /** The records of one `StreamAccessLogsMessage`. Errors: `ProtobufError`. */
  read(message: Uint8Array): Generator<LineRecord>;
}

/** Creates a reader for one stream; only its first message says who sends it. */
export function createAlsReader(): AlsReader {
  let origin = { envelope: 'als', identity: NO_IDENTITY };
  return {
    /** StreamAccessLogsMessage: identifier 1 of node 1, http_logs 2 and tcp_logs 3 of log_entry 1. */
    *read(bytes) {
      for (const message = new Message(bytes); message.next(); )
        if (message.field === 1)
          origin = { ...origin, identity: identityOfNode(inner(message.bytes(), 1) ?? new Uint8Array(0)) };
      for (const message = new Message(bytes); message.next(); ) {
        const read = message.field === 2 ? readHttpEntry : message.field === 3 ? readTcpEntry : null;
        if (read === null) continue;
        for (const entries = new Message(message.bytes()); entries.next(); )
          if (entries.field === 1) yield { text: read(entries.bytes()), utf8: true, origin };
      }
    },
  };
}

/** Names of Kubernetes; other control planes than Istio's have the pod as id. */
const POD_NAME = /^[a-z0-9][a-z0-9.-]{0,252}$/;

/** Node: id 1, metadata 3. */
function identityOfNode(bytes: Uint8Array): Identity {
  let id = '';
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const node = new Message(bytes); node.next(); ) {
    if (node.field === 1) id = node.text();
    else if (node.field === 3) metadata = textsOf(node.bytes());
  }
  const told = identityOfNodeId(id);
  const pod = told?.pod ?? nameOf(metadata.get('NAME')) ?? nameOf(id);
  const namespace = told?.namespace ?? nameOf(metadata.get('NAMESPACE'));
  return { pod, namespace, container: null, node: nameOf(metadata.get('NODE_NAME')) };
}

function nameOf(text: string | undefined): string | null {
  return text !== undefined && POD_NAME.test(text) ? text : null;
}

/** The texts of a Struct: fields 1 of key 1 and value 2, whose text is 3. */
function textsOf(bytes: Uint8Array): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const struct = new Message(bytes); struct.next(); ) {
    if (struct.field !== 1) continue;
    let key = '';
    let text: string | null = null;
    for (const pair = new Message(struct.bytes()); pair.next(); ) {
      if (pair.field === 1) key = pair.text();
      else if (pair.field === 2)
        for (const value = new Message(pair.bytes()); value.next(); )
          if (value.field === 3) text = value.text();
    }
    if (text !== null) texts.set(key, text);
  }
  return texts;
}

function inner(bytes: Uint8Array, field: number): Uint8Array | null {
  let found: Uint8Array | null = null;
  for (const message = new Message(bytes); message.next(); )
    if (message.field === field) found = message.bytes();
  return found;
}
