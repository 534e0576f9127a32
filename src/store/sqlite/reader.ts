/** Answers questions about stored lines, in the order of their start times, without ever holding all of them. */
import type Database from 'better-sqlite3';
import type { Identity } from '../../domain/entry.ts';
import { AppError } from '../../domain/errors.ts';
import { parseLineId } from '../../domain/line-hash.ts';
import type { LineQuery, PairingRules, RejectTally, StoredLine, StoredPair } from '../../domain/ports.ts';
import type { Dictionary } from './dictionary.ts';
import { prepareReadChanges, prepareReadFlows, prepareReadHours } from './flow-table.ts';
import type { Journal } from './journal.ts';
import type { ConnectionRow, LineRecord } from './line-record.ts';
import { prepareReadMeasures } from './measures/read-measures.ts';
import { CLIENT_SIDE, type LinkRow } from './pairing/links.ts';
import { createLineDecoder, type LinksOf } from './read-lines.ts';
import { type RawRow, ROWS_PER_SECOND, readRow, secondOfRow } from './rows.ts';
import type { Shapes } from './shapes.ts';

const SECONDS_PER_HOUR = 3_600;
/** Rows aimed at in one step of a scan: enough to be quick, few enough to be held and sorted. */
const SCAN_ROWS = 2_000;

/** A line found, with the row that holds it. */
interface Found {
  readonly record: LineRecord;
  readonly row: ConnectionRow;
}

/** The links of the lines that started within some seconds. */
type LinkTable = ReadonlyMap<string, LinkRow>;

export type Reader = ReturnType<typeof createReader>;

