/** One entry of Envoy's access log service, as the line that Istio's JSON format would have printed. */
import { Message } from '../protobuf.ts';

/** Values under Istio's own keys; what has no key there has one of Envoy's, and is kept as an attribute. */
type Fields = Record<string, string | number | null>;

/** Response flags by the number of their field, from 1 on. */
const FLAGS =
  'LH UH UT LR UR UF UC UO NR DI FI RL UAEX RLSE DC URX SI IH DPE UMSDR RFCF NFCF DT UPE NC OM DF DR'.split(
    ' ',
  );
const FIELD_UNAUTHORIZED = 13;
const METHODS = [null, 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
const PROTOCOLS = [null, 'HTTP/1.0', 'HTTP/1.1', 'HTTP/2', 'HTTP/3'];
/** Names of `AccessLogType`, as `%ACCESS_LOG_TYPE%` prints them. */
const LOG_TYPES =
  'NotSet TcpUpstreamConnected TcpPeriodic TcpConnectionEnd DownstreamStart DownstreamPeriodic DownstreamEnd UpstreamPoolReady UpstreamPeriodic UpstreamEnd DownstreamTunnelSuccessfullyEstablished UdpTunnelUpstreamConnected UdpPeriodic UdpSessionEnd TcpConnectionStart'.split(
    ' ',
  );
/** What is there on every line of Istio's, so that a line without it is one of the same format. */
const EMPTY: Fields = {
  authority: null,
  bytes_received: 0,
  bytes_sent: 0,
  duration: null,
  response_code: 0,
  response_flags: '-',
};

/** TCPAccessLogEntry: common_properties 1, connection_properties 2 of received_bytes 1 and sent_bytes 2. */
export function readTcpEntry(bytes: Uint8Array): string {
  const fields: Fields = { ...EMPTY };
  for (const entry = new Message(bytes); entry.next(); ) {
    if (entry.field === 1) readCommon(entry.bytes(), fields, 'TcpPeriodic');
    else if (entry.field === 2) {
      for (const bytesOf = new Message(entry.bytes()); bytesOf.next(); ) {
        if (bytesOf.field === 1) fields.bytes_received = bytesOf.uint();
        else if (bytesOf.field === 2) fields.bytes_sent = bytesOf.uint();
      }
    }
  }
  return JSON.stringify(fields);
}

/** HTTPAccessLogEntry: common_properties 1, protocol_version 2, request 3, response 4. */
export function readHttpEntry(bytes: Uint8Array): string {
  const fields: Fields = { ...EMPTY };
  for (const entry = new Message(bytes); entry.next(); ) {
    if (entry.field === 1) readCommon(entry.bytes(), fields, 'DownstreamPeriodic');
    else if (entry.field === 2) fields.protocol = PROTOCOLS[entry.uint()] ?? null;
    else if (entry.field === 3) readRequest(entry.bytes(), fields);
    else if (entry.field === 4) readResponse(entry.bytes(), fields);
  }
  return JSON.stringify(fields);
}

/** HTTPRequestProperties. */
function readRequest(bytes: Uint8Array, fields: Fields): void {
  let path: string | null = null;
  let originalPath: string | null = null;
  for (const request = new Message(bytes); request.next(); ) {
    if (request.field === 1) fields.method = METHODS[request.uint()] ?? null;
    else if (request.field === 3) fields.authority = textOrNull(request);
    else if (request.field === 5) path = textOrNull(request);
    else if (request.field === 6) fields.user_agent = textOrNull(request);
    else if (request.field === 8) fields.x_forwarded_for = textOrNull(request);
    else if (request.field === 9) fields.request_id = textOrNull(request);
    else if (request.field === 10) originalPath = textOrNull(request);
    else if (request.field === 12) fields.bytes_received = request.uint();
  }
  fields.path = originalPath ?? path;
}

/** HTTPResponseProperties. */
function readResponse(bytes: Uint8Array, fields: Fields): void {
  for (const response = new Message(bytes); response.next(); ) {
    if (response.field === 1) fields.response_code = wrappedUint(response.bytes());
    else if (response.field === 3) fields.bytes_sent = response.uint();
    else if (response.field === 4) {
      const [name, value] = pairOf(response.bytes());
      if (name === 'x-envoy-upstream-service-time') fields.upstream_service_time = value;
    } else if (response.field === 6) fields.response_code_details = textOrNull(response);
  }
}

/** AccessLogCommon. `periodic` is what an entry is that only says that more will follow. */
function readCommon(bytes: Uint8Array, fields: Fields, periodic: string): void {
  let lastByteSent: number | null = null;
  for (const common = new Message(bytes); common.next(); ) {
    const read = COMMON[common.field];
    if (read !== undefined) read(common, fields);
    else if (common.field === 12) lastByteSent = durationOf(common.bytes());
    else if (common.field === 27 && common.bool()) fields.access_log_type ??= periodic;
  }
  // Envoys before 1.24 do not say how long it took.
  fields.duration ??= lastByteSent;
}

/** How each field of AccessLogCommon is read, by its number. */
const COMMON: Readonly<Record<number, (common: Message, fields: Fields) => void>> = {
  2: (common, fields) => {
    fields.downstream_remote_address = addressOf(common.bytes());
  },
  3: (common, fields) => {
    fields.downstream_local_address = addressOf(common.bytes());
  },
  4: (common, fields) => {
    for (const tls = new Message(common.bytes()); tls.next(); )
      if (tls.field === 3) fields.requested_server_name = textOrNull(tls);
  },
  5: (common, fields) => {
    fields.start_time = timeOf(common.bytes());
  },
  13: (common, fields) => {
    fields.upstream_host = addressOf(common.bytes());
  },
  14: (common, fields) => {
    fields.upstream_local_address = addressOf(common.bytes());
  },
  15: (common, fields) => {
    fields.upstream_cluster = textOrNull(common);
  },
  16: (common, fields) => {
    fields.response_flags = flagsOf(common.bytes());
  },
  18: (common, fields) => {
    fields.upstream_transport_failure_reason = textOrNull(common);
  },
  19: (common, fields) => {
    fields.route_name = textOrNull(common);
  },
  20: (common, fields) => {
    fields.downstream_direct_remote_address = addressOf(common.bytes());
  },
  22: (common, fields) => {
    const [name, value] = pairOf(common.bytes());
    // The names are the user's own, and must not pass for a field.
    fields[`custom_tags.${name}`] = value;
  },
  23: (common, fields) => {
    fields.duration = durationOf(common.bytes());
  },
  24: (common, fields) => {
    fields.upstream_request_attempt_count = common.uint();
  },
  25: (common, fields) => {
    fields.connection_termination_details = textOrNull(common);
  },
  26: (common, fields) => {
    fields.stream_id = textOrNull(common);
  },
  28: (common, fields) => {
    fields.downstream_transport_failure_reason = textOrNull(common);
  },
  33: (common, fields) => {
    fields.access_log_type = LOG_TYPES[common.uint()] ?? null;
  },
};

/** ResponseFlags: a bool a flag, but for one that is a message. */
function flagsOf(bytes: Uint8Array): string {
  const flags: string[] = [];
  for (const message = new Message(bytes); message.next(); ) {
    const flag = FLAGS[message.field - 1];
    if (flag === undefined) continue;
    if (message.field === FIELD_UNAUTHORIZED ? message.bytes() : message.bool()) flags.push(flag);
  }
  return flags.length === 0 ? '-' : flags.join(',');
}

/** Address: socket_address 1, pipe 2, envoy_internal_address 3; as Envoy prints it. */
function addressOf(bytes: Uint8Array): string | null {
  let address: string | null = null;
  for (const message = new Message(bytes); message.next(); ) {
    if (message.field === 1) address = socketAddressOf(message.bytes());
    else if (message.field === 2) address = textIn(message.bytes(), 1);
    else if (message.field === 3) {
      const inner = message.bytes();
      address = `envoy://${textIn(inner, 1) ?? ''}/${textIn(inner, 2) ?? ''}`;
    }
  }
  return address;
}

/** SocketAddress: address 2, port_value 3. */
function socketAddressOf(bytes: Uint8Array): string | null {
  let host = '';
  let port = 0;
  for (const socket = new Message(bytes); socket.next(); ) {
    if (socket.field === 2) host = socket.text();
    else if (socket.field === 3) port = socket.uint();
  }
  if (host === '') return null;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A map's entry, or a header: key 1, value 2. */
function pairOf(bytes: Uint8Array): readonly [name: string, value: string | null] {
  return [textIn(bytes, 1) ?? '', textIn(bytes, 2)];
}

function textIn(bytes: Uint8Array, field: number): string | null {
  let text: string | null = null;
  for (const message = new Message(bytes); message.next(); )
    if (message.field === field) text = textOrNull(message);
  return text;
}

function textOrNull(message: Message): string | null {
  return message.text() || null;
}

/** UInt32Value: value 1. */
function wrappedUint(bytes: Uint8Array): number {
  let value = 0;
  for (const message = new Message(bytes); message.next(); ) if (message.field === 1) value = message.uint();
  return value;
}

/** Furthest from the epoch that a `Date` reaches, in ms. */
const DATE_MAX_MS = 8_640_000_000_000_000;

/** A Timestamp, cut to ms as Envoy cuts it; as it is where no date can be made of it, for the reader to refuse. */
function timeOf(bytes: Uint8Array): string {
  const { seconds, nanos } = secondsOf(bytes);
  const ms = seconds * 1_000 + Math.floor(nanos / 1_000_000);
  return Math.abs(ms) <= DATE_MAX_MS ? new Date(ms).toISOString() : String(seconds);
}

/** A Duration in whole ms. */
function durationOf(bytes: Uint8Array): number {
  const { seconds, nanos } = secondsOf(bytes);
  return Math.trunc(seconds * 1_000 + nanos / 1_000_000);
}

/** Timestamp and Duration: seconds 1, nanos 2. */
function secondsOf(bytes: Uint8Array): { readonly seconds: number; readonly nanos: number } {
  let seconds = 0;
  let nanos = 0;
  for (const message = new Message(bytes); message.next(); ) {
    if (message.field === 1) seconds = message.int();
    else if (message.field === 2) nanos = message.int();
  }
  return { seconds, nanos };
}
