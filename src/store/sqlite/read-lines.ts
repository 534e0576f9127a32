/** Turns stored codes back into lines. */

import { isUtf8 } from 'node:buffer';
import type Database from 'better-sqlite3';
import { joinAddress } from '../../domain/address.ts';
import type { AccessLogEntry } from '../../domain/entry.ts';
import { formatLineId } from '../../domain/line-hash.ts';
import type { ConnectionEnd, PairingRules, Peer, StoredLine, TimedLine } from '../../domain/ports.ts';
import type { Dictionary } from './dictionary.ts';
import { decodeExtra } from './extra.ts';
import { AMBIGUOUS, type ConnectionRow, type LineRecord, SUPERSEDED } from './line-record.ts';
import { CLIENT_SIDE, HOP_SIDE, LINK_KINDS, type LinkRow, SERVER_SIDE } from './pairing/links.ts';
import type { ReadShape, Shapes } from './shapes.ts';

/** What the table `link` says of a line: as the client's end, as the server's. */
export type LinkOf = (record: LineRecord, side: number) => LinkRow | null;

export interface LineDecoder {
  /** A line of a row, with its peer. `mayBeRaw` is false for lines that are surely not kept as they were logged. */
  line(record: LineRecord, row: ConnectionRow, linkOf: LinkOf, mayBeRaw: boolean): StoredLine;
  timed(record: LineRecord): TimedLine;
}

export function createLineDecoder(
  db: Database.Database,
  dictionary: Dictionary,
  shapes: Shapes,
  rules: PairingRules,
): LineDecoder {
  const rawLine = db
    .prepare<[number, number], Buffer>('SELECT line FROM raw_line WHERE second = ? AND hash = ?')
    .pluck();

  const entryOf = (record: LineRecord, read: ReadShape): AccessLogEntry => {
    const { shape, detail, upstreamLocalHost, downstreamRemoteHost } = read;
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

  /** Both lines of a row are asked for one after the other. */
  let scored: { readonly row: ConnectionRow; readonly score: number } | null = null;
  const scoreOf = (row: ConnectionRow): number => {
    if (row.client === null || row.server === null) return 0;
    if (scored?.row === row) return scored.score;
    const { links } = rules.align([endOf(row.client, shapes)], [endOf(row.server, shapes)]);
    const score = Math.round((links[0]?.score ?? 0) * 100) / 100;
    scored = { row, score };
    return score;
  };

  const peerInRow = (record: LineRecord, row: ConnectionRow): Peer | null => {
    const peer = record === row.client ? row.server : row.client;
    if (peer === null) return null;
    return { id: formatLineId(peer.start, peer.hash), kind: 'full', score: scoreOf(row) };
  };

  return {
    timed(record) {
      const { shape, detail, downstreamRemoteHost } = shapes.read(record.shape);
      return {
        identity: shape.identity,
        shapeId: record.shape,
        entry: {
          start_time: record.start,
          duration: record.duration,
          method: detail.method,
          downstream_local_address: shape.downstream_local_address,
          downstream_remote_address: joinAddress(downstreamRemoteHost, record.downstreamRemotePort),
        },
      };
    },
    line(record, row, linkOf, mayBeRaw) {
      const read = shapes.read(record.shape);
      const { shape } = read;
      const raw = mayBeRaw ? rawLine.get(Math.floor(record.start / 1_000), record.hash) : undefined;
      const isServer = record === row.server;
      const isGateway = !isServer && shapes.coded(record.shape).hop !== null;
      const inRow = peerInRow(record, row);
      const link = inRow === null ? linkOf(record, isServer ? SERVER_SIDE : CLIENT_SIDE) : null;
      return {
        id: formatLineId(record.start, record.hash),
        identity: shape.identity,
        format: shape.format,
        envelope: shape.envelope,
        entry: entryOf(record, read),
        raw: raw === undefined ? null : raw.toString(isUtf8(raw) ? 'utf8' : 'latin1'),
        shapeId: record.shape,
        peer: inRow ?? peerOf(link),
        previous: isGateway ? peerOf(linkOf(record, HOP_SIDE)) : null,
        ambiguous: record.standing === AMBIGUOUS || (link !== null && link.peer_start === null),
        superseded: record.standing === SUPERSEDED,
      };
    },
  };
}

function peerOf(link: LinkRow | null): Peer | null {
  if (link === null || link.peer_start === null || link.peer_hash === null) return null;
  const kind = LINK_KINDS[link.kind] ?? 'full';
  return { id: formatLineId(link.peer_start, link.peer_hash), kind, score: link.score ?? 0 };
}

function endOf(record: LineRecord, shapes: Shapes): ConnectionEnd {
  const { shape } = shapes.read(record.shape);
  const isBlind = shapes.coded(record.shape).blind;
  return {
    start: record.start,
    end: record.start + (record.duration ?? 0),
    bytes_received: isBlind ? null : record.received,
    bytes_sent: isBlind ? null : record.sent,
    upstream_cluster: shape.upstream_cluster,
    requested_server_name: shape.requested_server_name,
    // A pair that was found needs no more doubt of what it was found among.
    client_ip: null,
    server_ip: null,
    unordered: false,
    tie: record.hash,
  };
}

function merge(
  a: Readonly<Record<string, string>> | null,
  b: Readonly<Record<string, string>> | null,
): Readonly<Record<string, string>> | null {
  return a === null ? b : b === null ? a : { ...a, ...b };
}
