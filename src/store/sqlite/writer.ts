/** Stores batches of lines: each new line once, paired with what it belongs to, in one transaction. */
import type Database from 'better-sqlite3';
import type { ParsedLine } from '../../domain/entry.ts';
import { lineHash } from '../../domain/line-hash.ts';
import type { AlignEnds, AppendResult, RejectTally } from '../../domain/ports.ts';
import { NO_PORT, portAt, portStart } from './address-text.ts';
import type { Dictionary } from './dictionary.ts';
import { decodeExtra, encodeExtra } from './extra.ts';
import { createFlowSums } from './flow-table.ts';
import { pairSlots } from './pairing.ts';
import { type EndKey, keyHash, NONE, PairingWindow } from './pairing-window.ts';
import {
  type ConnectionRow,
  homeSecond,
  type LineRecord,
  prepareInsertRow,
  type RawRow,
  readRow,
  secondOfRow,
} from './rows.ts';
import { createSeconds } from './seconds.ts';
import { type CodedShape, createIdentitySeeds, type Shapes } from './shapes.ts';

const SECONDS_PER_HOUR = 3_600;
const HOUR_MS = 3_600_000;
/** Lines lie up to this long before the hour of their row begins, or end after what is noted of it. */
const HOUR_SLACK_MS = 60_000;
const HOUR_KEYS = 2 ** 32;

/** A line of the batch that is not in the table yet, or was taken out of it. */
interface PendingLine {
  record: LineRecord;
  readonly shape: CodedShape;
  readonly slot: number;
  written: boolean;
}

export interface Writer {
  append(lines: readonly ParsedLine[], rejects: readonly RejectTally[]): AppendResult;
}

export interface WriterDeps {
  readonly db: Database.Database;
  readonly dictionary: Dictionary;
  readonly shapes: Shapes;
  readonly align: AlignEnds;
}

