/** What really happened, to measure against. */
import type { Change, ChangeName } from './changes.ts';
import type { Pod } from './model.ts';
import { isoTime, type LineFacts } from './render.ts';

/**
 * How the two ends of a connection can be told to belong together. `full`: both addresses agree. `dnat`: the network sent
 * the connection on to another address than the client's proxy meant. `snat`: the server saw it come from another address
 * than the client's. `tunnel`: the client's proxy names no address of its own. `sni`: nothing but the name agrees, since
 * both addresses were translated on the way to a gateway. `gateway`: both addresses agree, and one end or both are a
 * gateway's. `http`: both lines are about one request. `ztunnel`: both lines are of ztunnels, which name both ends.
 * `untold`: truly two ends, but nothing in the lines tells for sure, or the line has another end that counts.
 */
export const TRUE_PAIR_KINDS = [
  'full',
  'dnat',
  'snat',
  'tunnel',
  'sni',
  'gateway',
  'http',
  'ztunnel',
  'untold',
] as const;
export type TruePairKind = (typeof TRUE_PAIR_KINDS)[number];

/** Both ends of one connection, by the ids of their lines. Of several lines about one end, any may stand for it. */
export interface TruePair {
  readonly connection: number;
  readonly kind: TruePairKind;
  /** Which kind of call it was. */
  readonly part: string;
  readonly outbound: number;
  readonly inbound: number;
}

/** A line by its id and its own start time. */
export interface TrueLine {
  readonly line: number;
  readonly start_time: string;
}

/** A pod, by name, under one change. Times are on the clocks of its proxies. */
export interface TrueSource {
  readonly pod: string;
  readonly workload: string;
  readonly namespace: string;
  readonly changed_at: string;
  /** Null when the change stays. */
  readonly restored_at: string | null;
  /** By start time. Null when no line of that state was delivered. */
  readonly last_old: TrueLine | null;
  readonly first_new: TrueLine | null;
  readonly last_new: TrueLine | null;
  readonly first_restored: TrueLine | null;
  /** Connections delivered in the new state, and those of them that failed. */
  readonly connections: number;
  readonly failures: number;
}

export interface TrueIncident {
  readonly change: ChangeName;
  readonly diagnoses: readonly string[];
  readonly port: number | null;
  readonly upstream_cluster: string | null;
  readonly misdelivered: boolean;
  readonly victims: readonly string[];
  /** Only proxies that have a line in the new state. */
  readonly sources: readonly TrueSource[];
}

export interface Truth {
  /** Lines delivered, duplicates and the proxies' own messages included. */
  readonly lines: number;
  readonly duplicates: number;
  readonly messages: number;
  readonly lost: number;
  /** Pairs with both lines delivered. */
  readonly pairs: Readonly<Record<TruePairKind, number>>;
  readonly incidents: readonly TrueIncident[];
  /** Connections opened, by kind of call. */
  readonly calls: Readonly<Record<string, number>>;
}

export type Phase = 'old' | 'new' | 'restored';

/** What the line of a connection says about a change. */
export interface Mark {
  readonly change: Change;
  readonly phase: Phase;
}

/** A connection that may become a pair; -1 until that line is delivered. */
export interface TracedConnection {
  readonly id: number;
  readonly kind: TruePairKind;
  readonly part: string;
  outbound: number;
  inbound: number;
}

/** One end of a connection. The line of a gateway is about two: the far end of one and the near end of the next. */
export interface TracedEnd {
  readonly connection: TracedConnection;
  readonly end: 'outbound' | 'inbound';
}

/** A line that may be delivered, with what only the truth knows of it. */
export interface LineRecord {
  /** Counts distinct lines; a duplicate has the id of its original. */
  readonly id: number;
  readonly pod: Pod;
  /** As logged, ms since the epoch and ms. */
  readonly start: number;
  readonly duration: number;
  /** Rendered only when it is delivered: waiting texts would take most of the memory and time. */
  readonly content: LineFacts | string;
  readonly side: 'outbound' | 'inbound' | 'message';
  readonly ends: readonly TracedEnd[];
  readonly marks: readonly Mark[];
  delivered: boolean;
}

/** The lives of one pod, when a replacement keeps the name, are one source to anyone who reads the lines. */
interface SourceTally {
  readonly pod: Pod;
  /** On the clock of that life. */
  changedAt: number;
  restoredAt: number;
  lastOld: LineRecord | null;
  firstNew: LineRecord | null;
  lastNew: LineRecord | null;
  firstRestored: LineRecord | null;
  connections: number;
  failures: number;
}

