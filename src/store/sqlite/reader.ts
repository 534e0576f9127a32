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
import { CLIENT_SIDE, type LinkRow, SERVER_SIDE } from './pairing/links.ts';
import { createLineDecoder, type LinkOf } from './read-lines.ts';
import { prepareReadRows, type Which } from './read-rows.ts';
import { ROWS_PER_SECOND, secondOfRow } from './rows.ts';
import type { Shapes } from './shapes.ts';
import { readStored } from './stored.ts';

const SECONDS_PER_HOUR = 3_600;
/** Rows aimed at in one step of a scan: enough to be quick, few enough to be held and sorted. */
const SCAN_ROWS = 2_000;

/** A line found, with the row that holds it. */
interface Found {
  readonly record: LineRecord;
  readonly row: ConnectionRow;
}

/** What lies in other tables of the lines that started within some seconds. */
interface Beside {
  readonly links: ReadonlyMap<string, LinkRow>;
  /** False when none of the lines is kept as it was logged. */
  readonly raw: boolean;
}

export type Reader = ReturnType<typeof createReader>;

export function createReader(deps: {
  readonly db: Database.Database;
  readonly dictionary: Dictionary;
  readonly shapes: Shapes;
  readonly rules: PairingRules;
  readonly journal: Journal;
  /** Told while much is read, often; what it throws ends the reading. */
  readonly onStep?: () => void;
}) {
  const { db, dictionary, shapes, onStep = () => {} } = deps;
  const decoder = createLineDecoder(db, dictionary, shapes, deps.rules);
  const readHours = prepareReadHours(db);
  const busy = prepareBusy(db);
  const readRows = prepareReadRows(db, shapes.hashOf);
  const linkRows = db.prepare<[number, number], LinkRow>('SELECT * FROM link WHERE start >= ? AND start < ?');
  const hasRaw = db.prepare<[number, number]>(
    'SELECT 1 FROM raw_line WHERE second >= ? AND second < ? LIMIT 1',
  );
  const counter = db.prepare<[string], number>('SELECT value FROM counter WHERE name = ?').pluck();
  const rejects = db.prepare<[], { identity: string; reason: string; lines: number; sample: string }>(
    'SELECT * FROM reject ORDER BY lines DESC, reason, identity',
  );

  const readBeside = (from: number, to: number): Beside => ({
    links: new Map(linkRows.all(from * 1_000, to * 1_000).map((link) => [linkKey(link, link.side), link])),
    raw: hasRaw.get(from, to) !== undefined,
  });

  /** Hours to look at; those before the position of a page are behind it. */
  const hoursOf = ({ shapes, since, until, after, order }: LineQuery): Iterable<number> => {
    const at = after === null ? null : after.start_time;
    const window =
      order === 'newest' ? { since, until: at === null ? until : at + 1 } : { since: at ?? since, until };
    return readHours(shapes, window, order);
  };

  /** Walks through the lines in order until `take`, which answers how many more it wants, wants no more. */
  const scan = (
    query: LineQuery,
    which: Which,
    pick: (row: ConnectionRow, beside: Beside) => LineRecord[],
    take: (found: Found, beside: Beside) => number,
  ): void => {
    const pace = { width: 1 };
    const rowsOf = readRows({ shapes: query.shapes, which, hint: query.hint });
    const isAsked = prepareIsAsked(query);
    for (const [from, to] of steps(query, hoursOf(query), pace, busy)) {
      onStep();
      const found: Found[] = [];
      const beside = readBeside(from, to);
      const rows = rowsOf(from, to, beside.links.size > 0);
      for (const row of rows) {
        for (const record of pick(row, beside)) {
          const second = Math.floor(record.start / 1_000);
          if (second >= from && second < to && isAsked(record)) found.push({ record, row });
        }
      }
      found.sort((a, b) => compareLines(a.record, b.record) * (query.order === 'newest' ? -1 : 1));
      let wanted = query.limit;
      for (const line of found) {
        wanted = take(line, beside);
        if (wanted === 0) return;
      }
      pace.width = nextWidth(pace.width, rows.length, found.length, wanted);
    }
  };

  const collect = <T>(
    query: LineQuery,
    which: Which,
    pick: (row: ConnectionRow, beside: Beside) => LineRecord[],
    make: (found: Found, beside: Beside) => T | null,
  ): T[] => {
    const items: T[] = [];
    scan(query, which, pick, (found, beside) => {
      const item = make(found, beside);
      if (item !== null) items.push(item);
      return query.limit - items.length;
    });
    return items;
  };

  const findLine = (id: string): Found | null => {
    const wanted = parseLineId(id);
    return wanted === null ? null : findByHash(wanted);
  };

  const findByHash = (wanted: { readonly start_time: number; readonly hash: number }): Found | null => {
    const second = Math.floor(wanted.start_time / 1_000);
    for (const row of readRows({ shapes: null, which: 'lines', hint: undefined })(second, second + 1, true)) {
      for (const record of [row.client, row.server]) {
        if (record !== null && record.start === wanted.start_time && record.hash === wanted.hash)
          return { record, row };
      }
    }
    return null;
  };

  const decode = ({ record, row }: Found, beside?: Beside): StoredLine => {
    if (beside === undefined) return decoder.line(record, row, readLink, true);
    const linkOf: LinkOf = (of, side) => beside.links.get(linkKey(of, side)) ?? null;
    return decoder.line(record, row, linkOf, beside.raw);
  };

  const readLink: LinkOf = (record, side) => {
    const second = Math.floor(record.start / 1_000);
    return readBeside(second, second + 1).links.get(linkKey(record, side)) ?? null;
  };

  /** The pair of a client's line, in its row or through a link; null: it has none, or none that is asked for. */
  const pairOf = (
    client: Found,
    beside: Beside | undefined,
    shapes: ReadonlySet<number> | null,
  ): StoredPair | null => {
    const outbound = decode(client, beside);
    if (outbound.peer === null) return null;
    const { server } = client.row;
    const other = server === null ? findLine(outbound.peer.id) : { record: server, row: client.row };
    if (other === null) return null;
    const isAsked = shapes === null || shapes.has(client.record.shape) || shapes.has(other.record.shape);
    if (!isAsked) return null;
    const { kind, score } = outbound.peer;
    return { outbound, inbound: decode(other, server === null ? undefined : beside), kind, score };
  };

  return {
    version: (): number => counter.get('version') ?? 0,
    flows: prepareReadFlows(db, shapes),
    changedFlows: prepareReadChanges(db, shapes, deps.journal),
    measures: prepareReadMeasures(db),
    lines: (query: LineQuery): StoredLine[] =>
      collect(
        query,
        'lines',
        (row) =>
          [row.client, row.server].filter(
            (record) => record !== null && (query.shapes === null || query.shapes.has(record.shape)),
          ) as LineRecord[],
        decode,
      ),
    pairs: (query: LineQuery): StoredPair[] =>
      collect(
        query,
        'pairs',
        ({ client, server }, { links }) => {
          if (client === null) return [];
          const peer = server === null ? linkedShape(client, links) : server.shape;
          if (peer === null) return [];
          // Told apart before anything is made of it, where the other end is known.
          const { shapes: asked } = query;
          const isOther =
            peer !== undefined && asked !== null && !asked.has(client.shape) && !asked.has(peer);
          return isOther ? [] : [client];
        },
        (found, beside) => pairOf(found, beside, query.shapes),
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

/** Shape of the line that a client's line is linked to; undefined when that one began at another time, null without a link. */
function linkedShape(client: LineRecord, links: Beside['links']): number | null | undefined {
  const link = links.get(linkKey(client, CLIENT_SIDE));
  if (link?.peer_start == null || link.peer_hash === null) return null;
  return links.get(linkKey({ start: link.peer_start, hash: link.peer_hash }, SERVER_SIDE))?.shape;
}

function linkKey({ start, hash }: { readonly start: number; readonly hash: number }, side: number): string {
  return `${start} ${hash} ${side}`;
}

/** Order of start times, then ids. */
function compareLines(a: LineRecord, b: LineRecord): number {
  return a.start - b.start || a.hash - b.hash;
}

/** Whether a line lies in the window, and behind the position of the page before. Errors: `bad_cursor`. */
function prepareIsAsked({ since, until, after, order }: LineQuery): (record: LineRecord) => boolean {
  const position = after === null ? null : parseLineId(after.id);
  if (after !== null && position === null)
    throw new AppError('bad_cursor', `cannot go on after line "${after.id}": it is no id of a line`);
  return (record) => {
    const { start } = record;
    if ((since !== null && start < since) || (until !== null && start >= until)) return false;
    if (position === null) return true;
    const beyond = start - position.start_time || record.hash - position.hash;
    return order === 'newest' ? beyond < 0 : beyond > 0;
  };
}

/** Seconds to read next, after so many with these rows, of which `found` were asked for: not many more than are still wanted. */
function nextWidth(width: number, rows: number, found: number, wanted: number): number {
  if (rows > SCAN_ROWS * 2) return Math.max(1, Math.floor(width / 2));
  const wider = rows < SCAN_ROWS / 2 ? Math.min(width * 2, SECONDS_PER_HOUR) : width;
  if (found === 0) return wider;
  return Math.min(wider, Math.max(1, Math.ceil((wanted * width) / found)));
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
  const [pod = null, namespace = null, container = null, node = null] = readStored<Array<string | null>>(
    json,
    'who wrote a line',
  );
  return { pod, namespace, container, node };
}
