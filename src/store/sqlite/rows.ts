/** The table `connection`: one row a connection, holding the client's line, the server's, or both. */
import type Database from 'better-sqlite3';
import { NO_PORT } from '../../domain/address.ts';
import type { LineNumbers } from '../../domain/entry.ts';
import { ABSENT, type LineBatch } from './line-batch.ts';
import { type ConnectionRow, HASH_BASE, type LineRecord, type Standing } from './line-record.ts';
import { NONE } from './pairing/pairing-window.ts';
import { NULL } from './table-image.ts';

/** Rows that one second of start times can hold; more go to the seconds after it. */
export const ROWS_PER_SECOND = 2 ** 18;
/** Ports are stored less this, so that they take two bytes. */
export const PORT_BASE = 32_768;
/** In `mark` the client's standing counts once, the server's so many times. */
const SERVER_STANDING = 4;

export interface RawRow {
  readonly row: number;
  readonly c_shape: number | null;
  readonly c_start: number | null;
  readonly c_duration: number | null;
  readonly c_received: number | null;
  readonly c_sent: number | null;
  readonly c_upstream_local_port: number | null;
  readonly c_downstream_remote_port: number | null;
  readonly s_shape: number | null;
  readonly s_start: number | null;
  readonly s_duration: number | null;
  readonly s_received: number | null;
  readonly s_sent: number | null;
  readonly s_downstream_remote_port: number | null;
  readonly s_upstream_local_port: number | null;
  readonly mark: number;
  readonly c_hash: number | null;
  readonly c_extra: string | null;
  readonly s_hash: number | null;
  readonly s_extra: string | null;
}

/** The values of a row in the order of its columns. SQLite's binding makes an object of them at many times the cost. */
export type RowValues = readonly [
  ...[row: number, c_shape: number | null, c_start: number | null, c_duration: number | null],
  ...[
    c_received: number | null,
    c_sent: number | null,
    c_upstream: number | null,
    c_downstream: number | null,
  ],
  ...[s_shape: number | null, s_start: number | null, s_duration: number | null, s_received: number | null],
  ...[s_sent: number | null, s_downstream: number | null, s_upstream: number | null, mark: number],
  ...[c_hash: number | null, c_extra: string | null, s_hash: number | null, s_extra: string | null],
];

export function rawRow(values: RowValues): RawRow {
  return {
    row: values[0],
    c_shape: values[1],
    c_start: values[2],
    c_duration: values[3],
    c_received: values[4],
    c_sent: values[5],
    c_upstream_local_port: values[6],
    c_downstream_remote_port: values[7],
    s_shape: values[8],
    s_start: values[9],
    s_duration: values[10],
    s_received: values[11],
    s_sent: values[12],
    s_downstream_remote_port: values[13],
    s_upstream_local_port: values[14],
    mark: values[15],
    c_hash: values[16],
    c_extra: values[17],
    s_hash: values[18],
    s_extra: values[19],
  };
}

/** Columns that hold numbers: all but the key, `mark`, and what few lines have. */
const NUMBERS = 14;
const CLIENT_NUMBERS = 7;
const COLUMNS = 20;
const MARK_AT = 1 + NUMBERS;
/** Bytes of both lines of a row. */
const IMAGE_TEXT_MAX = 6_000;

/** Works out the hash of a line that has nothing but a shape and numbers. */
export type HashOf = (shape: number, numbers: LineNumbers) => number;

export function secondOfRow(row: number): number {
  return Math.floor(row / ROWS_PER_SECOND);
}

/** Writes a row with the client's line, the server's, or both: indexes into the batch, NONE for a line not known. */
export type InsertRow = (row: number, batch: LineBatch, client: number, server: number) => void;

