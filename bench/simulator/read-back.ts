import { isoTime } from './render.ts';

/** A simulated line, read again. Texts are as logged; `-` where there is nothing. */
export interface ReadLine {
  readonly pod: string;
  readonly start: number;
  readonly duration: number;
  readonly http: boolean;
  readonly flags: string;
  readonly received: number;
  readonly sent: number;
  readonly upstreamHost: string;
  readonly cluster: string;
  readonly upstreamLocal: string;
  readonly downstreamLocal: string;
  readonly downstreamRemote: string;
  readonly serverName: string;
  readonly requestId: string;
}

const PREFIX = /^(?:\S+ )?(\S+) istio-proxy (.*)$/;
const TEXT =
  /^\[(\S+)\] "(\S+) \S+ \S+" \d+ (\S+) (?:"-"|\S+ \S+) "[^"]*" (\d+) (\d+) (\d+) \S+ "-" "[^"]*" "([^"]*)" "[^"]*" "(\S+)" (\S+) (\S+) (\S+) (\S+) (\S+) \S+$/;

/**
 * Reads what the simulator wrote, without the product's own parser, so that one does not vouch for the other.
 * Null: the line is a message of a proxy and no access log.
 */
export function readBack(line: string): ReadLine | null {
  const [, pod = '', message = ''] = PREFIX.exec(line) ?? [];
  if (message.startsWith('{')) return readJson(pod, JSON.parse(message) as Record<string, unknown>);
  const m = TEXT.exec(message);
  if (m === null) return readZtunnel(pod, message);
  const field = (index: number): string => m[index] ?? '';
  return {
    pod,
    start: Date.parse(field(1)),
    duration: Number(field(6)),
    http: field(2) !== '-',
    flags: field(3),
    received: Number(field(4)),
    sent: Number(field(5)),
    upstreamHost: field(8),
    cluster: field(9),
    upstreamLocal: field(10),
    downstreamLocal: field(11),
    downstreamRemote: field(12),
    serverName: field(13),
    requestId: field(7),
  };
}

/**
 * Names a line by what its pod can log only once: a socket's address, when it was opened, and for HTTP the request.
 * Two lines of one simulation have the same name only when one is a copy of the other, or a later report about the same
 * connection.
 */
export function lineName(
  line: Pick<ReadLine, 'pod' | 'start' | 'downstreamRemote' | 'downstreamLocal' | 'requestId'>,
): string {
  return `${line.pod} ${isoTime(line.start)} ${line.downstreamRemote} ${line.downstreamLocal} ${line.requestId}`;
}

/** A ztunnel's line tells the time of the end. Its own cluster and sockets it does not tell. */
function readZtunnel(pod: string, message: string): ReadLine | null {
  const [time = '', , , event, pairs = ''] = message.split('\t');
  if (event !== 'connection complete') return null;
  const field = (key: string): string => new RegExp(`\\b${key}="?([^" ]*)`).exec(pairs)?.[1] ?? '-';
  const isOut = field('direction') === 'outbound';
  const duration = Number.parseInt(field('duration'), 10);
  return {
    pod,
    start: Math.floor(Date.parse(time)) - duration,
    duration,
    http: false,
    flags: '-',
    received: Number(field(isOut ? 'bytes_sent' : 'bytes_recv')),
    sent: Number(field(isOut ? 'bytes_recv' : 'bytes_sent')),
    upstreamHost: isOut ? field('dst.addr') : '-',
    cluster: '-',
    upstreamLocal: '-',
    downstreamLocal: field('dst.hbone_addr'),
    downstreamRemote: field('src.addr'),
    serverName: '-',
    requestId: '-',
  };
}

function readJson(pod: string, json: Readonly<Record<string, unknown>>): ReadLine {
  const text = (key: string): string => String(json[key] ?? '-');
  return {
    pod,
    start: Date.parse(text('start_time')),
    duration: Number(json.duration),
    http: json.method !== null,
    flags: text('response_flags'),
    received: Number(json.bytes_received),
    sent: Number(json.bytes_sent),
    upstreamHost: text('upstream_host'),
    cluster: text('upstream_cluster'),
    upstreamLocal: text('upstream_local_address'),
    downstreamLocal: text('downstream_local_address'),
    downstreamRemote: text('downstream_remote_address'),
    serverName: text('requested_server_name'),
    requestId: text('request_id'),
  };
}
