/** Between the pairing window and the table: brings stored lines into the window, and takes rows apart again. */
import type Database from 'better-sqlite3';
import { NO_PORT } from '../../domain/address.ts';
import { textHash } from '../../domain/line-hash.ts';
import { createAddressLists } from './address-lists.ts';
import type { Dictionary } from './dictionary.ts';
import { decodeExtra } from './extra.ts';
import type { FlowSums } from './flow-table.ts';
import type { LineBatch } from './line-batch.ts';
import type { ConnectionRow, LineRecord } from './line-record.ts';
import { type EndKey, keyHash, NONE, PairingWindow } from './pairing-window.ts';
import { type RawRow, readRow, secondOfRow } from './rows.ts';
import type { CodedShape } from './shape-coder.ts';
import type { Shapes } from './shapes.ts';

export interface StoredEnds {
  window(): PairingWindow;
  /** Gives a new line of the batch its slot in the window, or NONE when it can be no end of a connection there. */
  placeInWindow(index: number, shape: CodedShape): void;
  /** Brings the stored ends of a key whose rows may overlap [from, to] into the window. */
  loadStored(key: EndKey, from: number, to: number): void;
  /** Takes a row out of the table; its lines become part of the batch. True when it held a pair. */
  detach(row: number): boolean;
  /** Notes that a line of this key, with a life of [start, end], lies in a row. */
  noteKey(slot: number, row: number, start: number, end: number): void;
  writeKeys(): void;
  reset(): void;
}

export function createStoredEnds(deps: {
  readonly db: Database.Database;
  readonly dictionary: Dictionary;
  readonly shapes: Shapes;
  readonly batch: LineBatch;
  readonly flows: FlowSums;
}): StoredEnds {
  const { db, dictionary, shapes, batch, flows } = deps;
  const sql = {
    row: db.prepare<[number], RawRow>('SELECT * FROM connection WHERE row = ?'),
    deleteRow: db.prepare('DELETE FROM connection WHERE row = ?'),
    deleteElsewhere: db.prepare('DELETE FROM elsewhere WHERE second = ? AND row = ?'),
  };
  const lists = createAddressLists(db);
  let window = new PairingWindow(lists.latestEnd());

  const addToWindow = (index: number, shape: CodedShape, row: number): number => {
    if (shape.role === 'none') return NONE;
    const port = shape.role === 'client' ? batch.upstreamLocalPort[index] : batch.downstreamRemotePort[index];
    if (port === NO_PORT) return NONE;
    const request = shape.http ? requestHash(batch.extra.get(index) ?? null, dictionary) : 0;
    return window.add(batch, index, shape, request, row);
  };

  const keyOf = (record: LineRecord): EndKey | null => {
    const shape = shapes.coded(record.shape);
    const clientPort = shape.role === 'client' ? record.upstreamLocalPort : record.downstreamRemotePort;
    if (shape.role === 'none' || clientPort === NO_PORT) return null;
    const request = shape.http ? requestHash(record.extra, dictionary) : 0;
    return { server: shape.server, client: shape.client, clientPort, request };
  };

  /** Slot of a stored line, or NONE when it is not in the window. */
  const slotOf = (record: LineRecord, key: EndKey | null): number => {
    const isClient = shapes.coded(record.shape).role === 'client' ? 1 : 0;
    let at = key === null ? NONE : window.first(key);
    while (
      at !== NONE &&
      (window.hash[at] !== record.hash ||
        window.start[at] !== record.start ||
        window.isClient[at] !== isClient)
    ) {
      at = window.following(at);
    }
    return at;
  };

  const addStored = (record: LineRecord, row: number): number => {
    const shape = shapes.coded(record.shape);
    // The window takes lines from a batch: the last place serves, and is given back.
    const index = batch.addRecord(record, shape.role === 'server', NONE);
    const slot = addToWindow(index, shape, row);
    batch.dropLast();
    return slot;
  };

  /** Puts the lines of a stored row into the window, as they are tied to each other. */
  const bringIn = (connection: ConnectionRow): void => {
    const slots: number[] = [];
    for (const record of [connection.client, connection.server]) {
      if (record === null) continue;
      const known = slotOf(record, keyOf(record));
      slots.push(known === NONE ? addStored(record, connection.row) : known);
    }
    const [a = NONE, b = NONE] = slots;
    if (a === NONE || b === NONE) return;
    window.mate[a] = b;
    window.mate[b] = a;
  };

  const takeBack = (record: LineRecord, row: number): void => {
    const key = keyOf(record);
    const second = Math.floor(record.start / 1_000);
    if (second !== secondOfRow(row)) sql.deleteElsewhere.run(second, row);
    const slot = slotOf(record, key);
    const index = batch.addRecord(record, shapes.coded(record.shape).role === 'server', slot);
    if (slot === NONE) return;
    window.pending[slot] = index;
    window.row[slot] = NONE;
  };

  return {
    window: () => window,
    placeInWindow(index, shape) {
      const slot = addToWindow(index, shape, NONE);
      batch.slot[index] = slot;
      if (slot !== NONE) window.pending[slot] = index;
    },
    loadStored(key, from, to) {
      for (const row of lists.find(hashOf(key), from, to)) {
        const raw = sql.row.get(row);
        if (raw !== undefined) bringIn(readRow(raw));
      }
    },
    detach(row) {
      const raw = sql.row.get(row);
      if (raw === undefined) return false;
      const { client, server } = readRow(raw);
      const wasPair = client !== null && server !== null;
      sql.deleteRow.run(row);
      for (const record of [client, server]) {
        if (record === null) continue;
        if (wasPair || record.ambiguous) {
          flows.addEnds(record.shape, record.start, wasPair ? -1 : 0, record.ambiguous ? -1 : 0);
        }
        takeBack(record, row);
      }
      return wasPair;
    },
    noteKey(slot, row, start, end) {
      lists.add(window.keyHash(slot), row, start, end);
    },
    writeKeys: () => lists.write(),
    reset() {
      lists.reset();
      window = new PairingWindow(lists.latestEnd());
    },
  };
}

function hashOf(key: EndKey): number {
  return keyHash(key.server, key.client, key.clientPort, key.request);
}

function requestHash(extra: string | null, dictionary: Dictionary): number {
  const { request_id } = decodeExtra(extra, dictionary);
  return request_id === null ? 0 : textHash({ a: 1, b: 2 }, request_id).a;
}
