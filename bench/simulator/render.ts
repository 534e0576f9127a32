/** Writes the facts of a connection or request as Envoy does, in the formats of several Istio versions. */
import type { LogFormat } from './options.ts';

/** What one proxy knows of one connection or request when it ends. Texts are as logged: `-` where there is nothing. */
export interface LineFacts {
  readonly flags: string;
  readonly codeDetails: string;
  readonly failureReason: string;
  readonly received: number;
  readonly sent: number;
  readonly upstreamHost: string;
  readonly cluster: string;
  readonly upstreamLocal: string;
  readonly downstreamLocal: string;
  readonly downstreamRemote: string;
  readonly serverName: string;
  readonly http: HttpFacts | null;
}

export interface HttpFacts {
  readonly method: string;
  readonly path: string;
  readonly code: number;
  readonly protocol: 'HTTP/1.1' | 'HTTP/2';
  readonly serviceTime: number;
  /** `-` for none. */
  readonly requestId: string;
  readonly authority: string;
  readonly userAgent: string;
}

/**
 * Renders the message, without envelope and newline.
 * Units: `start` in ms since the epoch on the proxy's own clock, `duration` in ms; both whole.
 */
export function renderLine(format: LogFormat, start: number, duration: number, facts: LineFacts): string {
  if (format === 'istio-json') return renderJson(start, duration, facts);
  const reasons =
    format === 'istio-1.3'
      ? `"-" "${facts.failureReason}"`
      : `${facts.codeDetails} - "${facts.failureReason}"`;
  const tail = `"${facts.upstreamHost}" ${facts.cluster} ${facts.upstreamLocal} ${facts.downstreamLocal} ${facts.downstreamRemote} ${facts.serverName}`;
  const counts = `${facts.received} ${facts.sent} ${duration}`;
  const time = isoTime(start);
  const h = facts.http;
  if (h === null) {
    return `[${time}] "- - -" 0 ${facts.flags} ${reasons} ${counts} - "-" "-" "-" "-" ${tail} -`;
  }
  return `[${time}] "${h.method} ${h.path} ${h.protocol}" ${h.code} ${facts.flags} ${reasons} ${counts} ${h.serviceTime} "-" "${h.userAgent}" "${h.requestId}" "${h.authority}" ${tail} default`;
}

/** Keys in alphabetical order, numbers as numbers, `null` for what is not there. */
function renderJson(start: number, duration: number, facts: LineFacts): string {
  const h = facts.http;
  return JSON.stringify({
    authority: h?.authority ?? null,
    bytes_received: facts.received,
    bytes_sent: facts.sent,
    connection_termination_details: null,
    downstream_local_address: known(facts.downstreamLocal),
    downstream_remote_address: known(facts.downstreamRemote),
    duration,
    method: h?.method ?? null,
    path: h?.path ?? null,
    protocol: h?.protocol ?? null,
    request_id: h === null ? null : known(h.requestId),
    requested_server_name: known(facts.serverName),
    response_code: h?.code ?? 0,
    response_code_details: known(facts.codeDetails),
    response_flags: facts.flags,
    route_name: h === null ? null : 'default',
    start_time: isoTime(start),
    upstream_cluster: known(facts.cluster),
    upstream_host: known(facts.upstreamHost),
    upstream_local_address: known(facts.upstreamLocal),
    upstream_service_time: h === null ? null : String(h.serviceTime),
    upstream_transport_failure_reason: known(facts.failureReason),
    user_agent: h?.userAgent ?? null,
    x_forwarded_for: null,
  });
}

function known(text: string): string | null {
  return text === '-' ? null : text;
}

const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
const THREE = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, '0'));
let day = Number.NaN;
let dayText = '';

/** RFC 3339, UTC, ms. `Date` would take longer than all the rest of a line. */
export function isoTime(time: number): string {
  const today = Math.floor(time / 86_400_000);
  if (today !== day) {
    day = today;
    dayText = new Date(today * 86_400_000).toISOString().slice(0, 11);
  }
  const ms = time - today * 86_400_000;
  const hour = TWO[Math.floor(ms / 3_600_000)];
  const minute = TWO[Math.floor(ms / 60_000) % 60];
  const second = TWO[Math.floor(ms / 1_000) % 60];
  return `${dayText}${hour}:${minute}:${second}.${THREE[ms % 1_000]}Z`;
}
