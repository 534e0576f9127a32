import { portAt, portStart } from './address.ts';

/**
 * One access-log line, read: the vocabulary that every ring of the program shares.
 * Field names are Istio's own JSON keys. `null` means that the log printed `-` (or nothing) for the field.
 */

/** The fields of one access-log line. Addresses and cluster names stay exactly as the log has them. */
export interface AccessLogEntry {
  /** When the proxy accepted the downstream connection: ms since the epoch, UTC. */
  readonly start_time: number;
  readonly method: string | null;
  readonly path: string | null;
  readonly protocol: string | null;
  /** 0 on TCP lines: "no code". */
  readonly response_code: number | null;
  /** Short names in the order of the log; empty when the log has `-`. Compare as a set. */
  readonly response_flags: readonly string[];
  readonly response_code_details: string | null;
  readonly connection_termination_details: string | null;
  readonly upstream_transport_failure_reason: string | null;
  /** Bytes read from the downstream peer. */
  readonly bytes_received: number | null;
  /** Bytes written to the downstream peer. */
  readonly bytes_sent: number | null;
  /** Life of the connection (TCP) or request (HTTP) in ms, truncated; null on periodic lines of old Envoys. */
  readonly duration: number | null;
  readonly upstream_service_time: number | null;
  readonly x_forwarded_for: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  readonly authority: string | null;
  readonly upstream_host: string | null;
  readonly upstream_cluster: string | null;
  readonly upstream_local_address: string | null;
  readonly downstream_local_address: string | null;
  readonly downstream_remote_address: string | null;
  readonly requested_server_name: string | null;
  readonly route_name: string | null;
  /**
   * What the line says beyond the fields above: other command operators by their Envoy name in lower case
   * (`access_log_type`, `connection_id`), ztunnel's keys (`src.workload`), `trailing` for text behind the last
   * known field. Null when there is nothing.
   */
  readonly attributes: Readonly<Record<string, string>> | null;
}

/** Where a line was written. Each part is null when the envelope does not tell. */
export interface Identity {
  readonly pod: string | null;
  readonly namespace: string | null;
  readonly container: string | null;
  readonly node: string | null;
}

/** Where a transport says that a record comes from: the labels of a Loki stream, the resource of OTLP. */
export interface Origin {
  /** Name of the transport, for example `loki`. */
  readonly envelope: string;
  readonly identity: Identity;
}

/** What differs from line to line of one kind. Counts and ports are -1 where the line has none. */
export interface LineNumbers {
  readonly start_time: number;
  readonly duration: number;
  readonly bytes_received: number;
  readonly bytes_sent: number;
  readonly upstream_local_port: number;
  readonly downstream_remote_port: number;
}

/** An accepted line on its way to the store. */
export interface ParsedLine {
  readonly entry: AccessLogEntry;
  /** The same object for the same four values within one parser, so that it can serve as a Map key. */
  readonly identity: Identity;
  /**
   * Name of the log format, for example `istio-text-1.9`; a format of the user's own is named by its text. Behind it the form of
   * JSON objects, where it is known: see `domain/format-name.ts`.
   */
  readonly format: string;
  /** Name of the wrapper, for example `stern`, `kubectl-prefix`, `none`. */
  readonly envelope: string;
  /** The message without its envelope and without its newline. */
  readonly raw: string;
  /** True when the format renders `entry` back into exactly `raw`, so that `raw` need not be kept. */
  readonly rebuildable: boolean;
  /** False when the bytes were not UTF-8; `raw` then has one character a byte (latin1). */
  readonly utf8: boolean;
  readonly numbers: LineNumbers;
}

/** Why a line that looked like an access log, or like nothing known, was not accepted. */
export type RejectReason =
  | 'unknown_format'
  | 'truncated'
  | 'bad_time'
  | 'bad_number'
  | 'bad_address'
  | 'escaped_quotes'
  | 'ambiguous_quotes'
  | 'no_start_time'
  | 'invalid_json'
  | 'binary'
  | 'line_too_long'
  | 'partial_too_long'
  | 'out_of_range';

/** Why a line is passed over: it is no access log and was never meant to be. */
export type SkipReason = 'blank' | 'proxy_log' | 'agent_log' | 'stern_status' | 'other_scope' | 'stack_trace';

/** What became of one line. A parser answers null while it waits for the rest of a line split in pieces. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly line: ParsedLine }
  | { readonly kind: 'skipped'; readonly reason: SkipReason; readonly identity: Identity }
  | {
      readonly kind: 'rejected';
      readonly reason: RejectReason;
      /** The line as received, cut to `REJECT_TEXT_MAX` characters. */
      readonly text: string;
      readonly identity: Identity;
    };

/**
 * Reads the lines of one stream, in order. Remembers the format and the envelope it saw last.
 * Shape: `push` takes one line without its newline; `end` answers for what was still waiting to be completed, one record
 * a call: it is called until it answers null.
 */
export interface LineParser {
  push(line: string, utf8: boolean): Outcome | null;
  /**
   * Reads one record that a transport delivered by itself, with or without its newline. Where its origin and the record
   * contradict each other on who wrote it, the origin is believed. Null: it waits for its other pieces.
   */
  pushRecord(text: string, utf8: boolean, origin: Origin): Outcome | null;
  /** Called until it answers null. */
  end(): Outcome | null;
  /** True when no line waits for its rest, so that the next line means what it says by itself. */
  idle(): boolean;
}

export const NO_IDENTITY: Identity = Object.freeze({
  pod: null,
  namespace: null,
  container: null,
  node: null,
});

/** An entry of which nothing is known: the start of those that are put together from a few fields. */
export const EMPTY_ENTRY: AccessLogEntry = Object.freeze({
  start_time: 0,
  method: null,
  path: null,
  protocol: null,
  response_code: null,
  response_flags: Object.freeze([]),
  response_code_details: null,
  connection_termination_details: null,
  upstream_transport_failure_reason: null,
  bytes_received: null,
  bytes_sent: null,
  duration: null,
  upstream_service_time: null,
  x_forwarded_for: null,
  user_agent: null,
  request_id: null,
  authority: null,
  upstream_host: null,
  upstream_cluster: null,
  upstream_local_address: null,
  downstream_local_address: null,
  downstream_remote_address: null,
  requested_server_name: null,
  route_name: null,
  attributes: null,
});

/** `start_time` + `duration` in ms, or null when the line has no duration. */
export function endTime(entry: Pick<AccessLogEntry, 'start_time' | 'duration'>): number | null {
  return entry.duration === null ? null : entry.start_time + entry.duration;
}

/** The numbers of an entry, as `ParsedLine` carries them. */
export function numbersOf(entry: AccessLogEntry): LineNumbers {
  return {
    start_time: entry.start_time,
    duration: entry.duration ?? NONE,
    bytes_received: entry.bytes_received ?? NONE,
    bytes_sent: entry.bytes_sent ?? NONE,
    upstream_local_port: portOf(entry.upstream_local_address),
    downstream_remote_port: portOf(entry.downstream_remote_address),
  };
}

const NONE = -1;

function portOf(address: string | null): number {
  return address === null ? NONE : portAt(address, portStart(address));
}

/** True for a line per request, false for a line per TCP connection. */
export function isHttp(entry: Pick<AccessLogEntry, 'method' | 'protocol' | 'response_code'>): boolean {
  return entry.method !== null || entry.protocol !== null || (entry.response_code ?? 0) > 0;
}
