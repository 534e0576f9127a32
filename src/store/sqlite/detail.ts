/** What is rarely printed on TCP lines: kept as one text of a shape, absent on ordinary ones. */
import { pickAttributes } from './extra.ts';
import { readStored } from './stored.ts';

export interface Detail {
  readonly method: string | null;
  readonly protocol: string | null;
  readonly response_code: number | null;
  readonly route_name: string | null;
  readonly response_code_details: string | null;
  readonly connection_termination_details: string | null;
  readonly upstream_transport_failure_reason: string | null;
  readonly attributes: Readonly<Record<string, string>> | null;
}

/** JSON of the rare fields, or null on an ordinary TCP line. */
export function detailText(entry: Detail): string | null {
  if (
    entry.method === null &&
    entry.protocol === null &&
    (entry.response_code ?? 0) === 0 &&
    entry.response_code !== null &&
    entry.route_name === null &&
    entry.response_code_details === null &&
    entry.connection_termination_details === null &&
    entry.upstream_transport_failure_reason === null &&
    entry.attributes === null
  ) {
    return null;
  }
  return JSON.stringify([
    entry.method,
    entry.protocol,
    entry.response_code,
    entry.route_name,
    entry.response_code_details,
    entry.connection_termination_details,
    entry.upstream_transport_failure_reason,
    pickAttributes(entry.attributes, true),
  ]);
}

const PLAIN_TCP: Detail = Object.freeze({
  method: null,
  protocol: null,
  response_code: 0,
  route_name: null,
  response_code_details: null,
  connection_termination_details: null,
  upstream_transport_failure_reason: null,
  attributes: null,
});

export function readDetail(json: string | null): Detail {
  if (json === null) return PLAIN_TCP;
  // Written by detailText alone.
  const [method, protocol, response_code, route_name, details, termination, reason, attributes] = readStored<
    [
      string | null,
      string | null,
      number | null,
      string | null,
      string | null,
      string | null,
      string | null,
      Record<string, string> | null,
    ]
  >(json, 'what a shape says');
  return {
    method,
    protocol,
    response_code,
    route_name,
    response_code_details: details,
    connection_termination_details: termination,
    upstream_transport_failure_reason: reason,
    attributes,
  };
}
