/** The table `connection`: one row a connection, holding the client's line, the server's, or both. */
import type Database from 'better-sqlite3';
import { NO_PORT } from '../../domain/address.ts';
import { ABSENT, type LineBatch } from './line-batch.ts';
import type { ConnectionRow, LineRecord, Standing } from './line-record.ts';
import { NONE } from './pairing/pairing-window.ts';

/** Rows that one second of start times can hold; more go to the seconds after it. */
export const ROWS_PER_SECOND = 2 ** 18;
const PORT_BASE = 32_768;
/** Hashes are stored less this, so that they fit in six bytes. */
export const HASH_BASE = 2 ** 47;
/** In `mark` the client's standing counts once, the server's so many times. */
const SERVER_STANDING = 4;

export interface RawRow {
  readonly row: number;
  readonly c_shape: number | null;
  readonly c_start: number;
  readonly c_duration: number | null;
  readonly c_received: number | null;
  readonly c_sent: number | null;
  readonly c_upstream_local_port: number | null;
  readonly c_downstream_remote_port: number | null;
  readonly c_hash: number;
  readonly c_extra: string | null;
  readonly s_shape: number | null;
  readonly s_start: number;
  readonly s_duration: number | null;
  readonly s_received: number | null;
  readonly s_sent: number | null;
  readonly s_downstream_remote_port: number | null;
  readonly s_upstream_local_port: number | null;
  readonly s_hash: number;
  readonly s_extra: string | null;
  readonly mark: number;
}

export function secondOfRow(row: number): number {
  return Math.floor(row / ROWS_PER_SECOND);
}

/** Hours since the epoch. */
export function hourOfRow(row: number): number {
  return Math.floor(secondOfRow(row) / 3_600);
}

/** Writes a row with the client's line, the server's, or both: indexes into the batch, NONE for a line not known. */
export type InsertRow = (row: number, batch: LineBatch, client: number, server: number) => void;

export function prepareInsertRow(db: Database.Database): InsertRow {
  const insert = db.prepare(`INSERT INTO connection VALUES (${new Array(20).fill('?').join(', ')})`);
  const clientOnly = db.prepare(
    `INSERT INTO connection VALUES (${new Array(10).fill('?').join(', ')}, ${new Array(9).fill('NULL').join(', ')}, ?)`,
  );
  const serverOnly = db.prepare(
    `INSERT INTO connection VALUES (?, ${new Array(9).fill('NULL').join(', ')}, ${new Array(10).fill('?').join(', ')})`,
  );
  return (row, batch, c, s) => {
    const base = secondOfRow(row) * 1_000;
    const {
      shape,
      start,
      duration,
      received,
      sent,
      upstreamLocalPort,
      downstreamRemotePort,
      hash,
      standing,
    } = batch;
    const at = (column: Int32Array | Float64Array | Uint8Array, index: number): number => column[index] ?? 0;
    const value = (column: Float64Array, index: number): number | null =>
      column[index] === ABSENT ? null : at(column, index);
    const extra = (index: number): string | null =>
      batch.extra.size === 0 ? null : (batch.extra.get(index) ?? null);
    if (s === NONE) {
      clientOnly.run(
        row,
        at(shape, c),
        at(start, c) - base,
        value(duration, c),
        value(received, c),
        value(sent, c),
        packPort(at(upstreamLocalPort, c)),
        packPort(at(downstreamRemotePort, c)),
        at(hash, c) - HASH_BASE,
        extra(c),
        at(standing, c),
      );
    } else if (c === NONE) {
      serverOnly.run(
        row,
        at(shape, s),
        at(start, s) - base,
        value(duration, s),
        value(received, s),
        value(sent, s),
        packPort(at(downstreamRemotePort, s)),
        packPort(at(upstreamLocalPort, s)),
        at(hash, s) - HASH_BASE,
        extra(s),
        at(standing, s) * SERVER_STANDING,
      );
    } else {
      const remotePort = at(downstreamRemotePort, s);
      insert.run(
        row,
        at(shape, c),
        at(start, c) - base,
        value(duration, c),
        value(received, c),
        value(sent, c),
        packPort(at(upstreamLocalPort, c)),
        packPort(at(downstreamRemotePort, c)),
        at(hash, c) - HASH_BASE,
        extra(c),
        at(shape, s),
        at(start, s) - base,
        less(value(duration, s), value(duration, c)),
        less(value(received, s), value(received, c)),
        less(value(sent, s), value(sent, c)),
        remotePort === NO_PORT ? null : remotePort - at(upstreamLocalPort, c),
        packPort(at(upstreamLocalPort, s)),
        at(hash, s) - HASH_BASE,
        extra(s),
        0,
      );
    }
  };
}

export function readRow(raw: RawRow): ConnectionRow {
  const base = secondOfRow(raw.row) * 1_000;
  const client: LineRecord | null =
    raw.c_shape === null
      ? null
      : {
          shape: raw.c_shape,
          start: base + raw.c_start,
          duration: raw.c_duration,
          received: raw.c_received,
          sent: raw.c_sent,
          upstreamLocalPort: unpackPort(raw.c_upstream_local_port),
          downstreamRemotePort: unpackPort(raw.c_downstream_remote_port),
          hash: raw.c_hash + HASH_BASE,
          extra: raw.c_extra,
          standing: (raw.mark % SERVER_STANDING) as Standing,
        };
  if (raw.s_shape === null) return { row: raw.row, client, server: null };
  const port = raw.s_downstream_remote_port;
  const server: LineRecord = {
    shape: raw.s_shape,
    start: base + raw.s_start,
    duration: plus(raw.s_duration, client, client?.duration),
    received: plus(raw.s_received, client, client?.received),
    sent: plus(raw.s_sent, client, client?.sent),
    upstreamLocalPort: unpackPort(raw.s_upstream_local_port),
    downstreamRemotePort:
      client === null || port === null ? unpackPort(port) : port + client.upstreamLocalPort,
    hash: raw.s_hash + HASH_BASE,
    extra: raw.s_extra,
    standing: Math.floor(raw.mark / SERVER_STANDING) as Standing,
  };
  return { row: raw.row, client, server };
}

/** Two equal values make a zero, which SQLite stores in no byte at all. */
function less(value: number | null, base: number | null): number | null {
  return value === null ? null : value - (base ?? 0);
}

function plus(
  value: number | null,
  client: LineRecord | null,
  base: number | null | undefined,
): number | null {
  return value === null ? null : client === null ? value : value + (base ?? 0);
}

function packPort(port: number): number | null {
  return port === NO_PORT ? null : port - PORT_BASE;
}

function unpackPort(packed: number | null): number {
  return packed === null ? NO_PORT : packed + PORT_BASE;
}