export function prepareInsertRow(db: Database.Database): InsertRow {
  const insert = db.prepare(`INSERT INTO connection VALUES (${new Array(COLUMNS).fill('?').join(', ')})`);
  const numbers = new Float64Array(NUMBERS);
  /** One list for all rows: to make one for each costs as much as to insert it. */
  const values: (number | string | null)[] = new Array(COLUMNS).fill(null);
  return (row, batch, client, server) => {
    const count = fillNumbers(numbers, secondOfRow(row), batch, client, server);
    values[0] = row;
    for (let i = 0; i < NUMBERS; i++) {
      const number = numbers[i] as number;
      values[1 + i] = i < count && number !== NULL ? number : null;
    }
    values[MARK_AT] = markOf(batch, client, server);
    values[MARK_AT + 1] = hashOf(batch, client);
    values[MARK_AT + 2] = extraOf(batch, client);
    values[MARK_AT + 3] = hashOf(batch, server);
    values[MARK_AT + 4] = extraOf(batch, server);
    insert.run(values);
  };
}

function isPair(client: number, server: number): boolean {
  return client !== NONE && server !== NONE;
}

/** What is known of the standing of both lines; of a pair there is nothing to say. */
export function markOf(batch: LineBatch, client: number, server: number): number {
  if (isPair(client, server)) return 0;
  return server === NONE ? (batch.standing[client] ?? 0) : SERVER_STANDING * (batch.standing[server] ?? 0);
}

function hashOf(batch: LineBatch, index: number): number | null {
  return index === NONE || batch.ownHash[index] === 0 ? null : (batch.hash[index] ?? 0) - HASH_BASE;
}

function extraOf(batch: LineBatch, index: number): string | null {
  return index === NONE ? null : batch.extra(index);
}

/** True when the lines have nothing but a shape and numbers. */
export function isBare(batch: LineBatch, client: number, server: number): boolean {
  if (client !== NONE && batch.ownHash[client] !== 0) return false;
  if (server !== NONE && batch.ownHash[server] !== 0) return false;
  return isPair(client, server) || batch.standing[client === NONE ? server : client] === 0;
}

/** True when what the lines have beside is short enough for an image: see `row-pages.ts`. */
export function isShort(batch: LineBatch, client: number, server: number): boolean {
  return textBytesOf(batch, client, server) <= IMAGE_TEXT_MAX;
}

export function textBytesOf(batch: LineBatch, client: number, server: number): number {
  const lengthOf = (index: number) => (index === NONE ? 0 : Math.max(0, batch.extraLength[index] ?? 0));
  return lengthOf(client) + lengthOf(server);
}

/**
 * Fills in the numbers of a row in the order of its columns, and answers how many there are; those behind them are NULL.
 * `second`: of the row.
 */
function fillNumbers(values: Float64Array, second: number, batch: LineBatch, c: number, s: number): number {
  const base = second * 1_000;
  if (c === NONE) values.fill(NULL, 0, CLIENT_NUMBERS);
  else {
    values[0] = batch.shape[c] ?? 0;
    values[1] = (batch.start[c] ?? 0) - base;
    values[2] = countOf(batch.duration[c]);
    values[3] = countOf(batch.received[c]);
    values[4] = countOf(batch.sent[c]);
    values[5] = packPort(batch.upstreamLocalPort[c] ?? 0);
    values[6] = packPort(batch.downstreamRemotePort[c] ?? 0);
  }
  if (s === NONE) return CLIENT_NUMBERS;
  values[7] = batch.shape[s] ?? 0;
  values[13] = packPort(batch.upstreamLocalPort[s] ?? 0);
  const remotePort = batch.downstreamRemotePort[s] ?? 0;
  if (c === NONE) {
    values[8] = (batch.start[s] ?? 0) - base;
    values[9] = countOf(batch.duration[s]);
    values[10] = countOf(batch.received[s]);
    values[11] = countOf(batch.sent[s]);
    values[12] = packPort(remotePort);
  } else {
    values[8] = (batch.start[s] ?? 0) - (batch.start[c] ?? 0);
    values[9] = less(batch.duration[s], batch.duration[c]);
    values[10] = less(batch.received[s], batch.received[c]);
    values[11] = less(batch.sent[s], batch.sent[c]);
    values[12] = remotePort === NO_PORT ? NULL : remotePort - (batch.upstreamLocalPort[c] ?? 0);
  }
  return NUMBERS;
}

