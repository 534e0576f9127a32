/** One table of the fields of a line: `docs/fields.md`, column lists and tooltips come out of it. */

export interface Field {
  /** Istio's JSON key; the name everywhere, from log line to SQL column to JSON. */
  readonly name: string;
  /** Envoy's command operator; null for what Meshwake adds. */
  readonly operator: string | null;
  readonly type: 'time' | 'text' | 'number' | 'address' | 'flags' | 'object';
  readonly unit: string | null;
  readonly description: string;
  /** First Istio whose default text format prints it; null for "always" or "not printed". */
  readonly since: string | null;
}

const field = (
  name: string,
  operator: string | null,
  type: Field['type'],
  unit: string | null,
  description: string,
  since: string | null = null,
): Field => ({ name, operator, type, unit, description, since });

export const FIELDS: readonly Field[] = [
  field('id', null, 'text', null, 'Stable over re-ingest: the same line of the same pod has the same id.'),
  field('pod', null, 'text', null, 'Pod that wrote the line, from the envelope.'),
  field('namespace', null, 'text', null, 'Namespace of the pod, from the envelope.'),
  field('container', null, 'text', null, 'Container that wrote the line, from the envelope.'),
  field('node', null, 'text', null, 'Node of the pod, from the envelope.'),
  field('workload', null, 'text', null, "The pod's name without ReplicaSet hash, pod suffix or ordinal."),
  field(
    'direction',
    null,
    'text',
    null,
    'outbound: the application calls out; inbound: it is called; unknown: the line does not tell.',
  ),
  field('kind', null, 'text', null, 'tcp: one line a connection; http: one line a request.'),
  field('format', null, 'text', null, 'Log format that the line was read with.'),
  field('envelope', null, 'text', null, 'Wrapper that the line came in.'),
  field(
    'start_time',
    'START_TIME',
    'time',
    'RFC 3339 UTC, ms',
    'When the proxy accepted the downstream connection.',
  ),
  field('end_time', null, 'time', 'RFC 3339 UTC, ms', 'start_time + duration.'),
  field('method', 'REQ(:METHOD)', 'text', null, 'HTTP method; absent on TCP.'),
  field('path', 'REQ(X-ENVOY-ORIGINAL-PATH?:PATH)', 'text', null, 'HTTP path; absent on TCP.'),
  field('protocol', 'PROTOCOL', 'text', null, 'HTTP protocol; absent on TCP.'),
  field('response_code', 'RESPONSE_CODE', 'number', null, 'HTTP status; 0 on TCP means "no code".'),
  field(
    'response_flags',
    'RESPONSE_FLAGS',
    'flags',
    null,
    'Short names of what went wrong; empty does not say that all went well.',
  ),
  field(
    'response_code_details',
    'RESPONSE_CODE_DETAILS',
    'text',
    null,
    'Why this code; on TCP chiefly filter_chain_not_found.',
    '1.9',
  ),
  field(
    'connection_termination_details',
    'CONNECTION_TERMINATION_DETAILS',
    'text',
    null,
    'Why the connection was ended, for example by an authorization policy. May hold spaces.',
    '1.9',
  ),
  field(
    'upstream_transport_failure_reason',
    'UPSTREAM_TRANSPORT_FAILURE_REASON',
    'text',
    null,
    'Why the upstream connection failed: an errno, or a TLS error.',
    '1.2',
  ),
  field('bytes_received', 'BYTES_RECEIVED', 'number', 'bytes', 'Read from the downstream peer, after TLS.'),
  field('bytes_sent', 'BYTES_SENT', 'number', 'bytes', 'Written to the downstream peer, before TLS.'),
  field('duration', 'DURATION', 'number', 'ms', 'Life of the downstream connection, truncated.'),
  field(
    'upstream_service_time',
    'RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)',
    'number',
    'ms',
    'Time the upstream took; absent on TCP.',
  ),
  field('x_forwarded_for', 'REQ(X-FORWARDED-FOR)', 'text', null, 'HTTP header; absent on TCP.'),
  field('user_agent', 'REQ(USER-AGENT)', 'text', null, 'HTTP header; absent on TCP.'),
  field('request_id', 'REQ(X-REQUEST-ID)', 'text', null, 'HTTP header; absent on TCP.'),
  field('authority', 'REQ(:AUTHORITY)', 'text', null, 'HTTP authority; absent on TCP.'),
  field(
    'upstream_host',
    'UPSTREAM_HOST',
    'address',
    null,
    'Chosen endpoint, also when connecting to it failed; absent when none was chosen.',
  ),
  field('upstream_cluster', 'UPSTREAM_CLUSTER', 'text', null, 'Cluster that the connection was sent to.'),
  field(
    'upstream_local_address',
    'UPSTREAM_LOCAL_ADDRESS',
    'address',
    null,
    "The proxy's own end towards the upstream; absent when no upstream connection was made.",
  ),
  field(
    'downstream_local_address',
    'DOWNSTREAM_LOCAL_ADDRESS',
    'address',
    null,
    'Original destination that the client dialled.',
  ),
  field(
    'downstream_remote_address',
    'DOWNSTREAM_REMOTE_ADDRESS',
    'address',
    null,
    "The downstream peer; on an outbound line the application's own socket.",
  ),
  field(
    'requested_server_name',
    'REQUESTED_SERVER_NAME',
    'text',
    null,
    'SNI of the ClientHello that arrived at this proxy.',
    '1.1',
  ),
  field('route_name', 'ROUTE_NAME', 'text', null, 'HTTP route; absent on TCP.', '1.3'),
  field(
    'attributes',
    null,
    'object',
    null,
    'What the line says beyond these fields: other command operators, ztunnel keys, trailing text.',
  ),
  field(
    'state',
    null,
    'text',
    null,
    'Routing of an outbound TCP connection: service, direct, passthrough, blackhole, captured, captured_nominal, gateway, no_filter_chain, unknown.',
  ),
  field(
    'pairing',
    null,
    'object',
    null,
    'Whether the other end of the connection was found, and why not; on a gateway: the end that it called.',
  ),
  field(
    'hops',
    null,
    'object',
    null,
    'Every line of this connection, from the first client to the last server; null in lists.',
  ),
];

/** The fields in which an entry is written, in the order of Istio's own format. */
export const ENTRY_FIELDS: readonly Field[] = FIELDS.filter((f) => f.operator !== null);
