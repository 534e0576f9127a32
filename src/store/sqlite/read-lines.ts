/** Turns stored codes back into lines. */

import { isUtf8 } from 'node:buffer';
import type Database from 'better-sqlite3';
import { joinAddress } from '../../domain/address.ts';
import type { AccessLogEntry } from '../../domain/entry.ts';
import { formatLineId } from '../../domain/line-hash.ts';
import type { AlignEnds, ConnectionEnd, StoredLine, StoredPair } from '../../domain/ports.ts';
import type { Dictionary } from './dictionary.ts';
import { decodeExtra } from './extra.ts';
import type { ConnectionRow, LineRecord } from './line-record.ts';
import type { Shapes } from './shapes.ts';

export interface LineDecoder {
  /** A line of a row, with its peer when the row has both. */
  line(record: LineRecord, row: ConnectionRow): StoredLine;
  /** Null when the row holds one line only. */
  pair(row: ConnectionRow): StoredPair | null;
}

export function createLineDecoder(
  db: Database.Database,
  dictionary: Dictionary,
  shapes: Shapes,
  align: AlignEnds,
): LineDecoder {
  const rawLine = db
    .prepare<[number, number], Buffer>('SELECT line FROM raw_line WHERE second = ? AND hash = ?')
    .pluck();

  const entryOf = (record: LineRecord): AccessLogEntry => {
    const { shape, detail, upstreamLocalHost, downstreamRemoteHost } = shapes.read(record.shape);
    const extra = decodeExtra(record.extra, dictionary);
    return {
      start_time: record.start,
      method: detail.method,
      path: extra.path,
      protocol: detail.protocol,
      response_code: detail.response_code,
      response_flags: shape.response_flags,
      response_code_details: detail.response_code_details,
      connection_termination_details: detail.connection_termination_details,
      upstream_transport_failure_reason: detail.upstream_transport_failure_reason,
      bytes_received: record.received,
      bytes_sent: record.sent,
      duration: record.duration,
      upstream_service_time: extra.upstream_service_time,
      x_forwarded_for: extra.x_forwarded_for,
      user_agent: extra.user_agent,
      request_id: extra.request_id,
      authority: extra.authority,
      upstream_host: shape.upstream_host,
      upstream_cluster: shape.upstream_cluster,
      upstream_local_address: joinAddress(upstreamLocalHost, record.upstreamLocalPort),
      downstream_local_address: shape.downstream_local_address,
      downstream_remote_address: joinAddress(downstreamRemoteHost, record.downstreamRemotePort),
      requested_server_name: shape.requested_server_name,
      route_name: detail.route_name,
      attributes: merge(detail.attributes, extra.attributes),
    };
  };

  const scoreOf = (row: ConnectionRow): number => {
    if (row.client === null || row.server === null) return 0;
    const { links } = align([endOf(row.client, shapes)], [endOf(row.server, shapes)]);
    return Math.round((links[0]?.score ?? 0) * 100) / 100;
  };

  const decode = (record: LineRecord, row: ConnectionRow): StoredLine => {
    const { shape } = shapes.read(record.shape);
    const peer = record === row.client ? row.server : row.client;
    const raw = rawLine.get(Math.floor(record.start / 1_000), record.hash);
    return {
      id: formatLineId(record.start, record.hash),
      identity: shape.identity,
      format: shape.format,
      envelope: shape.envelope,
      entry: entryOf(record),
      raw: raw === undefined ? null : raw.toString(isUtf8(raw) ? 'utf8' : 'latin1'),
      shapeId: record.shape,
      peer:
        peer === null ? null : { id: formatLineId(peer.start, peer.hash), kind: 'full', score: scoreOf(row) },
      ambiguous: record.ambiguous,
    };
  };

  return {
    line: decode,
    pair(row) {
      if (row.client === null || row.server === null) return null;
      const outbound = decode(row.client, row);
      return { outbound, inbound: decode(row.server, row), kind: 'full', score: outbound.peer?.score ?? 0 };
    },
  };
}

function endOf(record: LineRecord, shapes: Shapes): ConnectionEnd {
  const { shape } = shapes.read(record.shape);
  return {
    start: record.start,
    end: record.start + (record.duration ?? 0),
    bytes_received: record.received,
    bytes_sent: record.sent,
    upstream_cluster: shape.upstream_cluster,
    requested_server_name: shape.requested_server_name,
    tie: record.hash,
  };
}

function merge(
  a: Readonly<Record<string, string>> | null,
  b: Readonly<Record<string, string>> | null,
): Readonly<Record<string, string>> | null {
  return a === null ? b : b === null ? a : { ...a, ...b };
}
