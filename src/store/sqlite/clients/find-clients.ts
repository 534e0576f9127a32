/** When lines of a client may have started, without looking at any line. */
import type Database from 'better-sqlite3';
import { type Address, isLoopback } from '../../../domain/address.ts';
import { joinSpans, type Span } from '../spans.ts';
import { clientHash, stretchesOf } from './client-filter.ts';

/** For more clients than that, all lines are read. */
export const CLIENTS_MAX = 32;

interface Row {
  readonly packed: number;
  readonly list: Buffer;
}

/**
 * Spans with all lines of the clients that started within one, and with the client's line of all pairs in whose row such a line is;
 * sorted, apart from each other. Null: lines may have started at any time. Errors: `db_damaged`.
 */
export type FindClients = (clients: readonly Address[], within: Span) => readonly Span[] | null;

export function prepareFindClients(db: Database.Database): FindClients {
  const idOf = db.prepare<[string], number>('SELECT id FROM text WHERE value = ?').pluck();
  const rows = db.prepare<[number, number], Row>(
    'SELECT packed, list FROM client_filter WHERE last >= ? AND first < ? ORDER BY id',
  );
  return (clients, { from, to }) => {
    // Of those that are no end of a connection in a mesh nothing is taken down.
    if (clients.length > CLIENTS_MAX || clients.some(({ ip }) => isLoopback(ip))) return null;
    const hashes = clients.flatMap(({ ip, port }) => {
      const host = idOf.get(ip);
      return host === undefined ? [] : [clientHash(host, port)];
    });
    if (hashes.length === 0) return [];
    const found: Span[] = [];
    for (const { packed, list } of rows.iterate(from, to)) {
      for (const stretch of stretchesOf(list, packed === 1)) {
        const isWithin = stretch.last >= from && stretch.first < to;
        if (isWithin && hashes.some((hash) => stretch.mayHave(hash)))
          found.push({ from: stretch.first, to: stretch.last + 1 });
      }
    }
    return joinSpans(found);
  };
}
