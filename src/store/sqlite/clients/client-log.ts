/** Takes down who called while lines come in, and adds it to the table `client_filter` once a transaction, or more often. */
import type Database from 'better-sqlite3';
import { startModule } from '../../../domain/web-assembly.ts';
import type { LineBatch } from '../line-batch.ts';
import { CLIENT_CODE } from './client-code.ts';
import { LISTED_BYTES, listedSeconds } from './client-filter.ts';

/** Lines are listed as they are until there are so many of them; no fewer are packed. */
export const LISTED_LINES_MAX = 16_384;
/** Of one row: half a page, as it is written anew with each transaction that adds to it. */
const ROW_LINES_MAX = 512;
/** More are not held: what is sorted stays in the nearest memory. */
const HELD_LINES_MAX = 65_536;

/** Places in its memory are numbers of bytes: see `wasm/clients.ts`. */
interface ClientCode {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(count: number): void;
  columnAt(column: number): number;
  keysAt(more: number): number;
  put(count: number): void;
  gathered(): number;
  clear(): void;
  forgetHosts(): void;
  putHost(shape: number, host: number): void;
  gather(from: number, count: number): number;
  pack(): number;
  packedAt(): number;
}

/** Columns of lines, by the numbers that the code has for them. */
const [START, SHAPE, PORT, MATE, IS_SERVER] = [0, 1, 2, 3, 4];

/** Lines of a batch; `mates`: the line that each is tied to, or NONE. */
export type CallingLines = Pick<
  LineBatch,
  'length' | 'start' | 'shape' | 'downstreamRemotePort' | 'isServer'
> & {
  readonly mates: Int32Array;
};

export interface ClientLog {
  /**
   * Notes who called: each line under the second of its own start, and a server's under that of the client's line that it is tied to
   * as well, by which pairs are ordered.
   */
  gather(lines: CallingLines): void;
  /** Writes what was noted since. */
  write(): void;
  reset(): void;
}

interface Listed {
  readonly id: number;
  readonly lines: number;
}

/** `hostOf`: id of the address of the clients of a shape, in a mesh; 0: they have none. */
export function createClientLog(db: Database.Database, hostOf: (shape: number) => number): ClientLog {
  const sql = {
    // Asked each time: others drop what is old.
    listed: db.prepare<[], Listed>('SELECT id, lines FROM client_filter WHERE packed = 0 ORDER BY id'),
    get: db.prepare<[number], Buffer>('SELECT list FROM client_filter WHERE id = ?').pluck(),
    add: db.prepare('INSERT INTO client_filter (first, last, lines, packed, list) VALUES (?, ?, ?, ?, ?)'),
    drop: db.prepare('DELETE FROM client_filter WHERE id = ?'),
  };
  const code = startModule<ClientCode>(CLIENT_CODE);

  const take = ({ length, start, shape, downstreamRemotePort, isServer, mates }: CallingLines): void => {
    code.reserve(length);
    const { buffer } = code.memory;
    new Float64Array(buffer, code.columnAt(START), length).set(start.subarray(0, length));
    new Int32Array(buffer, code.columnAt(SHAPE), length).set(shape.subarray(0, length));
    new Int32Array(buffer, code.columnAt(PORT), length).set(downstreamRemotePort.subarray(0, length));
    new Int32Array(buffer, code.columnAt(MATE), length).set(mates.subarray(0, length));
    new Uint8Array(buffer, code.columnAt(IS_SERVER), length).set(isServer.subarray(0, length));
  };

  /** Takes rows out of the table, and holds their lines with the others. */
  const takeBack = (rows: readonly Listed[]): void => {
    for (const { id } of rows) {
      const list = sql.get.get(id) ?? Buffer.alloc(0);
      const lines = Math.floor(list.length / LISTED_BYTES);
      const at = code.keysAt(lines);
      new Uint8Array(code.memory.buffer, at, lines * LISTED_BYTES).set(
        list.subarray(0, lines * LISTED_BYTES),
      );
      code.put(lines);
      sql.drop.run(id);
    }
  };

  const storeList = (): void => {
    const lines = code.gathered();
    const from = code.keysAt(0) - lines * LISTED_BYTES;
    const list = Buffer.from(code.memory.buffer, from, lines * LISTED_BYTES);
    const { first, last } = listedSeconds(list);
    sql.add.run(first, last, lines, 0, list);
  };

  const storePacked = (): void => {
    const end = code.pack();
    const lines = code.gathered();
    // Sorted by now.
    const keys = new Uint32Array(code.memory.buffer, code.keysAt(0) - lines * LISTED_BYTES, 2 * lines);
    const from = code.packedAt();
    sql.add.run(keys[1], keys[2 * lines - 1], lines, 1, Buffer.from(code.memory.buffer, from, end - from));
  };

  const write = (): void => {
    const size = code.gathered();
    if (size === 0) return;
    if (size >= LISTED_LINES_MAX) storePacked();
    else {
      const listed = sql.listed.all();
      const newest = listed.at(-1);
      const lines = listed.reduce((sum, row) => sum + row.lines, size);
      if (lines >= LISTED_LINES_MAX) {
        takeBack(listed);
        storePacked();
      } else {
        if (newest !== undefined && newest.lines + size <= ROW_LINES_MAX) takeBack([newest]);
        storeList();
      }
    }
    code.clear();
  };

  return {
    gather(lines) {
      const { length, shape } = lines;
      take(lines);
      for (let from = code.gather(0, length); from < length; from = code.gather(from, length)) {
        const id = shape[from] as number;
        code.putHost(id, hostOf(id));
      }
      if (code.gathered() >= HELD_LINES_MAX) write();
    },
    write,
    reset() {
      code.clear();
      code.forgetHosts();
    },
  };
}