/** Collects the truth while lines are delivered. Memory grows with pods, not with lines. */
export class TruthRecorder {
  readonly #onPair: (pair: TruePair) => void;
  readonly #sources: Map<Change, Map<string, SourceTally>>;
  readonly #pairs = Object.fromEntries(TRUE_PAIR_KINDS.map((kind) => [kind, 0])) as Record<
    TruePairKind,
    number
  >;
  readonly #calls: Record<string, number> = {};
  #lines = 0;
  #duplicates = 0;
  #messages = 0;
  #lost = 0;

  constructor(changes: readonly Change[], onPair: (pair: TruePair) => void) {
    this.#onPair = onPair;
    this.#sources = new Map(changes.map((change) => [change, new Map()]));
  }

  called(kind: string): void {
    this.#calls[kind] = (this.#calls[kind] ?? 0) + 1;
  }

  lost(): void {
    this.#lost++;
  }

  delivered(record: LineRecord): void {
    this.#lines++;
    if (record.delivered) {
      this.#duplicates++;
      return;
    }
    record.delivered = true;
    if (record.side === 'message') this.#messages++;
    for (const end of record.ends) this.#completePair(record, end);
    for (const mark of record.marks) this.#tally(mark, record);
  }

  truth(): Truth {
    return {
      lines: this.#lines,
      duplicates: this.#duplicates,
      messages: this.#messages,
      lost: this.#lost,
      pairs: { ...this.#pairs },
      incidents: [...this.#sources].map(([change, sources]) => toIncident(change, sources)),
      calls: { ...this.#calls },
    };
  }

  #completePair(record: LineRecord, { connection, end }: TracedEnd): void {
    const isKnown = connection.outbound >= 0 && connection.inbound >= 0;
    connection[end] = record.id;
    if (isKnown || connection.outbound < 0 || connection.inbound < 0) return;
    this.#pairs[connection.kind]++;
    const { id, kind, part, outbound, inbound } = connection;
    this.#onPair({ connection: id, kind, part, outbound, inbound });
  }

  #tally(mark: Mark, record: LineRecord): void {
    const sources = this.#sources.get(mark.change);
    if (sources === undefined) return;
    const tally = tallyOf(sources, record.pod);
    if (mark.phase === 'old') tally.lastOld = later(tally.lastOld, record);
    else if (mark.phase === 'restored') tally.firstRestored = earlier(tally.firstRestored, record);
    else {
      const { offset } = record.pod.node;
      tally.changedAt = Math.min(tally.changedAt, mark.change.beginsFor(record.pod) + offset);
      tally.restoredAt = Math.max(tally.restoredAt, mark.change.endsFor(record.pod) + offset);
      tally.firstNew = earlier(tally.firstNew, record);
      tally.lastNew = later(tally.lastNew, record);
      tally.connections++;
      if (typeof record.content !== 'string' && record.content.flags !== '-') tally.failures++;
    }
  }
}

function tallyOf(sources: Map<string, SourceTally>, pod: Pod): SourceTally {
  const known = sources.get(pod.name);
  if (known !== undefined) return known;
  const tally: SourceTally = {
    pod,
    changedAt: Number.POSITIVE_INFINITY,
    restoredAt: Number.NEGATIVE_INFINITY,
    lastOld: null,
    firstNew: null,
    lastNew: null,
    firstRestored: null,
    connections: 0,
    failures: 0,
  };
  sources.set(pod.name, tally);
  return tally;
}

function toIncident(change: Change, sources: ReadonlyMap<string, SourceTally>): TrueIncident {
  const { name, diagnoses, port, cluster, misdelivered, victims } = change.plan;
  return {
    change: name,
    diagnoses,
    port,
    upstream_cluster: cluster,
    misdelivered,
    victims,
    sources: [...sources.values()]
      .filter((tally) => tally.firstNew !== null)
      .map(toSource)
      .sort((a, b) => (a.pod < b.pod ? -1 : a.pod > b.pod ? 1 : 0)),
  };
}

function toSource(tally: SourceTally): TrueSource {
  const { name, workload } = tally.pod;
  return {
    pod: name,
    workload: workload.name,
    namespace: workload.namespace,
    changed_at: isoTime(Math.floor(tally.changedAt)),
    restored_at: Number.isFinite(tally.restoredAt) ? isoTime(Math.floor(tally.restoredAt)) : null,
    last_old: toLine(tally.lastOld),
    first_new: toLine(tally.firstNew),
    last_new: toLine(tally.lastNew),
    first_restored: toLine(tally.firstRestored),
    connections: tally.connections,
    failures: tally.failures,
  };
}

function toLine(record: LineRecord | null): TrueLine | null {
  return record === null ? null : { line: record.id, start_time: isoTime(record.start) };
}

function later(known: LineRecord | null, record: LineRecord): LineRecord {
  return known === null || record.start > known.start ? record : known;
}

function earlier(known: LineRecord | null, record: LineRecord): LineRecord {
  return known === null || record.start < known.start ? record : known;
}