export function readRow(raw: RawRow, hashOf: HashOf): ConnectionRow {
  const client = raw.c_shape === null ? null : readClient(raw, raw.c_shape, hashOf);
  const server = raw.s_shape === null ? null : readServer(raw, raw.s_shape, client, hashOf);
  return { row: raw.row, client, server };
}

function readClient(raw: RawRow, shape: number, hashOf: HashOf): LineRecord {
  const line = {
    shape,
    start: secondOfRow(raw.row) * 1_000 + (raw.c_start ?? 0),
    duration: raw.c_duration,
    received: raw.c_received,
    sent: raw.c_sent,
    upstreamLocalPort: unpackPort(raw.c_upstream_local_port),
    downstreamRemotePort: unpackPort(raw.c_downstream_remote_port),
    extra: raw.c_extra,
    standing: (raw.mark % SERVER_STANDING) as Standing,
  };
  return new RowLine(line, raw.c_hash, hashOf);
}

function readServer(raw: RawRow, shape: number, client: LineRecord | null, hashOf: HashOf): LineRecord {
  const port = raw.s_downstream_remote_port;
  const line = {
    shape,
    start: (client === null ? secondOfRow(raw.row) * 1_000 : client.start) + (raw.s_start ?? 0),
    duration: plus(raw.s_duration, client?.duration),
    received: plus(raw.s_received, client?.received),
    sent: plus(raw.s_sent, client?.sent),
    upstreamLocalPort: unpackPort(raw.s_upstream_local_port),
    downstreamRemotePort:
      client === null || port === null ? unpackPort(port) : port + client.upstreamLocalPort,
    extra: raw.s_extra,
    standing: Math.floor(raw.mark / SERVER_STANDING) as Standing,
  };
  return new RowLine(line, raw.s_hash, hashOf);
}

/** A line of a row. Few hashes are ever asked for, so that one that is not stored is worked out only then. */
class RowLine implements LineRecord {
  readonly shape: number;
  readonly start: number;
  readonly duration: number | null;
  readonly received: number | null;
  readonly sent: number | null;
  readonly upstreamLocalPort: number;
  readonly downstreamRemotePort: number;
  readonly extra: string | null;
  readonly standing: Standing;
  readonly ownHash: boolean;
  #hash: number | null;
  readonly #hashOf: HashOf;

  constructor(line: Omit<LineRecord, 'hash' | 'ownHash'>, storedHash: number | null, hashOf: HashOf) {
    this.shape = line.shape;
    this.start = line.start;
    this.duration = line.duration;
    this.received = line.received;
    this.sent = line.sent;
    this.upstreamLocalPort = line.upstreamLocalPort;
    this.downstreamRemotePort = line.downstreamRemotePort;
    this.extra = line.extra;
    this.standing = line.standing;
    this.ownHash = storedHash !== null;
    this.#hash = storedHash === null ? null : storedHash + HASH_BASE;
    this.#hashOf = hashOf;
  }

  get hash(): number {
    this.#hash ??= this.#hashOf(this.shape, {
      start_time: this.start,
      duration: this.duration ?? ABSENT,
      bytes_received: this.received ?? ABSENT,
      bytes_sent: this.sent ?? ABSENT,
      upstream_local_port: this.upstreamLocalPort,
      downstream_remote_port: this.downstreamRemotePort,
    });
    return this.#hash;
  }
}

function countOf(value: number | undefined): number {
  return value === undefined || value === ABSENT ? NULL : value;
}

/** Two equal values make a zero, which SQLite stores in no byte at all. */
function less(value: number | undefined, base: number | undefined): number {
  const count = countOf(value);
  return count === NULL ? NULL : count - Math.max(0, base ?? 0);
}

function plus(value: number | null, base: number | null | undefined): number | null {
  return value === null ? null : value + (base ?? 0);
}

function packPort(port: number): number {
  return port === NO_PORT ? NULL : port - PORT_BASE;
}

function unpackPort(packed: number | null): number {
  return packed === null ? NO_PORT : packed + PORT_BASE;
}
