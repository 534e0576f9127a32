/** Writes messages of Envoy's access log service. */
import { type Field, message } from './protobuf.ts';

const socket = (host: string, port: number) => message([1, message([2, host], [3, port])]);

export interface TcpEntry {
  /** Ms since the epoch. */
  readonly start: number;
  /** Nanoseconds beyond `start`. */
  readonly nanos?: number;
  readonly duration: number;
  readonly received: number;
  readonly sent: number;
  /** `ip:port`; null for none. */
  readonly downstreamRemote: readonly [string, number];
  readonly downstreamLocal: readonly [string, number];
  readonly upstreamHost: readonly [string, number] | null;
  readonly upstreamLocal: readonly [string, number] | null;
  readonly cluster: string;
  /** Fields of ResponseFlags. */
  readonly flags?: readonly Field[];
  readonly more?: readonly Field[];
}

/** AccessLogCommon. */
export function common(entry: TcpEntry): Buffer {
  const seconds = Math.floor(entry.start / 1_000);
  return message(
    [2, socket(...entry.downstreamRemote)],
    [3, socket(...entry.downstreamLocal)],
    [5, message([1, seconds], [2, (entry.start % 1_000) * 1_000_000 + (entry.nanos ?? 0)])],
    ...(entry.upstreamHost === null ? [] : [[13, socket(...entry.upstreamHost)] as const]),
    ...(entry.upstreamLocal === null ? [] : [[14, socket(...entry.upstreamLocal)] as const]),
    [15, entry.cluster],
    [16, message(...(entry.flags ?? []))],
    [
      23,
      message([1, Math.floor(entry.duration / 1_000)], [2, (entry.duration % 1_000) * 1_000_000 + 999_999]),
    ],
    ...(entry.more ?? []),
  );
}

/** TCPAccessLogEntry. */
export function tcp(entry: TcpEntry): Buffer {
  return message([1, common(entry)], [2, message([1, entry.received], [2, entry.sent])]);
}

/** StreamAccessLogsMessage; `node` in the first of a stream. */
export function als(content: {
  readonly node?: Buffer;
  readonly tcp?: readonly Buffer[];
  readonly http?: readonly Buffer[];
}): Buffer {
  const { node, tcp: tcpEntries = [], http = [] } = content;
  return message(
    ...(node === undefined ? [] : [[1, message([1, node], [2, 'mesh'])] as const]),
    ...(http.length === 0 ? [] : [[2, message(...http.map((entry) => [1, entry] as const))] as const]),
    ...(tcpEntries.length === 0
      ? []
      : [[3, message(...tcpEntries.map((entry) => [1, entry] as const))] as const]),
  );
}

/** Node, as Istio's proxies have it. */
export function node(id: string, metadata: Readonly<Record<string, string>> = {}): Buffer {
  const fields = Object.entries(metadata).map(
    ([key, value]) => [1, message([1, key], [2, message([3, value])])] as const,
  );
  return message([1, id], [2, 'cluster'], [3, message(...fields)]);
}
