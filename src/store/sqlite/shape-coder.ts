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
/** What is asked of a cluster and of a detail, as bits: which direction it tells, ... */
const OUTBOUND = 1;
const INBOUND = 2;
const DIRECTION = OUTBOUND | INBOUND;
/** ... of a cluster, that it was chosen by the name in TLS; ... */
const SNI_ROUTED = 4;
/** ... of a detail, that its lines are requests, and that these overlap. */
const OF_HTTP = 8;
const OF_STREAMS = 16;
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
  const clusters = new TextFacts((id) => clusterFacts(textOf(id)));
  const details = new TextFacts((id) => detailFacts(readDetail(textOf(id))));
  const areRefusals = new TextFacts((id) => (textOf(id).split(',').includes('NR') ? 1 : 0));
  const areEastWest = new TextFacts((id) => (textOf(id).endsWith(EAST_WEST_PORT) ? 1 : 0));
  const services = new TextFacts((id) => dictionary.idOf(serviceName(textOf(id))) ?? 0);
  const tunnelTargets = new TextFacts((id) => dictionary.idOf(tunnelTarget(textOf(id))) ?? 0);
  const textFacts = [
    addresses,
    hosts,
    hashesA,
    hashesB,
    clusters,
    details,
    areRefusals,
    areEastWest,
    services,
    tunnelTargets,
  ];
  /** 0: the text is absent. */
  const factOf = (facts: TextFacts, id: number): number => (id === 0 ? 0 : facts.of(id));

  const contentOf = (columns: Int32Array, isNamed: boolean): Hash64 => {
    let a = 0x243f6a88;
    let b = 0x13198a2e;
    for (const column of isNamed ? CONTENT : CONTENT_IN_NAMESPACE) {
      const id = columns[column] ?? 0;
      a = Math.imul(a ^ factOf(hashesA, id), 0x9e3779b1) ^ (b >>> 15);
      b = Math.imul(b ^ factOf(hashesB, id), 0x5f356495) ^ (a >>> 17);
    }
    return { a, b };
  };

  /** A sidecar's own application has the address that the proxy calls from; a gateway's client has another. */
  const hopOf = (local: number, remote: number, client: number, cluster: number): Hop | null => {
    const isSniRouted = (factOf(clusters, cluster) & SNI_ROUTED) !== 0;
    if (remote === 0 || local === 0 || (!isSniRouted && (client === 0 || client === remote))) return null;
    const name = isSniRouted ? factOf(services, cluster) : 0;
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
      const cluster = at(COLUMN.upstream_cluster_id);
      const clusterFact = factOf(clusters, cluster);
      const detail = factOf(details, at(COLUMN.detail_id));
      const direction = detail & DIRECTION || clusterFact & DIRECTION;
      const isConnected = at(COLUMN.upstream_local_host_id) !== 0;
      const asClient = direction === OUTBOUND || (direction === 0 && isConnected);
      const local = factOf(addresses, at(COLUMN.downstream_local_address_id));
      const remote = factOf(hosts, at(COLUMN.downstream_remote_host_id));
      const serverText = at(asClient ? COLUMN.upstream_host_id : COLUMN.downstream_local_address_id);
      const server = asClient ? factOf(addresses, serverText) : local;
      const client = asClient ? factOf(hosts, at(COLUMN.upstream_local_host_id)) : remote;
      const role = server === 0 || client === 0 ? 'none' : asClient ? 'client' : 'server';
      // How a line may be found when its other end has another address.
      const target = role === 'none' && asClient ? factOf(tunnelTargets, serverText) : 0;
      const isEastWest = role === 'client' && factOf(areEastWest, serverText) !== 0;
      const name = isEastWest ? factOf(services, cluster) : 0;
      const isHttp = (detail & OF_HTTP) !== 0;
      const isNamed = local !== 0 && remote !== 0;
      return {
        id,
        role,
        http: isHttp,
        unordered: (detail & OF_STREAMS) !== 0,
        blind:
          (clusterFact & SNI_ROUTED) !== 0 ||
          (!isHttp && factOf(areRefusals, at(COLUMN.response_flags_id)) !== 0),
        cluster,
        sni: at(COLUMN.requested_server_name_id),
        server,
        client,
        half: role === 'none' ? (target === 0 ? 'none' : 'tunnel') : name === 0 ? 'address' : 'name',
        anchor: role === 'none' ? target : name === 0 ? server : name,
        own: remote,
        hop: asClient ? hopOf(local, remote, client, cluster) : null,
        isNamed,
        content: contentOf(columns, isNamed),
      };
    },
    reset() {
      for (const facts of textFacts) facts.clear();
    },
  };
}

function clusterFacts(cluster: string): number {
  const direction = directionOf({ upstream_cluster: cluster, attributes: null });
  return directionFact(direction) | (cluster.startsWith('outbound_.') ? SNI_ROUTED : 0);
}

function detailFacts(detail: Detail): number {
  const said = directionOf({ upstream_cluster: null, attributes: detail.attributes });
  const hasStreams = detail.protocol !== null && !detail.protocol.startsWith('HTTP/1');
  return directionFact(said) | (isHttp(detail) ? OF_HTTP : 0) | (hasStreams ? OF_STREAMS : 0);
}

function directionFact(direction: Direction): number {
  return direction === 'outbound' ? OUTBOUND : direction === 'inbound' ? INBOUND : 0;
}

const SEED: Hash64 = { a: 0x452821e6, b: 0x38d01377 };

/** Of a cluster; null: it is of no service. */
function serviceName(cluster: string): string | null {
  const service = parseCluster(cluster);
  return service?.host == null ? null : `${service.port}|${service.subset ?? ''}|${service.host}`;
}

/** Of a server's address; null: it is of no internal listener. */
function tunnelTarget(address: string): string | null {
  const target = parseTunnelTarget(address);
  return target === null ? null : formatAddress(target);
}

function canonicalAddress(text: string): string | null {
  const address = parseAddress(text);
  return address === null || isLoopback(address.ip) ? null : formatAddress(address);
}

function canonicalHost(text: string): string | null {
  const ip = canonicalIp(text.replace(/^\[|\]$/g, ''));
  return ip === null || isLoopback(ip) ? null : ip;
}
