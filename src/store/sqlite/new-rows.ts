/** Rows that are put into their tables together: their lines as indexes into the batch, or NONE. */
import type { LineBatch } from './line-batch.ts';
import { isBare, isShort, markOf, textBytesOf } from './rows.ts';

const FIRST_CAPACITY = 4_096;

/** Numbers of rows, and their lines, as indexes into the batch; NONE: it has no such line. */
export interface RowColumns {
  readonly rows: Float64Array;
  readonly clients: Int32Array;
  readonly servers: Int32Array;
}

export class NewRows implements RowColumns {
  size = 0;
  rows = new Float64Array(FIRST_CAPACITY);
  clients = new Int32Array(FIRST_CAPACITY);
  servers = new Int32Array(FIRST_CAPACITY);
  /** The following hold after `keepShort` or `keepBare`. What `mark` says of each row. */
  marks = new Int32Array(FIRST_CAPACITY);
  /** True when a row has something beside its numbers: a mark, a hash, or a text. */
  hasRest = false;
  /** Of all texts. */
  textBytes = 0;

  /** Adds one of other rows. A number by itself is made an object to be handed over where it is as large as that of a row. */
  add({ rows, clients, servers }: RowColumns, at: number): void {
    if (this.size === this.rows.length) this.#widen(this.size + 1);
    this.rows[this.size] = rows[at] as number;
    this.clients[this.size] = clients[at] as number;
    this.servers[this.size] = servers[at] as number;
    this.size++;
  }

  /** Takes all of others over, in place of its own. */
  take({ rows, clients, servers }: RowColumns): void {
    this.size = rows.length;
    if (this.size > this.rows.length) this.#widen(this.size);
    this.rows.set(rows);
    this.clients.set(clients);
    this.servers.set(servers);
  }

  addAll(rows: NewRows): void {
    for (let at = 0; at < rows.size; at++) this.add(rows, at);
  }

  clear(): void {
    this.size = 0;
  }

  /** In place of `keepShort`, where it is known that no row has anything beside its numbers. */
  keepBare(): void {
    this.hasRest = false;
    this.textBytes = 0;
    this.marks.fill(0, 0, this.size);
  }

  /** Looks at what rows have beside their numbers. Those with long texts are told to `single` and dropped. */
  keepShort(batch: LineBatch, single: (at: number) => void): void {
    const { size, rows, clients, servers, marks } = this;
    this.hasRest = false;
    this.textBytes = 0;
    let kept = 0;
    for (let at = 0; at < size; at++) {
      const [client, server] = [clients[at] as number, servers[at] as number];
      marks[kept] = 0;
      if (!isBare(batch, client, server)) {
        if (!isShort(batch, client, server)) {
          single(at);
          continue;
        }
        this.hasRest = true;
        this.textBytes += textBytesOf(batch, client, server);
        marks[kept] = markOf(batch, client, server);
      }
      rows[kept] = rows[at] as number;
      clients[kept] = client;
      servers[kept] = server;
      kept++;
    }
    this.size = kept;
  }

  #widen(size: number): void {
    const capacity = Math.max(size, 2 * this.rows.length);
    this.rows = wider(this.rows, new Float64Array(capacity));
    this.clients = wider(this.clients, new Int32Array(capacity));
    this.servers = wider(this.servers, new Int32Array(capacity));
    this.marks = new Int32Array(capacity);
  }
}

function wider<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
