import type { AccessLogEntry, Outcome } from '../../src/domain/entry.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';

/** An entry of which nothing is known. */
export const NOTHING: AccessLogEntry = {
  start_time: 0,
  method: null,
  path: null,
  protocol: null,
  response_code: null,
  response_flags: [],
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
};

/** All outcomes of lines read by one parser. */
export function readAll(lines: readonly string[], format: string | null = null): Outcome[] {
  const parser = createLineParser({ format, identity: NO_IDENTITY });
  const outcomes = lines.map((line) => parser.push(line, true));
  for (let last = parser.end(); last !== null; last = parser.end()) outcomes.push(last);
  return outcomes.filter((outcome) => outcome !== null);
}

/** What became of one line by itself, in a word: `accepted FORMAT ENVELOPE`, or `KIND REASON`. */
export function verdict(line: string, format: string | null = null): string {
  const outcomes = readAll([line], format);
  return outcomes.map(inAWord).join('; ');
}

function inAWord(outcome: Outcome): string {
  if (outcome.kind === 'accepted') return `accepted ${outcome.line.format} ${outcome.line.envelope}`;
  return `${outcome.kind} ${outcome.reason}`;
}
