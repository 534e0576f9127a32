/** Works out, for a new shape, what pairing and identification need of it. */
import { canonicalIp, formatAddress, isLoopback, parseAddress } from '../../domain/address.ts';
import { directionOf } from '../../domain/direction.ts';
import { isHttp } from '../../domain/entry.ts';
import { type Hash64, textHash } from '../../domain/line-hash.ts';
import { readDetail } from './detail.ts';
import type { Dictionary } from './dictionary.ts';
import { COLUMN, COLUMNS } from './shape-columns.ts';

/**
 * A shape as pairing needs it. Hosts and addresses are ids of their canonical texts; 0: absent, or no address
 * that can be an end of a mesh connection.
 */
export interface CodedShape {
  readonly id: number;
  readonly role: Role;
  readonly http: boolean;
  readonly cluster: number;
  readonly sni: number;
  /** Address of the server, as this line has it. */
  readonly server: number;
  /** Host of the client's proxy, as this line has it. Its port varies from line to line. */
  readonly client: number;
  /** Of who wrote it and all that its lines share, but not of how they came. */
  readonly content: Hash64;
}

/** Which end of a connection a line can be: the client's proxy, the server's, or (no such addresses) neither. */
export type Role = 'client' | 'server' | 'none';

export interface ShapeCoder {
  /** `columns`: ids in the order of `COLUMNS`, 0 for null. */
  code(id: number, columns: Int32Array): CodedShape;
  reset(): void;
}

const CACHED_TEXTS_MAX = 100_000;
/** Format, envelope and node do not count: they say how the line came here. */
const CONTENT = [COLUMN.namespace_id, COLUMN.pod_id, COLUMN.container_id].concat(
  COLUMNS.map((_, index) => index).slice(COLUMN.upstream_cluster_id),
);

export function createShapeCoder(dictionary: Dictionary): ShapeCoder {
  const addresses = new Map<number, number>();
  const hosts = new Map<number, number>();
  const hashes = new Map<number, Hash64>();

  const remember = <T>(cache: Map<number, T>, id: number, make: (text: string) => T): T => {
    let value = cache.get(id);
    if (value === undefined) {
      value = make(dictionary.textOf(id) ?? '');
      if (cache.size >= CACHED_TEXTS_MAX) cache.clear();
      cache.set(id, value);
    }
    return value;
  };
  const address = (id: number): number =>
    id === 0 ? 0 : remember(addresses, id, (text) => dictionary.idOf(canonicalAddress(text)) ?? 0);
  const host = (id: number): number =>
    id === 0 ? 0 : remember(hosts, id, (text) => dictionary.idOf(canonicalHost(text)) ?? 0);

  const contentOf = (columns: Int32Array): Hash64 => {
    let a = 0x243f6a88;
    let b = 0x13198a2e;
    for (const column of CONTENT) {
      const id = columns[column] ?? 0;
      const hash = id === 0 ? ABSENT : remember(hashes, id, (text) => textHash(SEED, text));
      a = Math.imul(a ^ hash.a, 0x9e3779b1) ^ (b >>> 15);
      b = Math.imul(b ^ hash.b, 0x5f356495) ^ (a >>> 17);
    }
    return { a, b };
  };

  return {
    code(id, columns) {
      const at = (column: number): number => columns[column] ?? 0;
      const detail = readDetail(dictionary.textOf(at(COLUMN.detail_id) || null));
      const upstream_cluster = dictionary.textOf(at(COLUMN.upstream_cluster_id) || null);
      const direction = directionOf({ upstream_cluster, attributes: detail.attributes });
      const isConnected = at(COLUMN.upstream_local_host_id) !== 0;
      const asClient = direction === 'outbound' || (direction === 'unknown' && isConnected);
      const server = address(at(asClient ? COLUMN.upstream_host_id : COLUMN.downstream_local_address_id));
      const client = host(at(asClient ? COLUMN.upstream_local_host_id : COLUMN.downstream_remote_host_id));
      return {
        id,
        role: server === 0 || client === 0 ? 'none' : asClient ? 'client' : 'server',
        http: isHttp(detail),
        cluster: at(COLUMN.upstream_cluster_id),
        sni: at(COLUMN.requested_server_name_id),
        server,
        client,
        content: contentOf(columns),
      };
    },
    reset() {
      addresses.clear();
      hosts.clear();
      hashes.clear();
    },
  };
}

const SEED: Hash64 = { a: 0x452821e6, b: 0x38d01377 };
const ABSENT: Hash64 = { a: 0, b: 0 };

function canonicalAddress(text: string): string | null {
  const address = parseAddress(text);
  return address === null || isLoopback(address.ip) ? null : formatAddress(address);
}

function canonicalHost(text: string): string | null {
  const ip = canonicalIp(text.replace(/^\[|\]$/g, ''));
  return ip === null || isLoopback(ip) ? null : ip;
}
