/** Shapes: what a line shares with many others, coded as ids of texts. */
import type Database from 'better-sqlite3';
import {
  canonicalIp,
  formatAddress,
  hostBefore,
  isLoopback,
  parseAddress,
  portStart,
} from '../../domain/address.ts';
import { directionOf } from '../../domain/direction.ts';
import { type AccessLogEntry, type Identity, isHttp, type ParsedLine } from '../../domain/entry.ts';
import { type Hash64, identityHash, textHash } from '../../domain/line-hash.ts';
import type { Shape } from '../../domain/ports.ts';
import { parseResponseFlags } from '../../domain/response-flags.ts';
import type { Dictionary } from './dictionary.ts';
import { pickAttributes } from './extra.ts';
import { TupleTable } from './tuple-table.ts';

const CACHED_SHAPES_MAX = 200_000;

const COLUMNS = [
  'pod_id',
  'namespace_id',
  'container_id',
  'node_id',
  'format_id',
  'envelope_id',
  'upstream_cluster_id',
  'upstream_host_id',
  'upstream_local_host_id',
  'downstream_local_address_id',
  'downstream_remote_host_id',
  'requested_server_name_id',
  'response_flags_id',
  'detail_id',
] as const;
type Columns = Readonly<Record<(typeof COLUMNS)[number], number | null>>;

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

/** A shape with the parts of an entry that it fixes. */
export interface ReadShape {
  readonly shape: Shape;
  readonly upstreamLocalHost: string | null;
  readonly downstreamRemoteHost: string | null;
  readonly detail: Detail;
}

/** What is rarely printed on TCP lines. */
interface Detail {
  readonly method: string | null;
  readonly protocol: string | null;
  readonly response_code: number | null;
  readonly route_name: string | null;
  readonly response_code_details: string | null;
  readonly connection_termination_details: string | null;
  readonly upstream_transport_failure_reason: string | null;
  readonly attributes: Readonly<Record<string, string>> | null;
}

export interface Shapes {
  /** The shape of a line, made when it is new. */
  code(line: ParsedLine): CodedShape;
  coded(id: number): CodedShape;
  read(id: number): ReadShape;
  reset(): void;
}

export function createShapes(db: Database.Database, dictionary: Dictionary): Shapes {
  const list = COLUMNS.join(', ');
  const find = db.prepare<[number], Columns & { id: number }>(`SELECT id, ${list} FROM shape WHERE hash = ?`);
  const get = db.prepare<[number], Columns & { id: number }>(`SELECT id, ${list} FROM shape WHERE id = ?`);
  const add = db.prepare(
    `INSERT INTO shape (hash, ${list}) VALUES (?, ${COLUMNS.map(() => '?').join(', ')})`,
  );
  const identities = new Map<Identity, Int32Array>();
  const known = new TupleTable(COLUMNS.length);
  const byId: Array<CodedShape | undefined> = [];
  const byTemplate = new Map<object, CodedShape>();
  const readById = new Map<number, ReadShape>();
  const key = new Int32Array(COLUMNS.length);

  const identityIds = (identity: Identity): Int32Array => {
    let ids = identities.get(identity);
    if (ids === undefined) {
      const texts = [identity.pod, identity.namespace, identity.container, identity.node];
      ids = Int32Array.from(texts, (text) => dictionary.idOf(text) ?? 0);
      if (identities.size >= CACHED_SHAPES_MAX) identities.clear();
      identities.set(identity, ids);
    }
    return ids;
  };

  /** Finds the shape with the columns in `key` in the table, or adds it. */
  const learn = (): number => {
    const values = Array.from(key, (id) => (id === 0 ? null : id));
    const hash = textHash(NO_HASH, values.join()).a;
    const same = find.all(hash).find((row) => COLUMNS.every((column, i) => row[column] === values[i]));
    const id = same?.id ?? Number(add.run(hash, ...values).lastInsertRowid);
    if (known.size >= CACHED_SHAPES_MAX) known.clear();
    known.set(key, id);
    return id;
  };

  const coded = (id: number): CodedShape => {
    let shape = byId[id];
    if (shape === undefined) {
      const row = get.get(id);
      if (row === undefined) throw new Error(`BUG: shape ${id} is missing`);
      shape = codeShape(row, dictionary);
      byId[id] = shape;
    }
    return shape;
  };

  const codeLine = (line: ParsedLine): CodedShape => {
    key.set(identityIds(line.identity), 0);
    fillKey(key, line, dictionary);
    return coded(known.get(key) || learn());
  };

  return {
    code(line) {
      if (line.template === null) return codeLine(line);
      let shape = byTemplate.get(line.template);
      if (shape === undefined) {
        shape = codeLine(line);
        if (byTemplate.size >= CACHED_SHAPES_MAX) byTemplate.clear();
        byTemplate.set(line.template, shape);
      }
      return shape;
    },
    coded,
    read(id) {
      let read = readById.get(id);
      if (read === undefined) {
        const row = get.get(id);
        if (row === undefined) throw new Error(`BUG: shape ${id} is missing`);
        read = readShape(row, dictionary);
        if (readById.size >= CACHED_SHAPES_MAX) readById.clear();
        readById.set(id, read);
      }
      return read;
    },
    reset() {
      identities.clear();
      known.clear();
      byId.length = 0;
      byTemplate.clear();
      readById.clear();
    },
  };
}

