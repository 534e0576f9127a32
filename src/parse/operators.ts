import type { FieldName } from './log-format.ts';

/**
 * Which characters the value of a command operator can hold; that decides where it ends.
 * `word`: no space, no quote. `path`: no space. `phrase`: no quote. `free`: anything.
 */
export type ValueClass = 'time' | 'number' | 'flags' | 'address' | 'word' | 'path' | 'phrase' | 'free';

export interface Operator {
  /** The field that the operator fills, or null for an attribute. */
  readonly field: FieldName | null;
  /** Key of the attribute where `field` is null or is filled already. */
  readonly attribute: string;
  readonly valueClass: ValueClass;
}

const FIELDS: Readonly<Record<string, readonly [FieldName, ValueClass]>> = {
  START_TIME: ['start_time', 'time'],
  START_TIME_LOCAL: ['start_time', 'time'],
  'REQ(:METHOD)': ['method', 'word'],
  'REQ(X-ENVOY-ORIGINAL-PATH?:PATH)': ['path', 'path'],
  'REQ(:PATH)': ['path', 'path'],
  PATH: ['path', 'path'],
  PROTOCOL: ['protocol', 'word'],
  RESPONSE_CODE: ['response_code', 'number'],
  RESPONSE_FLAGS: ['response_flags', 'flags'],
  RESPONSE_FLAGS_LONG: ['response_flags', 'flags'],
  RESPONSE_CODE_DETAILS: ['response_code_details', 'word'],
  'RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)': ['response_code_details', 'phrase'],
  CONNECTION_TERMINATION_DETAILS: ['connection_termination_details', 'phrase'],
  UPSTREAM_TRANSPORT_FAILURE_REASON: ['upstream_transport_failure_reason', 'phrase'],
  BYTES_RECEIVED: ['bytes_received', 'number'],
  BYTES_SENT: ['bytes_sent', 'number'],
  DURATION: ['duration', 'number'],
  'RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)': ['upstream_service_time', 'number'],
  'REQ(X-FORWARDED-FOR)': ['x_forwarded_for', 'phrase'],
  'REQ(USER-AGENT)': ['user_agent', 'free'],
  'REQ(X-REQUEST-ID)': ['request_id', 'phrase'],
  'REQ(:AUTHORITY)': ['authority', 'phrase'],
  UPSTREAM_HOST: ['upstream_host', 'address'],
  UPSTREAM_CLUSTER: ['upstream_cluster', 'word'],
  UPSTREAM_CLUSTER_RAW: ['upstream_cluster', 'word'],
  UPSTREAM_LOCAL_ADDRESS: ['upstream_local_address', 'address'],
  DOWNSTREAM_LOCAL_ADDRESS: ['downstream_local_address', 'address'],
  DOWNSTREAM_REMOTE_ADDRESS: ['downstream_remote_address', 'address'],
  REQUESTED_SERVER_NAME: ['requested_server_name', 'word'],
  ROUTE_NAME: ['route_name', 'word'],
};

/** Operators that print ids, numbers, addresses, names: never a space or a quote. */
const WORD =
  /(?:ADDRESS|PORT|DURATION|_ID|COUNT|BYTES(?:_SENT|_RECEIVED)?|RETRANSMITTED|TYPE|VERSION|CIPHER|SERIALS?|FINGERPRINTS?(?:_1|_256)?|ATTEMPTED|HOST_NAME|HOSTNAME|TIME|TIME_LOCAL|STATUS_NUMBER|CHAIN_NAME|CLUSTER_NAME|GROUP)$|^(?:KUMA|CILIUM)_/;

/**
 * Says what a command operator prints.
 * Shape: `argument` is the text within the parentheses, or null.
 * An operator that is not known here is an attribute that may hold anything.
 * Source: Envoy manual, "Access logging", command operators.
 */
export function findOperator(name: string, argument: string | null): Operator {
  const known = FIELDS[fieldKey(name, argument)];
  const attribute = attributeKey(name, argument);
  if (known !== undefined) return { field: known[0], attribute, valueClass: known[1] };
  if (name === 'DYNAMIC_METADATA' && argument === 'istio.mixer:status') {
    return { field: null, attribute, valueClass: 'phrase' };
  }
  const plain = WORD.test(name) && !(name.includes('TIME') && argument !== null);
  return { field: null, attribute, valueClass: plain ? 'word' : 'free' };
}

function fieldKey(name: string, argument: string | null): string {
  if (argument === null || name.startsWith('START_TIME')) return name;
  const short = name === 'REQUEST_HEADER' ? 'REQ' : name === 'RESPONSE_HEADER' ? 'RESP' : name;
  return `${short}(${argument.toUpperCase()})`;
}

function attributeKey(name: string, argument: string | null): string {
  const lower = name.toLowerCase();
  if (argument === null) return lower;
  return name === 'DYNAMIC_METADATA' ? argument : `${lower}(${argument.toLowerCase()})`;
}