export function createReader(deps: {
  readonly db: Database.Database;
  readonly dictionary: Dictionary;
  readonly shapes: Shapes;
  readonly rules: PairingRules;
  readonly journal: Journal;
}) {
  const { db, dictionary, shapes } = deps;
  const decoder = createLineDecoder(db, dictionary, shapes, deps.rules);
  const readHours = prepareReadHours(db);
  const busy = prepareBusy(db);
  const rows = db.prepare<[number, number], RawRow>('SELECT * FROM connection WHERE row >= ? AND row < ?');
  const moved = db.prepare<[number, number], RawRow>(
    'SELECT * FROM connection WHERE row IN (SELECT row FROM elsewhere WHERE second >= ? AND second < ?)',
  );
  const linkRows = db.prepare<[number, number], LinkRow>('SELECT * FROM link WHERE start >= ? AND start < ?');
  const counter = db.prepare<[string], number>('SELECT value FROM counter WHERE name = ?').pluck();
  const rejects = db.prepare<[], { identity: string; reason: string; lines: number; sample: string }>(
    'SELECT * FROM reject ORDER BY lines DESC, reason, identity',
  );

  /** Rows with a line that started in [from, to) seconds, each once. */
  const rowsOf = (from: number, to: number): ConnectionRow[] => {
    const found = new Map<number, ConnectionRow>();
    for (const raw of rows.iterate(from * ROWS_PER_SECOND, to * ROWS_PER_SECOND))
      found.set(raw.row, readRow(raw, shapes.hashOf));
    for (const raw of moved.iterate(from, to))
      if (!found.has(raw.row)) found.set(raw.row, readRow(raw, shapes.hashOf));
    return [...found.values()];
  };

  const readLinks = (from: number, to: number): LinkTable =>
    new Map(linkRows.all(from * 1_000, to * 1_000).map((link) => [linkKey(link, link.side), link]));

  /** Hours to look at; those before the position of a page are behind it. */
  const hoursOf = ({ shapes, since, until, after, order }: LineQuery): Iterable<number> => {
    const at = after === null ? null : after.start_time;
    const window =
      order === 'newest' ? { since, until: at === null ? until : at + 1 } : { since: at ?? since, until };
    return readHours(shapes, window, order);
  };

  /** Walks through the lines in order until `take` has what it wants. */
  const scan = (
    query: LineQuery,
    pick: (row: ConnectionRow, links: LinkTable) => LineRecord[],
    take: (found: Found, links: LinkTable) => boolean,
  ): void => {
    const pace = { width: 1 };
    for (const [from, to] of steps(query, hoursOf(query), pace, busy)) {
      const found: Found[] = [];
      const rows = rowsOf(from, to);
      const links = readLinks(from, to);
      if (rows.length < SCAN_ROWS / 2) pace.width = Math.min(pace.width * 2, SECONDS_PER_HOUR);
      else if (rows.length > SCAN_ROWS * 2) pace.width = Math.max(1, Math.floor(pace.width / 2));
      for (const row of rows) {
        for (const record of pick(row, links)) {
          const second = Math.floor(record.start / 1_000);
          if (second >= from && second < to && isAsked(record, query)) found.push({ record, row });
        }
      }
      found.sort((a, b) => compareLines(a.record, b.record) * (query.order === 'newest' ? -1 : 1));
      for (const line of found) if (!take(line, links)) return;
    }
  };

  const collect = <T>(
    query: LineQuery,
    pick: (row: ConnectionRow, links: LinkTable) => LineRecord[],
    make: (found: Found, links: LinkTable) => T | null,
  ): T[] => {
    const items: T[] = [];
    scan(query, pick, (found, links) => {
      const item = make(found, links);
      if (item !== null) items.push(item);
      return items.length < query.limit;
    });
    return items;
  };

  const findLine = (id: string): Found | null => {
    const wanted = parseLineId(id);
    return wanted === null ? null : findByHash(wanted);
  };

  const findByHash = (wanted: { readonly start_time: number; readonly hash: number }): Found | null => {
    const second = Math.floor(wanted.start_time / 1_000);
    for (const row of rowsOf(second, second + 1)) {
      for (const record of [row.client, row.server]) {
        if (record !== null && record.hash === wanted.hash && record.start === wanted.start_time)
          return { record, row };
      }
    }
    return null;
  };

  const decode = ({ record, row }: Found, links?: LinkTable): StoredLine =>
    decoder.line(
      record,
      row,
      links === undefined ? readLinksOf : (of, side) => links.get(linkKey(of, side)) ?? null,
    );

  const readLinksOf: LinksOf = (record, side) => {
    const second = Math.floor(record.start / 1_000);
    return readLinks(second, second + 1).get(linkKey(record, side)) ?? null;
  };

  /** The pair of a client's line, in its row or through a link; null: it has none, or none that is asked for. */
  const pairOf = (
    client: Found,
    links: LinkTable | undefined,
    shapes: ReadonlySet<number> | null,
  ): StoredPair | null => {
    const outbound = decode(client, links);
    if (outbound.peer === null) return null;
    const { server } = client.row;
    const other = server === null ? findLine(outbound.peer.id) : { record: server, row: client.row };
    if (other === null) return null;
    const isAsked = shapes === null || shapes.has(client.record.shape) || shapes.has(other.record.shape);
    if (!isAsked) return null;
    const { kind, score } = outbound.peer;
    return { outbound, inbound: decode(other, server === null ? undefined : links), kind, score };
  };

  return {
    version: (): number => counter.get('version') ?? 0,
    flows: prepareReadFlows(db, shapes),
    changedFlows: prepareReadChanges(db, shapes, deps.journal),
    measures: prepareReadMeasures(db),
    lines: (query: LineQuery): StoredLine[] =>
      collect(
        query,
        (row) =>
          [row.client, row.server].filter(
            (record) => record !== null && (query.shapes === null || query.shapes.has(record.shape)),
          ) as LineRecord[],
        decode,
      ),
    pairs: (query: LineQuery): StoredPair[] =>
      collect(
        query,
        ({ client, server }, links) => {
          if (client === null) return [];
          // Told apart before anything is made of it, where the row has both ends.
          const { shapes: asked } = query;
          if (server !== null && asked !== null && !asked.has(client.shape) && !asked.has(server.shape))
            return [];
          const isTied = server !== null || links.get(linkKey(client, CLIENT_SIDE))?.peer_start != null;
          return isTied ? [client] : [];
        },
        (found, links) => pairOf(found, links, query.shapes),
      ),
    line: (id: string): StoredLine | null => {
      const found = findLine(id);
      return found === null ? null : decode(found);
    },
    pair: (id: string): StoredPair | null => {
      const found = findLine(id);
      if (found === null) return null;
      if (found.record === found.row.client) return pairOf(found, undefined, null);
      const { peer } = decode(found);
      const client = peer === null ? null : findLine(peer.id);
      return client === null ? null : pairOf(client, undefined, null);
    },
    rejects: (): RejectTally[] =>
      rejects.all().map(({ identity, ...rest }) => ({ identity: readIdentity(identity), ...rest })),
    counts: () => ({ lines: counter.get('lines') ?? 0, pairs: counter.get('pairs') ?? 0 }),
  };
}

