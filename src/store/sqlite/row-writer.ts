/** Turns a batch whose lines know their mates into rows. */
import type Database from 'better-sqlite3';
import type { BatchLines } from './batch-lines.ts';
import type { ClientLog } from './clients/client-log.ts';
import type { FlowSums } from './flow-sums.ts';
import { IN_DOUBT, IN_PAIR, type LineBatch } from './line-batch.ts';
import { AMBIGUOUS, PLAIN, SUPERSEDED } from './line-record.ts';
import { NONE } from './pairing/pairing-window.ts';
import type { StoredEnds } from './pairing/stored-ends.ts';
import { createRowInsert } from './row-insert.ts';
import { secondOfRow } from './rows.ts';
import type { Seconds } from './seconds.ts';

export interface RowWriter {
  /** Writes all of the batch and empties it. Shape of the result: how many pairs it wrote. */
  write(): number;
  /** Call before each transaction, with the number of lines that it may store. */
  prepare(lines: number): void;
  reset(): void;
  close(): void;
}

export function createRowWriter(deps: {
  readonly db: Database.Database;
  readonly batch: LineBatch;
  /** Takes the batch over to write it. */
  readonly lines: BatchLines;
  readonly seconds: Seconds;
  readonly stored: StoredEnds;
  readonly flows: FlowSums;
  readonly clients: ClientLog;
}): RowWriter {
  const { db, batch, lines, seconds, stored, flows, clients } = deps;
  const insert = createRowInsert(db, batch, lines);
  /** The line of the batch that each line is tied to, or NONE. */
  let mates = new Int32Array(0);
  const written = {
    ...{ size: 0, rows: new Float64Array(0) },
    ...{ clients: new Int32Array(0), servers: new Int32Array(0) },
  };
  const addElsewhere = db.prepare('INSERT OR IGNORE INTO elsewhere VALUES (?, ?)');

  const writeRow = (index: number, mate: number): void => {
    // Alone, a server's line takes the server's columns; everything else the client's.
    const isServer = batch.isServer[index] === 1;
    const client = isServer ? mate : index;
    const server = isServer ? index : mate;
    const row = seconds.nextRow(secondOf(client === NONE ? server : client));
    insert.add(row, client, server);
    finish(index, row, mate !== NONE);
    if (mate !== NONE) finish(mate, row, true);
    written.rows[written.size] = row;
    written.clients[written.size] = client;
    written.servers[written.size++] = server;
  };

  const finish = (index: number, row: number, isPair: boolean): void => {
    batch.written[index] = 1;
    const standing = isPair ? PLAIN : batch.standing[index];
    const ends = isPair ? IN_PAIR : standing === AMBIGUOUS ? IN_DOUBT : 0;
    batch.ends[index] = ends;
    if (batch.counted[index] === 1 && ends !== 0) {
      const paired = ends === IN_PAIR ? 1 : 0;
      flows.addEnds(batch.shape[index] ?? 0, batch.start[index] ?? 0, paired, 1 - paired);
    }
    if (standing === SUPERSEDED) flows.addAgain(batch, index, -1);
    const second = secondOf(index);
    if (second !== secondOfRow(row)) addElsewhere.run(second, row);
  };

  const secondOf = (index: number): number => Math.floor((batch.start[index] ?? 0) / 1_000);

  return {
    write() {
      let pairs = 0;
      if (mates.length < batch.length) {
        const capacity = batch.slot.length;
        mates = new Int32Array(capacity);
        written.rows = new Float64Array(capacity);
        written.clients = new Int32Array(capacity);
        written.servers = new Int32Array(capacity);
      }
      written.size = 0;
      stored.window().lines.findMates(batch, mates);
      const { length, start, shape, downstreamRemotePort, isServer } = batch;
      clients.gather({ length, start, shape, downstreamRemotePort, isServer, mates });
      for (let index = 0; index < batch.length; index++) {
        if (batch.written[index] === 1) continue;
        const mate = mates[index] as number;
        writeRow(index, mate);
        if (mate !== NONE) pairs++;
      }
      stored.noteRows(written);
      lines.take(batch);
      insert.write();
      flows.addBatch(batch);
      batch.clear();
      return pairs;
    },
    prepare: insert.prepare,
    reset: insert.reset,
    close: insert.close,
  };
}
