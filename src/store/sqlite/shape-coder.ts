/** Works out, for a new shape, what pairing and identification need of it. */
import {
  canonicalIp,
  formatAddress,
  isLoopback,
  parseAddress,
  parseTunnelTarget,
} from '../../domain/address.ts';
import { parseCluster } from '../../domain/cluster-name.ts';
import { type Direction, directionOf } from '../../domain/direction.ts';
import { isHttp } from '../../domain/entry.ts';
import { type Hash64, textHash } from '../../domain/line-hash.ts';
import { type Detail, readDetail } from './detail.ts';
import type { Dictionary } from './dictionary.ts';
import { COLUMN, COLUMNS } from './shape-columns.ts';
import { TextFacts } from './text-facts.ts';

/**
 * A shape as pairing needs it. Hosts and addresses are ids of their canonical texts; 0: absent, or no address
 * that can be an end of a mesh connection.
 */
export interface CodedShape {
  readonly id: number;
  readonly role: Role;
  readonly http: boolean;
  /** True for HTTP/2 and later, where the requests of one connection overlap. */
  readonly unordered: boolean;
  /** True where bytes tell nothing: a gateway that passes TLS on counts what is encrypted, a refusal counts none. */
  readonly blind: boolean;
  readonly cluster: number;
  readonly sni: number;
  /** Address of the server, as this line has it. */
  readonly server: number;
  /** Host of the client's proxy, as this line has it. Its port varies from line to line. */
  readonly client: number;
  /** By what else the other end may be found. */
  readonly half: Half;
  /** What half a key is found by: address of the server, or the cluster's name. */
  readonly anchor: number;
  /** Host of the application that a client's proxy served. */
  readonly own: number;
  /** The other side of a gateway's line: the server that it was to its own client. Null: a sidecar's line. */
  readonly hop: Hop | null;
  /** True when its lines have both addresses of their connections: then no other pod of this name can have written them. */
  readonly isNamed: boolean;
  /** Of the pod that wrote it and all that its lines share, but not of how they came. */
  readonly content: Hash64;
}

/** Which end of a connection a line can be: the client's proxy, the server's, or (no such addresses) neither. */
export type Role = 'client' | 'server' | 'none';

/** `address`: the server's; `tunnel`: the server's behind an internal listener; `name`: the cluster's, through a gateway. */
export type Half = 'address' | 'tunnel' | 'name' | 'none';

export interface Hop {
  readonly server: number;
  readonly client: number;
  readonly half: Half;
  readonly anchor: number;
}

export interface ShapeCoder {
  /** `columns`: ids in the order of `COLUMNS`, 0 for null. */
  code(id: number, columns: Int32Array): CodedShape;
  reset(): void;
}

/** Port of the gateways between the networks of a mesh. */
const EAST_WEST_PORT = ':15443';
const CACHED_TEXTS_MAX = 100_000;
/** Format, envelope, container and node do not count: they say how the line came here. */
const CONTENT = [COLUMN.pod_id].concat(COLUMNS.map((_, index) => index).slice(COLUMN.upstream_cluster_id));
/** Of lines that any pod of this name could have written. */
const CONTENT_IN_NAMESPACE = [COLUMN.namespace_id, ...CONTENT];

