/** Answers questions about stored lines, in the order of their start times, without ever holding all of them. */
import type Database from 'better-sqlite3';
import type { Identity } from '../../domain/entry.ts';
import { AppError } from '../../domain/errors.ts';
import { parseLineId } from '../../domain/line-hash.ts';
import type {
  LineQuery,
  PairingRules,
  RejectTally,
  StoredLine,
  StoredPair,
  TimedPair,
} from '../../domain/ports.ts';
import type { PairKind } from '../../domain/resources.ts';
import { prepareFindClients } from './clients/find-clients.ts';
import { CrowdedSecond } from './crowded-second.ts';
import type { Dictionary } from './dictionary.ts';
import { prepareReadChanges, prepareReadFlows, prepareReadHours } from './flow-table.ts';
import type { Journal } from './journal.ts';
import type { ConnectionRow, LineRecord } from './line-record.ts';
import { prepareReadMeasures } from './measures/read-measures.ts';
import { CLIENT_SIDE, LINK_KINDS, type LinkRow, SERVER_SIDE } from './pairing/links.ts';
import { createLineDecoder, type LinkOf } from './read-lines.ts';
import { prepareReadRows, type Which } from './read-rows.ts';
import type { Shapes } from './shapes.ts';
import { cutSpans, hourSpans, joinSpans, SECONDS_PER_HOUR, type Span, widened, windowOf } from './spans.ts';
import { nextWidth, prepareBusy, stepsOf } from './steps.ts';
import { readStored } from './stored.ts';

/** The two lines of a pair may start in different hours, so far apart. */
const PAIR_REACH_SECONDS = 10;
/** The same for lines that are linked. */
const LINK_REACH_SECONDS = SECONDS_PER_HOUR;

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
  const findClients = prepareFindClients(db);
  const linkedSeconds = db
    .prepare<[number, number], number>(
      `SELECT DISTINCT peer_start / 1000 FROM link
       WHERE start >= ? AND start < ? AND side <> ${CLIENT_SIDE} AND peer_start IS NOT NULL`,
    )
    .pluck();
  const counter = db.prepare<[string], number>('SELECT value FROM counter WHERE name = ?').pluck();
  const rejects = db.prepare<[], { identity: string; reason: string; lines: number; sample: string }>(
    'SELECT * FROM reject ORDER BY lines DESC, reason, identity',
  );

  const crowded = new CrowdedSecond<Found>();
  const versionNow = (): number => counter.get('version') ?? 0;

  const readBeside = (from: number, to: number): Beside => ({
    links: new Map(linkRows.all(from * 1_000, to * 1_000).map((link) => [linkKey(link, link.side), link])),
    raw: hasRaw.get(from, to) !== undefined,
  });

  /** Seconds in which what is asked for may start: of hours with such lines, or those in which its clients called. */
  const spansOf = (query: LineQuery, which: Which): Iterable<Span> => {
    const within = windowOf(query);
    const starts = clientStarts(query, which, within);
    if (starts !== null) return cutSpans(starts, within, query.order);
    const reach = which === 'pairs' ? PAIR_REACH_SECONDS : 0;
    return hourSpans(
      readHours(query.shapes, widened(within, reach), query.order),
      query.order,
      reach,
      within,
    );
  };

  /** Null: it does not matter who called. */
  const clientStarts = ({ hint }: LineQuery, which: Which, within: Span): readonly Span[] | null => {
    if (hint?.clients == null) return null;
    if (which === 'lines') return findClients(hint.clients, within);
    const starts = findClients(hint.clients, widened(within, LINK_REACH_SECONDS));
    return starts === null ? null : joinSpans([...starts, ...linkedStarts(starts)]);
  };

  /** When the clients' lines started that are linked to servers' lines of these seconds. */
  const linkedStarts = (spans: readonly Span[]): Span[] =>
    spans.flatMap(({ from, to }) =>
      linkedSeconds.all(from * 1_000, to * 1_000).map((second) => ({ from: second, to: second + 1 })),
    );

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
    const compare = query.order === 'newest' ? newestFirst : compareLines;
    const version = versionNow();
    for (const { from, to } of stepsOf(spansOf(query, which), query.order, pace, busy)) {
      onStep();
      const beside = readBeside(from, to);
      const asked = to - from === 1 ? { query, which, second: from, version } : null;
      const known = asked === null ? null : crowded.next(asked, isAsked);
      let wanted = query.limit;
      let last: LineRecord | null = null;
      for (const line of known?.found ?? []) {
        wanted = take(line, beside);
        if (wanted === 0) return;
        last = line.record;
      }
      if (known?.isWhole === true) continue;
      const rows = rowsOf(from, to, beside.links.size > 0);
      const found: Found[] = [];
      for (const row of rows) {
        for (const record of pick(row, beside)) {
          const second = Math.floor(record.start / 1_000);
          const isIn = second >= from && second < to && isAsked(record);
          if (isIn && (last === null || compare(last, record) < 0)) found.push({ record, row });
        }
      }
      found.sort((a, b) => compare(a.record, b.record));
      if (asked !== null) crowded.keep(asked, found);
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

  /** The other end of a client's line, and how it was found; null: it has none. */
  const otherOf = (
    { record, row }: Found,
    { links }: Beside,
  ): (Found & { readonly kind: PairKind }) | null => {
    if (row.server !== null) return { record: row.server, row, kind: 'full' };
    const link = links.get(linkKey(record, CLIENT_SIDE));
    if (link?.peer_start == null || link.peer_hash === null) return null;
    const other = findByHash({ start_time: link.peer_start, hash: link.peer_hash });
    return other === null ? null : { ...other, kind: LINK_KINDS[link.kind] ?? 'full' };
  };

  const timedPairOf = (
    client: Found,
    beside: Beside,
    shapes: ReadonlySet<number> | null,
  ): TimedPair | null => {
    const other = otherOf(client, beside);
    if (other === null) return null;
    if (shapes !== null && !shapes.has(client.record.shape) && !shapes.has(other.record.shape)) return null;
    return {
      outbound: decoder.timed(client.record),
      inbound: decoder.timed(other.record),
      kind: other.kind,
    };
  };

  /** Clients' lines that have another end, and may be of a pair asked for. */
  const pickPairs =
    ({ shapes: asked }: LineQuery) =>
    ({ client, server }: ConnectionRow, { links }: Beside): LineRecord[] => {
      if (client === null) return [];
      const peer = server === null ? linkedShape(client, links) : server.shape;
      if (peer === null) return [];
      // Told apart before anything is made of it, where the other end is known.
      const isOther = peer !== undefined && asked !== null && !asked.has(client.shape) && !asked.has(peer);
      return isOther ? [] : [client];
    };

  return {
    version: versionNow,
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
      collect(query, 'pairs', pickPairs(query), (found, beside) => pairOf(found, beside, query.shapes)),
    timedPairs: (query: LineQuery): TimedPair[] =>
      collect(query, 'pairs', pickPairs(query), (found, beside) => timedPairOf(found, beside, query.shapes)),
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

function newestFirst(a: LineRecord, b: LineRecord): number {
  return compareLines(b, a);
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

function readIdentity(json: string): Identity {
  const [pod = null, namespace = null, container = null, node = null] = readStored<Array<string | null>>(
    json,
    'who wrote a line',
  );
  return { pod, namespace, container, node };
}
