/** Between the pairing window and the table: brings stored lines into the window, and takes rows apart again. */
import type Database from 'better-sqlite3';
import type { Dictionary } from '../dictionary.ts';
import { decodeExtra, requestHash } from '../extra.ts';
import type { Seconds } from '../intake/seconds.ts';
import type { LineBatch } from '../line-batch.ts';
import { AMBIGUOUS, type ConnectionRow, type LineRecord, SUPERSEDED } from '../line-record.ts';
import { readRow, secondOfRow } from '../rows.ts';
import { createConnections } from '../segments/connections.ts';
import type { SegmentTable } from '../segments/segment-table.ts';
import type { Hop } from '../shape-coder.ts';
import type { Shapes } from '../shapes.ts';
import type { LaterNews } from '../sums/sums.ts';
import { createAddressLists } from './address-lists.ts';
import { AS_CLIENT } from './end-records.ts';
import { halfKey } from './half-pairs.ts';
import type { Links } from './links.ts';
import { ListMaker } from './list-maker.ts';
import { type HalfKey, halfKeyHash } from './loose-ends.ts';
import { type EndKey, keyHash, NONE, PairingWindow } from './pairing-window.ts';
import { createPlaceEnds, isOneOfMany, tupleHash } from './place-ends.ts';

export interface StoredEnds {
  window(): PairingWindow;
  /**
   * Gives the lines of the batch from a place on, which are all new, their slots in the window; NONE where one can be no end of a
   * connection.
   */
  placeBatch(from: number): void;
  /** Ends that came into the window since the rows were written last: those of lines that wait for their row are among them. */
  waiting(): number;
  /** Call when all rows were written. */
  noteWritten(): void;
  /** Brings the stored ends of a key whose rows may overlap [from, to] into the window. False: it has them. */
  loadStored(key: EndKey, from: number, to: number): boolean;
  /** The same for loose ends that may have this hash and ended in [from, to]. */
  loadLoose(hash: number, from: number, to: number): void;
  /** Takes a row out of the table; its lines become part of the batch. True when it held a pair. */
  detach(row: number): boolean;
  /** Notes in which rows the lines of the batch lie: `rowOf`, by line. */
  noteRows(rowOf: Float64Array): void;
  writeKeys(): void;
  reset(): void;
}

