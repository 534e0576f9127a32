/** Takes down who called while lines come in, and adds it to the table `client_filter` once a transaction, or more often. */
import type Database from 'better-sqlite3';
import { LISTED_BYTES, listedSeconds } from './client-filter.ts';
import {
  type CallingLines,
  ClientGatherer,
  HELD_LINES_MAX,
  LISTED_LINES_MAX,
  type PackedCalls,
} from './gatherer.ts';

/** Of one row: half a page, as it is written anew with each transaction that adds to it. */
const ROW_LINES_MAX = 512;

export interface ClientLog {
  /**
   * Notes who called: each line under the second of its own start, and a server's under that of the client's line that it is tied to
   * as well, by which pairs are ordered.
   */
  gather(lines: CallingLines): void;
  /** Takes over what was gathered elsewhere: what was packed there, and what `ClientGatherer.list` answered. */
  adopt(packed: readonly PackedCalls[], list: Uint8Array): void;
  /** Writes what was noted since. */
  write(): void;
  reset(): void;
}

interface Listed {
  readonly id: number;
  readonly lines: number;
}

/** `hostOf`: as `ClientGatherer` wants it. */
export function createClientLog(db: Database.Database, hostOf: (shape: number) => number): ClientLog {
  const sql = {
    // Asked each time: others drop what is old.
    listed: db.prepare<[], Listed>('SELECT id, lines FROM client_filter WHERE packed = 0 ORDER BY id'),
    get: db.prepare<[number], Buffer>('SELECT list FROM client_filter WHERE id = ?').pluck(),
    add: db.prepare('INSERT INTO client_filter (first, last, lines, packed, list) VALUES (?, ?, ?, ?, ?)'),
    drop: db.prepare('DELETE FROM client_filter WHERE id = ?'),
  };
  const held = new ClientGatherer(hostOf);

  /** Takes rows out of the table, and holds their lines with the others. */
  const takeBack = (rows: readonly Listed[]): void => {
    for (const { id } of rows) {
      held.takeBack(sql.get.get(id) ?? Buffer.alloc(0));
      sql.drop.run(id);
    }
  };

  const storeList = (): void => {
    const list = held.list();
    const { first, last } = listedSeconds(list);
    sql.add.run(first, last, list.length / LISTED_BYTES, 0, list);
  };

  const storePacked = ({ first, last, lines, list }: PackedCalls): void => {
    sql.add.run(first, last, lines, 1, list);
  };

  const write = (): void => {
    const { size } = held;
    if (size === 0) return;
    if (size >= LISTED_LINES_MAX) storePacked(held.pack());
    else {
      const listed = sql.listed.all();
      const newest = listed.at(-1);
      const lines = listed.reduce((sum, row) => sum + row.lines, size);
      if (lines >= LISTED_LINES_MAX) {
        takeBack(listed);
        storePacked(held.pack());
      } else {
        if (newest !== undefined && newest.lines + size <= ROW_LINES_MAX) takeBack([newest]);
        storeList();
      }
    }
    held.clear();
  };

  return {
    gather(lines) {
      held.gather(lines);
      if (held.size >= HELD_LINES_MAX) write();
    },
    adopt(packed, list) {
      for (const calls of packed) storePacked(calls);
      held.takeBack(list);
    },
    write,
    reset() {
      held.clear();
      held.forgetHosts();
    },
  };
}