export function createWriter(deps: WriterDeps): Writer {
  const { db, dictionary, shapes } = deps;
  const seeds = createIdentitySeeds();
  const seconds = createSeconds(db);
  const flows = createFlowSums(db);
  const insertRow = prepareInsertRow(db);
  const sql = {
    row: db.prepare<[number], RawRow>('SELECT * FROM connection WHERE row = ?'),
    rowsOfKey: db.prepare<[number], RawRow>(
      'SELECT * FROM connection WHERE row IN (SELECT row FROM address_pair WHERE key = ?)',
    ),
    deleteRow: db.prepare('DELETE FROM connection WHERE row = ?'),
    addKey: db.prepare('INSERT INTO address_pair VALUES (?, ?)'),
    deleteKey: db.prepare('DELETE FROM address_pair WHERE key = ? AND row = ?'),
    addElsewhere: db.prepare('INSERT OR IGNORE INTO elsewhere VALUES (?, ?)'),
    deleteElsewhere: db.prepare('DELETE FROM elsewhere WHERE second = ? AND row = ?'),
    addRaw: db.prepare('INSERT OR IGNORE INTO raw_line VALUES (?, ?, ?)'),
    hourEnds: db.prepare<[], { hour: number; end: number }>('SELECT hour, end FROM hour_end'),
    setHourEnd: db.prepare(
      'INSERT INTO hour_end VALUES (?, ?) ON CONFLICT (hour) DO UPDATE SET end = max(end, excluded.end)',
    ),
    count: db.prepare('UPDATE counter SET value = value + ? WHERE name = ?'),
    addReject: db.prepare(
      'INSERT INTO reject VALUES (?, ?, ?, ?) ON CONFLICT (identity, reason) DO UPDATE SET lines = lines + excluded.lines',
    ),
  };

  let hourEnds = new Map<number, number>();
  let changedHours = new Set<number>();
  let window = new PairingWindow(0);
  let batch: PendingLine[] = [];
  let pairsChange = 0;

  /** The memory is a copy of the table: start anew from it. */
  const reload = () => {
    hourEnds = new Map(sql.hourEnds.all().map(({ hour, end }) => [hour, end]));
    changedHours = new Set();
    window = new PairingWindow(Math.max(Number.NEGATIVE_INFINITY, ...hourEnds.values()));
    batch = [];
    seconds.reset();
    flows.reset();
    dictionary.reset();
    shapes.reset();
  };
  reload();

  const keyOf = (shape: CodedShape, record: LineRecord): EndKey | null => {
    if (shape.role === 'none') return null;
    const clientPort = shape.role === 'client' ? record.upstreamLocalPort : record.downstreamRemotePort;
    if (clientPort === NO_PORT) return null;
    return {
      server: shape.server,
      client: shape.client,
      clientPort,
      request: shape.http ? requestHash(record.extra, dictionary) : 0,
    };
  };

  const addSlot = (shape: CodedShape, record: LineRecord, key: EndKey, row: number): number =>
    window.add(key, {
      isClient: shape.role === 'client',
      start: record.start,
      end: record.start + (record.duration ?? 0),
      received: record.received,
      sent: record.sent,
      cluster: shape.cluster,
      sni: shape.sni,
      hash: record.hash,
      ambiguous: record.ambiguous,
      row,
    });

  const takeIn = (record: LineRecord, shape: CodedShape, slot: number): void => {
    if (slot !== NONE) {
      window.pending[slot] = batch.length;
      window.row[slot] = NONE;
    }
    batch.push({ record, shape, slot, written: false });
  };

  const storedKey = (key: EndKey, row: number): number =>
    Math.floor(secondOfRow(row) / SECONDS_PER_HOUR) * HOUR_KEYS + keyHash(key);

  /** Slot of a stored line, or NONE when it is not in the window. */
  const slotOf = (key: EndKey, isClient: boolean, record: LineRecord): number => {
    let at = window.first(key);
    while (
      at !== NONE &&
      !(
        window.hash[at] === record.hash &&
        window.start[at] === record.start &&
        (window.isClient[at] === 1) === isClient
      )
    ) {
      at = window.following(key, at);
    }
    return at;
  };

  const windowSlots = (connection: ConnectionRow): number[] => {
    const slots: number[] = [];
    for (const record of [connection.client, connection.server]) {
      if (record === null) continue;
      const shape = shapes.coded(record.shape);
      const key = keyOf(shape, record);
      if (key === null) continue;
      const known = slotOf(key, shape.role === 'client', record);
      slots.push(known === NONE ? addSlot(shape, record, key, connection.row) : known);
    }
    return slots;
  };

  const loadStored = (key: EndKey, from: number, to: number): void => {
    const hash = keyHash(key);
    for (const [hour, end] of hourEnds) {
      if (hour * HOUR_MS - HOUR_SLACK_MS > to || end + HOUR_SLACK_MS < from) continue;
      for (const raw of sql.rowsOfKey.all(hour * HOUR_KEYS + hash)) {
        const [a = NONE, b = NONE] = windowSlots(readRow(raw));
        if (b === NONE) continue;
        window.mate[a] = b;
        window.mate[b] = a;
      }
    }
  };

  const detach = (row: number): void => {
    const raw = sql.row.get(row);
    if (raw === undefined) return;
    const connection = readRow(raw);
    sql.deleteRow.run(row);
    if (connection.client !== null && connection.server !== null) pairsChange--;
    for (const record of [connection.client, connection.server]) {
      if (record === null) continue;
      const shape = shapes.coded(record.shape);
      const key = keyOf(shape, record);
      const second = Math.floor(record.start / 1_000);
      if (second !== secondOfRow(row)) sql.deleteElsewhere.run(second, row);
      if (key !== null) sql.deleteKey.run(storedKey(key, row), row);
      takeIn(record, shape, key === null ? NONE : slotOf(key, shape.role === 'client', record));
    }
  };

  const takeNew = (line: ParsedLine, hash: number): void => {
    const { entry } = line;
    const shape = shapes.code(line);
    const local = entry.upstream_local_address;
    const remote = entry.downstream_remote_address;
    const record: LineRecord = {
      shape: shape.id,
      start: entry.start_time,
      duration: entry.duration,
      received: entry.bytes_received,
      sent: entry.bytes_sent,
      upstreamLocalPort: local === null ? NO_PORT : portAt(local, portStart(local)),
      downstreamRemotePort: remote === null ? NO_PORT : portAt(remote, portStart(remote)),
      hash,
      extra: encodeExtra(entry, dictionary),
      ambiguous: false,
    };
    if (!line.rebuildable) {
      const bytes = Buffer.from(line.raw, line.utf8 ? 'utf8' : 'latin1');
      sql.addRaw.run(Math.floor(record.start / 1_000), record.hash, bytes);
    }
    flows.add(record);
    const key = keyOf(shape, record);
    takeIn(record, shape, key === null ? NONE : addSlot(shape, record, key, NONE));
  };

  const writeRow = (line: PendingLine, mate: PendingLine | null): void => {
    const first = mate !== null && line.shape.role === 'server' ? mate : line;
    const second = first === line ? mate : line;
    // Alone, a server's line takes the server's columns; everything else the client's.
    const client = mate === null && line.shape.role === 'server' ? null : first.record;
    const server = client === null ? line.record : (second?.record ?? null);
    const home = homeSecond(client, server);
    const row = seconds.nextRow(home);
    insertRow(row, client, server);
    if (mate !== null) pairsChange++;
    const rowSecond = secondOfRow(row);
    const hour = Math.floor(rowSecond / SECONDS_PER_HOUR);
    const key = line.slot === NONE ? null : window.keyOf(line.slot);
    if (key !== null) sql.addKey.run(hour * HOUR_KEYS + keyHash(key), row);
    let end = 0;
    for (const part of mate === null ? [line] : [line, mate]) {
      const { start, duration } = part.record;
      const own = Math.floor(start / 1_000);
      if (own !== rowSecond) sql.addElsewhere.run(own, row);
      end = Math.max(end, start + (duration ?? 0));
      part.written = true;
      if (part.slot !== NONE) window.row[part.slot] = row;
    }
    if (end > (hourEnds.get(hour) ?? 0)) {
      hourEnds.set(hour, end);
      changedHours.add(hour);
    }
  };

  const writeBatch = (): void => {
    for (const line of batch) {
      if (line.written) continue;
      if (line.slot === NONE) {
        writeRow(line, null);
        continue;
      }
      const unclear = window.ambiguous[line.slot] === 1;
      if (unclear !== line.record.ambiguous) line.record = { ...line.record, ambiguous: unclear };
      const mateSlot = window.mate[line.slot] ?? NONE;
      const mate = mateSlot === NONE ? null : (batch[window.pending[mateSlot] ?? NONE] ?? null);
      writeRow(line, mate);
    }
    for (const line of batch) if (line.slot !== NONE) window.pending[line.slot] = NONE;
    for (const hour of changedHours) sql.setHourEnd.run(hour, hourEnds.get(hour));
    changedHours.clear();
    batch = [];
  };

  const store = (lines: readonly ParsedLine[], rejects: readonly RejectTally[]): AppendResult => {
    pairsChange = 0;
    let accepted = 0;
    for (const line of lines) {
      const hash = lineHash(seeds(line.identity), line.raw, line.utf8);
      if (!seconds.add(Math.floor(line.entry.start_time / 1_000), hash)) continue;
      accepted++;
      takeNew(line, hash);
    }
    const slots = batch.flatMap((line) => (line.slot === NONE ? [] : [line.slot]));
    pairSlots(slots, { window, dictionary, align: deps.align, loadStored, detach });
    writeBatch();
    flows.write();
    for (const { identity, reason, lines: count, sample } of rejects) {
      const key = JSON.stringify([identity.pod, identity.namespace, identity.container, identity.node]);
      sql.addReject.run(key.toWellFormed(), reason, count, sample.toWellFormed());
    }
    if (accepted > 0) sql.count.run(accepted, 'lines');
    if (pairsChange !== 0) sql.count.run(pairsChange, 'pairs');
    if (accepted > 0 || rejects.length > 0) sql.count.run(1, 'version');
    return { accepted, duplicates: lines.length - accepted };
  };
  const transaction = db.transaction(store);

  return {
    append(lines, rejects) {
      try {
        const result = transaction.immediate(lines, rejects);
        seconds.trim();
        return result;
      } catch (error) {
        reload();
        throw error;
      }
    },
  };
}

function requestHash(extra: string | null, dictionary: Dictionary): number {
  const { request_id } = decodeExtra(extra, dictionary);
  return request_id === null ? 0 : lineHash(1, request_id, true) | 0;
}