function linkKey({ start, hash }: { readonly start: number; readonly hash: number }, side: number): string {
  return `${start} ${hash} ${side}`;
}

/** Order of start times, then ids. */
function compareLines(a: LineRecord, b: LineRecord): number {
  return a.start - b.start || a.hash - b.hash;
}

function isAsked(record: LineRecord, { since, until, after, order }: LineQuery): boolean {
  if ((since !== null && record.start < since) || (until !== null && record.start >= until)) return false;
  if (after === null) return true;
  const position = parseLineId(after.id);
  if (position === null)
    throw new AppError('bad_cursor', `cannot go on after line "${after.id}": it is no id of a line`);
  const beyond = record.start - position.start_time || record.hash - position.hash;
  return order === 'newest' ? beyond < 0 : beyond > 0;
}

/** Seconds at which there is something to read: the first from a second on, and the end of the last before one. */
interface Busy {
  from(second: number): number;
  before(second: number): number;
}

/** Ranges of seconds to read one after the other, as wide as `pace` says at that moment; what is empty is passed over. */
function* steps(
  query: LineQuery,
  hours: Iterable<number>,
  pace: { readonly width: number },
  busy: Busy,
): Generator<[number, number]> {
  const position = query.after === null ? null : parseLineId(query.after.id);
  const low = position !== null && query.order === 'oldest' ? position.start_time : query.since;
  const high = position !== null && query.order === 'newest' ? position.start_time + 1 : query.until;
  const first = low === null ? 0 : Math.floor(low / 1_000);
  const last = high === null ? Number.MAX_SAFE_INTEGER : Math.ceil(high / 1_000);
  for (const hour of hours) {
    let from = Math.max(first, hour * SECONDS_PER_HOUR);
    let to = Math.min(last, (hour + 1) * SECONDS_PER_HOUR);
    while (from < to) {
      if (query.order === 'newest') to = Math.min(to, busy.before(to));
      else from = Math.max(from, busy.from(from));
      if (from >= to) break;
      const step = Math.min(pace.width, to - from);
      yield query.order === 'newest' ? [to - step, to] : [from, from + step];
      if (query.order === 'newest') to -= step;
      else from += step;
    }
  }
}

/** Finds them through the keys of both tables. */
function prepareBusy(db: Database.Database): Busy {
  const number = (sql: string) => db.prepare<[number], number | null>(sql).pluck();
  const sql = {
    rowFrom: number('SELECT min(row) FROM connection WHERE row >= ?'),
    rowBefore: number('SELECT max(row) FROM connection WHERE row < ?'),
    movedFrom: number('SELECT min(second) FROM elsewhere WHERE second >= ?'),
    movedBefore: number('SELECT max(second) FROM elsewhere WHERE second < ?'),
  };
  return {
    from(second) {
      const row = sql.rowFrom.get(second * ROWS_PER_SECOND) ?? null;
      const moved = sql.movedFrom.get(second) ?? Number.POSITIVE_INFINITY;
      return Math.min(row === null ? Number.POSITIVE_INFINITY : secondOfRow(row), moved);
    },
    before(second) {
      const row = sql.rowBefore.get(second * ROWS_PER_SECOND) ?? null;
      const moved = sql.movedBefore.get(second) ?? Number.NEGATIVE_INFINITY;
      return Math.max(row === null ? Number.NEGATIVE_INFINITY : secondOfRow(row), moved) + 1;
    },
  };
}

function readIdentity(json: string): Identity {
  const [pod = null, namespace = null, container = null, node = null] = JSON.parse(json) as Array<
    string | null
  >;
  return { pod, namespace, container, node };
}