/** Fills in what the line itself says; the first four places are the identity's. */
function fillKey(key: Int32Array, { entry, format, envelope }: ParsedLine, dictionary: Dictionary): void {
  const id = (text: string | null): number => (text === null ? 0 : (dictionary.idOf(text) ?? 0));
  const host = (text: string | null): number => (text === null ? 0 : id(hostBefore(text, portStart(text))));
  key[4] = id(format);
  key[5] = id(envelope);
  key[6] = id(entry.upstream_cluster);
  key[7] = id(entry.upstream_host);
  key[8] = host(entry.upstream_local_address);
  key[9] = id(entry.downstream_local_address);
  key[10] = host(entry.downstream_remote_address);
  key[11] = id(entry.requested_server_name);
  key[12] = id(flagsText(entry.response_flags));
  key[13] = id(detailText(entry));
}

function flagsText(flags: readonly string[]): string | null {
  return flags.length === 0 ? null : flags.length === 1 ? (flags[0] ?? null) : flags.join();
}

/** JSON of the rare fields, or null on an ordinary TCP line. */
function detailText(entry: AccessLogEntry): string | null {
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

function readDetail(json: string | null): Detail {
  if (json === null) return PLAIN_TCP;
  // Written by detailText alone.
  const [method, protocol, response_code, route_name, details, termination, reason, attributes] = JSON.parse(
    json,
  ) as [
    string | null,
    string | null,
    number | null,
    string | null,
    string | null,
    string | null,
    string | null,
    Record<string, string> | null,
  ];
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

function codeShape(row: Columns & { id: number }, dictionary: Dictionary): CodedShape {
  const { shape, upstreamLocalHost, downstreamRemoteHost } = readShape(row, dictionary);
  const direction = directionOf(shape);
  const asClient = direction === 'outbound' || (direction === 'unknown' && upstreamLocalHost !== null);
  const server = canonicalAddress(asClient ? shape.upstream_host : shape.downstream_local_address);
  const client = canonicalHost(asClient ? upstreamLocalHost : downstreamRemoteHost);
  return {
    id: row.id,
    role: server === null || client === null ? 'none' : asClient ? 'client' : 'server',
    http: shape.http,
    cluster: row.upstream_cluster_id ?? 0,
    sni: row.requested_server_name_id ?? 0,
    server: dictionary.idOf(server) ?? 0,
    client: dictionary.idOf(client) ?? 0,
    content: textHash(identityHash(shape.identity), contentText(row, dictionary)),
  };
}

/** All texts that lines of a shape share, but for identity, format and envelope. */
function contentText(row: Columns, dictionary: Dictionary): string {
  return JSON.stringify(COLUMNS.slice(FIRST_CONTENT_COLUMN).map((column) => dictionary.textOf(row[column])));
}

const FIRST_CONTENT_COLUMN = COLUMNS.indexOf('upstream_cluster_id');
const NO_HASH: Hash64 = { a: 0, b: 0 };

function canonicalAddress(text: string | null): string | null {
  const address = text === null ? null : parseAddress(text);
  return address === null || isLoopback(address.ip) ? null : formatAddress(address);
}

function canonicalHost(text: string | null): string | null {
  const ip = text === null ? null : canonicalIp(text.replace(/^\[|\]$/g, ''));
  return ip === null || isLoopback(ip) ? null : ip;
}

function readShape(row: Columns & { id: number }, dictionary: Dictionary): ReadShape {
  const text = (id: number | null) => dictionary.textOf(id);
  const detail = readDetail(text(row.detail_id));
  const remote = text(row.downstream_remote_host_id);
  const flags = parseResponseFlags(text(row.response_flags_id) ?? '-') ?? [];
  return {
    detail,
    upstreamLocalHost: text(row.upstream_local_host_id),
    downstreamRemoteHost: remote,
    shape: {
      id: row.id,
      identity: {
        pod: text(row.pod_id),
        namespace: text(row.namespace_id),
        container: text(row.container_id),
        node: text(row.node_id),
      },
      format: text(row.format_id) ?? '',
      envelope: text(row.envelope_id) ?? '',
      http: isHttp(detail),
      upstream_cluster: text(row.upstream_cluster_id),
      upstream_host: text(row.upstream_host_id),
      downstream_local_address: text(row.downstream_local_address_id),
      downstream_remote_ip: remote === null ? null : canonicalIp(remote.replace(/^\[|\]$/g, '')),
      upstream_connected: row.upstream_local_host_id !== null,
      requested_server_name: text(row.requested_server_name_id),
      response_flags: flags,
      response_code_details: detail.response_code_details,
      connection_termination_details: detail.connection_termination_details,
      upstream_transport_failure_reason: detail.upstream_transport_failure_reason,
      attributes: detail.attributes,
    },
  };
}