export function createShapeCoder(dictionary: Dictionary): ShapeCoder {
  const textOf = (id: number): string => dictionary.textOf(id) ?? '';
  const addresses = new TextFacts((id) => dictionary.idOf(canonicalAddress(textOf(id))) ?? 0);
  const hosts = new TextFacts((id) => dictionary.idOf(canonicalHost(textOf(id))) ?? 0);
  const hashesA = new TextFacts((id) => textHash(SEED, textOf(id)).a);
  const hashesB = new TextFacts((id) => textHash(SEED, textOf(id)).b);
  const address = (id: number): number => (id === 0 ? 0 : addresses.of(id));
  const host = (id: number): number => (id === 0 ? 0 : hosts.of(id));

  const remember = <T>(cache: Map<number, T>, id: number, make: (text: string) => T): T => {
    let value = cache.get(id);
    if (value === undefined) {
      value = make(textOf(id));
      if (cache.size >= CACHED_TEXTS_MAX) cache.clear();
      cache.set(id, value);
    }
    return value;
  };
  const details = new Map<number, Detail>();
  const refusals = new Map<number, boolean>();
  const detailOf = (id: number): Detail =>
    id === 0 ? readDetail(null) : remember(details, id, (text) => readDetail(text));
  const directions = new Map<number, Direction>();
  const directionOfCluster = (id: number): Direction =>
    id === 0
      ? directionOf({ upstream_cluster: null, attributes: null })
      : remember(directions, id, (text) => directionOf({ upstream_cluster: text, attributes: null }));
  const isRefused = (flags: number): boolean =>
    flags !== 0 && remember(refusals, flags, (text) => text.split(',').includes('NR'));

  const contentOf = (columns: Int32Array, isNamed: boolean): Hash64 => {
    let a = 0x243f6a88;
    let b = 0x13198a2e;
    for (const column of isNamed ? CONTENT : CONTENT_IN_NAMESPACE) {
      const id = columns[column] ?? 0;
      a = Math.imul(a ^ (id === 0 ? 0 : hashesA.of(id)), 0x9e3779b1) ^ (b >>> 15);
      b = Math.imul(b ^ (id === 0 ? 0 : hashesB.of(id)), 0x5f356495) ^ (a >>> 17);
    }
    return { a, b };
  };

  const nameOf = (cluster: string): number => {
    const service = parseCluster(cluster);
    if (service?.host == null) return 0;
    return dictionary.idOf(`${service.port}|${service.subset ?? ''}|${service.host}`) ?? 0;
  };

  /** How a line may be found when its other end has another address. */
  const halfOf = (role: Role, asClient: boolean, server: number, text: string, cluster: string) => {
    if (role === 'none') {
      const target = asClient ? parseTunnelTarget(text) : null;
      const anchor = target === null ? 0 : (dictionary.idOf(formatAddress(target)) ?? 0);
      return { half: anchor === 0 ? ('none' as const) : ('tunnel' as const), anchor };
    }
    const name = asClient && text.endsWith(EAST_WEST_PORT) ? nameOf(cluster) : 0;
    return name === 0
      ? { half: 'address' as const, anchor: server }
      : { half: 'name' as const, anchor: name };
  };

  /** A sidecar's own application has the address that the proxy calls from; a gateway's client has another. */
  const hopOf = (at: (column: number) => number, client: number, cluster: string): Hop | null => {
    const remote = host(at(COLUMN.downstream_remote_host_id));
    const local = address(at(COLUMN.downstream_local_address_id));
    const isSniRouted = cluster.startsWith('outbound_.');
    if (remote === 0 || local === 0 || (!isSniRouted && (client === 0 || client === remote))) return null;
    const name = isSniRouted ? nameOf(cluster) : 0;
    return {
      server: local,
      client: remote,
      half: name === 0 ? 'address' : 'name',
      anchor: name === 0 ? local : name,
    };
  };

  return {
    code(id, columns) {
      const at = (column: number): number => columns[column] ?? 0;
      const detail = detailOf(at(COLUMN.detail_id));
      const upstream_cluster = dictionary.textOf(at(COLUMN.upstream_cluster_id) || null);
      const direction =
        detail.attributes === null
          ? directionOfCluster(at(COLUMN.upstream_cluster_id))
          : directionOf({ upstream_cluster, attributes: detail.attributes });
      const isConnected = at(COLUMN.upstream_local_host_id) !== 0;
      const asClient = direction === 'outbound' || (direction === 'unknown' && isConnected);
      const serverText = at(asClient ? COLUMN.upstream_host_id : COLUMN.downstream_local_address_id);
      const server = address(serverText);
      const client = host(at(asClient ? COLUMN.upstream_local_host_id : COLUMN.downstream_remote_host_id));
      const role = server === 0 || client === 0 ? 'none' : asClient ? 'client' : 'server';
      const name = upstream_cluster ?? '';
      const isNamed =
        address(at(COLUMN.downstream_local_address_id)) !== 0 &&
        host(at(COLUMN.downstream_remote_host_id)) !== 0;
      return {
        id,
        role,
        http: isHttp(detail),
        unordered: detail.protocol !== null && !detail.protocol.startsWith('HTTP/1'),
        blind: name.startsWith('outbound_.') || (!isHttp(detail) && isRefused(at(COLUMN.response_flags_id))),
        cluster: at(COLUMN.upstream_cluster_id),
        sni: at(COLUMN.requested_server_name_id),
        server,
        client,
        ...halfOf(role, asClient, server, dictionary.textOf(serverText || null) ?? '', name),
        own: host(at(COLUMN.downstream_remote_host_id)),
        hop: asClient ? hopOf(at, client, name) : null,
        isNamed,
        content: contentOf(columns, isNamed),
      };
    },
    reset() {
      addresses.clear();
      hosts.clear();
      hashesA.clear();
      hashesB.clear();
      details.clear();
      refusals.clear();
      directions.clear();
    },
  };
}

const SEED: Hash64 = { a: 0x452821e6, b: 0x38d01377 };

function canonicalAddress(text: string): string | null {
  const address = parseAddress(text);
  return address === null || isLoopback(address.ip) ? null : formatAddress(address);
}

function canonicalHost(text: string): string | null {
  const ip = canonicalIp(text.replace(/^\[|\]$/g, ''));
  return ip === null || isLoopback(ip) ? null : ip;
}