export function createStoredEnds(deps: {
  readonly db: Database.Database;
  readonly dictionary: Dictionary;
  readonly shapes: Shapes;
  readonly batch: LineBatch;
  readonly flows: LaterNews;
  readonly seconds: Seconds;
  readonly segments: SegmentTable;
  readonly links: () => Links;
}): StoredEnds {
  const { db, dictionary, shapes, batch, flows, seconds, segments } = deps;
  const sql = {
    deleteElsewhere: db.prepare('DELETE FROM elsewhere WHERE second = ? AND row = ?'),
  };
  const connections = createConnections(db, segments);
  const listMaker = new ListMaker();
  const lists = createAddressLists(db, 'address_list', listMaker);
  const looseLists = createAddressLists(db, 'loose_list', listMaker);
  const latestEnd = () => Math.max(lists.latestEnd(), looseLists.latestEnd());
  let window = new PairingWindow(latestEnd());
  const placeEnds = createPlaceEnds({ batch, shapes, window: () => window });

  /** Slot of a stored end, or NONE when it is not in the window. */
  const findSlot = (record: LineRecord, key: EndKey, isClient: boolean): number => {
    let at = window.first(key);
    while (at !== NONE && !isOf(at, record, isClient)) at = window.following(at);
    return at;
  };

  const isOf = (slot: number, record: LineRecord, isClient: boolean): boolean =>
    window.hash(slot) === record.hash &&
    window.start(slot) === record.start &&
    window.is(slot, AS_CLIENT) === isClient;

  /** The same for an end without a client's address. */
  const findLoose = (
    record: LineRecord,
    half: Pick<HalfKey, 'anchor' | 'request' | 'isRequest'>,
    isClient: boolean,
  ): number => {
    const { received, sent } = record;
    const key = { ...half, received: received ?? NONE, sent: sent ?? NONE };
    let found = NONE;
    window.loose.each(halfKeyHash(key, record.start + (record.duration ?? 0)), (slot) => {
      if (isOf(slot, record, isClient)) found = slot;
    });
    return found;
  };

  const requestOf = ({ extra }: LineRecord, isHttp: boolean): number =>
    isHttp ? requestHash(decodeExtra(extra, dictionary)) : 0;

  const slotsOf = (record: LineRecord): [number, number] => {
    const shape = shapes.coded(record.shape);
    const { role, client, half, anchor, hop } = shape;
    const request = requestOf(record, shape.http);
    const clientPort = role === 'client' ? record.upstreamLocalPort : record.downstreamRemotePort;
    let slot = NONE;
    if (isOneOfMany(shape, request)) {
      const find = (end: Hop, port: number, asClient: boolean) =>
        findLoose(
          record,
          { anchor: end.server, request: tupleHash(end.client, port), isRequest: true },
          asClient,
        );
      const own = role === 'none' ? NONE : find(shape, clientPort, role === 'client');
      return [own, hop === null ? NONE : find(hop, record.downstreamRemotePort, false)];
    }
    if (role !== 'none') slot = findSlot(record, { client, clientPort, request }, role === 'client');
    else if (half === 'tunnel') slot = findLoose(record, { anchor, request, isRequest: false }, true);
    if (hop === null) return [slot, NONE];
    const hopKey = { client: hop.client, clientPort: record.downstreamRemotePort, request };
    return [slot, findSlot(record, hopKey, false)];
  };

  const addStored = (record: LineRecord, row: number): [number, number] => {
    const shape = shapes.coded(record.shape);
    // The window takes lines from a batch: the last place serves, and is given back.
    const index = batch.addRecord(record, shape.role === 'server', NONE, NONE);
    batch.request[index] = requestOf(record, shape.http);
    placeEnds(index, record.shape, row);
    const slots: [number, number] = [batch.slot[index] ?? NONE, batch.hop[index] ?? NONE];
    batch.dropLast();
    for (const slot of slots) {
      if (slot === NONE) continue;
      window.chain(slot);
      deps.links().restore(slot);
    }
    return slots;
  };

  /** Puts the lines of a stored row into the window, as they are tied to each other. */
  const bringIn = (connection: ConnectionRow): void => {
    const added: number[] = [];
    const own: number[] = [];
    for (const record of [connection.client, connection.server]) {
      if (record === null) continue;
      let slots = slotsOf(record);
      if (slots[0] === NONE && slots[1] === NONE) {
        slots = addStored(record, connection.row);
        added.push(...slots.filter((slot) => slot !== NONE));
      }
      own.push(slots[0]);
    }
    const [a = NONE, b = NONE] = own;
    if (a !== NONE && b !== NONE) {
      window.setMate(a, b);
      window.setMate(b, a);
    }
    for (const slot of added) {
      if (deps.links().isLoose(slot)) window.loose.add(slot, looseHash(slot));
    }
  };

  const looseHash = (slot: number): number =>
    halfKeyHash(halfKey(slot, { window, shapes }), window.end(slot));

  /** Shape of the result: the line's index in the batch. */
  const takeBack = (record: LineRecord, row: number): number => {
    const second = Math.floor(record.start / 1_000);
    if (second !== secondOfRow(row)) sql.deleteElsewhere.run(second, row);
    const [slot, hop] = slotsOf(record);
    const index = batch.addRecord(record, shapes.coded(record.shape).role === 'server', slot, hop);
    for (const one of [slot, hop]) {
      if (one === NONE) continue;
      window.setPending(one, index);
      window.setRow(one, NONE);
    }
    return index;
  };

  /** Of lines that are requests, or of gateways. */
  const placeOther = (index: number): void => {
    const { shape, slot, hop } = batch;
    placeEnds(index, shape[index] as number, NONE);
    if (slot[index] !== NONE) window.setPending(slot[index] as number, index);
    if (hop[index] !== NONE) window.setPending(hop[index] as number, index);
  };

  const rowLists = {
    keys: lists,
    halves: looseLists,
    addOther(slot: number) {
      const end = window.end(slot);
      looseLists.add(looseHash(slot), window.row(slot), end, end);
    },
  };

  const placing = { codes: shapes.codes, placeOf: shapes.place, placeOther };

  /** True when a row holds a pair, and the window has both of its ends, which have this key. */
  const hasPair = (row: number, key: EndKey): boolean => {
    for (let at = window.first(key); at !== NONE; at = window.following(at))
      if (window.row(at) === row && window.mate(at) !== NONE) return true;
    return false;
  };

  const bringInAll = (rows: readonly number[]): void => {
    for (const row of rows) {
      const raw = connections.get(row);
      if (raw !== undefined) bringIn(readRow(raw, shapes.hashOf));
    }
  };

  return {
    window: () => window,
    placeBatch(first) {
      window.lines.place(batch, first, batch.length, placing);
    },
    waiting: () => window.added,
    noteWritten() {
      window.added = 0;
    },
    loadStored(key, from, to) {
      const { added } = window;
      bringInAll(lists.find(keyHash(key), from, to).filter((row) => !hasPair(row, key)));
      return window.added !== added;
    },
    loadLoose: (hash, from, to) => bringInAll(looseLists.find(hash, from, to)),
    detach(row) {
      const raw = connections.get(row);
      if (raw === undefined) return false;
      const { client, server } = readRow(raw, shapes.hashOf);
      const wasPair = client !== null && server !== null;
      for (const record of [client, server]) {
        if (record !== null) seconds.keep(record.start, record.hash);
      }
      connections.remove(row);
      for (const record of [client, server]) {
        if (record === null) continue;
        const { shape, start, standing } = record;
        if (wasPair) flows.addEnds(shape, start, -1, 0);
        else if (standing === AMBIGUOUS) flows.addEnds(shape, start, 0, -1);
        const index = takeBack(record, row);
        if (standing === SUPERSEDED) flows.addAgain(batch, index, 1);
      }
      return wasPair;
    },
    noteRows: (rowOf) => window.lines.noteRows(batch, rowOf, rowLists),
    writeKeys() {
      lists.write();
      looseLists.write();
    },
    reset() {
      lists.reset();
      looseLists.reset();
      window = new PairingWindow(latestEnd());
    },
  };
}
