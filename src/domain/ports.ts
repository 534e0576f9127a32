/** What the steps need from a store. Two stores keep this contract: SQLite, and ClickHouse when one machine is outgrown. */

import type { Address } from './address.ts';
import type { AccessLogEntry, Identity } from './entry.ts';
import type { LineColumns } from './line-columns.ts';
import type { ReportStore } from './report-store.ts';
import type { PairKind } from './resources.ts';

/**
 * Everything that a line shares with many others: who wrote it, between which addresses, with what result.
 * `id` is the store's own and holds only within one open store.
 */
export interface Shape {
  readonly id: number;
  readonly identity: Identity;
  readonly format: string;
  readonly envelope: string;
  readonly http: boolean;
  readonly upstream_cluster: string | null;
  /** Address with port, as logged. */
  readonly upstream_host: string | null;
  readonly downstream_local_address: string | null;
  /** Canonical IP of `downstream_remote_address`; null when that is none. Its port varies from line to line. */
  readonly downstream_remote_ip: string | null;
  /** True when `upstream_local_address` was printed: the upstream connection was made. */
  readonly upstream_connected: boolean;
  /** Canonical IP of `upstream_local_address`; null when that is none. */
  readonly upstream_local_ip: string | null;
  readonly requested_server_name: string | null;
  readonly response_flags: readonly string[];
  /** 0 on TCP lines. */
  readonly response_code: number | null;
  readonly response_code_details: string | null;
  readonly connection_termination_details: string | null;
  readonly upstream_transport_failure_reason: string | null;
  readonly attributes: Readonly<Record<string, string>> | null;
}

/** All connections of one shape that started within one hour: its lines but those superseded by a later one. */
export interface Flow {
  readonly shape: Shape;
  /** Hours since the epoch. */
  readonly hour: number;
  readonly connections: number;
  readonly bytes_received: number;
  readonly bytes_sent: number;
  /** Smallest and largest `start_time`, ms since the epoch. */
  readonly first: number;
  readonly last: number;
  /** Largest `start_time` + `duration`. */
  readonly end: number;
  /** Smallest and largest duration in ms, 0 where no line had one. */
  readonly duration_min: number;
  readonly duration_max: number;
  /** Lines whose other end was found, and lines with several possible other ends, so that none was taken. */
  readonly paired: number;
  readonly ambiguous: number;
}

/** The other end of a connection. */
export interface Peer {
  readonly id: string;
  readonly kind: PairKind;
  readonly score: number;
}

/** A stored line. `raw` is null when the format renders the line from `entry`. */
export interface StoredLine {
  readonly id: string;
  readonly identity: Identity;
  readonly format: string;
  readonly envelope: string;
  readonly entry: AccessLogEntry;
  readonly raw: string | null;
  readonly shapeId: number;
  readonly peer: Peer | null;
  /** On a gateway's line: the line of the client that called it. `peer` is then the server that it called. */
  readonly previous: Peer | null;
  /** True when several partners fit equally well, so that none was taken. */
  readonly ambiguous: boolean;
  /** True when a later line tells of the same connection: flows do not count it. */
  readonly superseded: boolean;
}

/** Both ends of one connection. */
export interface StoredPair {
  readonly outbound: StoredLine;
  readonly inbound: StoredLine;
  readonly kind: PairKind;
  readonly score: number;
}

/** Of a line, what tells when it was and where: less than the whole of it costs to read. */
export interface TimedLine extends Pick<StoredLine, 'identity' | 'shapeId'> {
  readonly entry: Pick<
    AccessLogEntry,
    'start_time' | 'duration' | 'method' | 'downstream_local_address' | 'downstream_remote_address'
  >;
}

/** Both ends of one connection, with their times. */
export interface TimedPair {
  readonly outbound: TimedLine;
  readonly inbound: TimedLine;
  readonly kind: PairKind;
}

/** A position in the order of `start_time`, then id. */
export interface Position {
  readonly start_time: number;
  readonly id: string;
}

export interface LineQuery {
  /** Inclusive, ms since the epoch; null is unbounded. By `start_time`. */
  readonly since: number | null;
  /** Exclusive. */
  readonly until: number | null;
  /** Only lines of these shapes; null is all. For pairs: where either end has one of them. */
  readonly shapes: ReadonlySet<number> | null;
  readonly order: 'newest' | 'oldest';
  /** Only what comes after this position in the order asked for; null from the start. */
  readonly after: Position | null;
  /** At most so many; 1 to 10 000. */
  readonly limit: number;
  /** What whoever asks keeps no others than: a store need not read those that do not fit, and may give them. */
  readonly hint?: LineHint;
}

/** What is known of lines before they are read, beside their shapes. */
export interface LineHint {
  /** Only lines whose other end is not known by both of its addresses; of pairs, those of other kinds than `full`. */
  readonly alone: boolean;
  /** Only lines, or pairs with a line, of one of these clients (`downstream_remote_address`); null: any. */
  readonly clients: readonly Address[] | null;
}

export interface RejectTally {
  readonly identity: Identity;
  readonly reason: string;
  readonly lines: number;
  /** One such line, cut. */
  readonly sample: string;
}

export interface AppendResult {
  readonly accepted: number;
  readonly duplicates: number;
}

export interface LineWriter {
  /**
   * Stores lines in one transaction and pairs them; returns when they are durable.
   * A line that is already there (same identity, same bytes) is counted as duplicate and changes nothing.
   * `taken` is called when the lines are not needed any more, if that is before they are durable.
   * Errors: `disk_full`, `db_locked`, `db_damaged`, `disk_failed`; then nothing of the batch is stored, or it is not known to be.
   */
  append(lines: LineColumns, rejects: readonly RejectTally[], taken?: () => void): Promise<AppendResult>;
  /**
   * Only where batches may wait for others, to be stored in one transaction: makes those that wait durable now. To be called
   * when no further one follows soon.
   */
  readonly settle?: () => void;
}

/** What became of the flows since a version. */
export interface FlowChanges {
  /** The version that these flows are of. */
  readonly version: number;
  /** True: `flows` are all there are, and what is not among them is gone. False: those that changed, as they are now. */
  readonly whole: boolean;
  readonly flows: readonly Flow[];
}

/** All flows of a shape, in the order of hours, as numbers: `domain/flow-numbers`. They hold until the next are handed over. */
export interface ShapeFlows {
  readonly shape: Shape;
  readonly length: number;
  readonly numbers: Float64Array;
}

/** Told all flows of one shape; once for each shape that has any. */
export type TakeFlows = (flows: ShapeFlows) => void;

/** Some lines of one hour, column by column: the first `length` places of each array. They hold until the next ones are asked for. */
export interface Measures {
  /** Hours since the epoch, of their start. */
  readonly hour: number;
  /** 1: these lines count. -1: they were told before, and are taken away again. */
  readonly sign: 1 | -1;
  readonly length: number;
  /** Of their start, within the hour. */
  readonly minutes: Uint8Array;
  /** Ids of shapes. */
  readonly shapes: Uint32Array;
  /** Codes, see `durationCode`; without meaning unless they were asked for. */
  readonly durations: Uint8Array;
  /** Bytes, 0 where a line has none; without meaning unless they were asked for. */
  readonly received: Float64Array;
  readonly sent: Float64Array;
}

export interface MeasureQuery {
  /** First and last hour since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly durations: boolean;
  readonly bytes: boolean;
}

export interface LineReader {
  /** Grows with every append that changed something; the same number means the same answers. */
  version(): number;
  /** Flows with lines in [since, until), widened to whole hours. */
  flows(window: { readonly since: number | null; readonly until: number | null }): Promise<readonly Flow[]>;
  /**
   * Flows that changed after a version, by further lines or by what became known of the other ends of theirs; all of
   * them for null, and whenever the store cannot tell: another process wrote, lines were dropped, or it is long ago.
   * Where all of them are meant, `take` is told them shape by shape, if there is one, and `flows` is empty: they are many.
   */
  changedFlows(since: number | null, take?: TakeFlows): Promise<FlowChanges>;
  /** All lines that flows count, in no order: as they are at the call, whatever is appended meanwhile. */
  measures(query: MeasureQuery): AsyncIterable<Measures>;
  lines(query: LineQuery): Promise<readonly StoredLine[]>;
  line(id: string): Promise<StoredLine | null>;
  /** Ordered by the outbound end. */
  pairs(query: LineQuery): Promise<readonly StoredPair[]>;
  /** The same pairs as `pairs`, without what it takes longer to read. */
  timedPairs(query: LineQuery): Promise<readonly TimedPair[]>;
  /** Pair by the id of either end. */
  pair(lineId: string): Promise<StoredPair | null>;
  rejects(): Promise<readonly RejectTally[]>;
  counts(): Promise<{ readonly lines: number; readonly pairs: number }>;
}

/** How a store is. Sizes in bytes. */
export interface StoreCondition {
  /** Why nothing is stored or answered any more; null: all is well. */
  readonly failure: Error | null;
  readonly databaseBytes: number;
  /** What is written and not yet part of the database proper. */
  readonly logBytes: number;
  /** Null where nobody can say. */
  readonly freeBytes: number | null;
  /** Whether so little is left that lines are refused. */
  readonly isBelowFloor: boolean;
}

export interface Store extends LineWriter, LineReader {
  readonly reports: ReportStore;
  /**
   * Drops the connections that started before `before` (ms since the epoch), cut down to the whole hour, in small steps
   * between which lines are taken and questions answered; `signal` ends it early. Errors: as `append`; what was dropped until then is gone.
   */
  prune(before: number, signal: AbortSignal): Promise<{ readonly lines: number }>;
  condition(): StoreCondition;
  close(): Promise<void>;
}

/** Renders the message of a line again, from the format it was read with. Null: that format is not known here. */
export type RenderLine = (format: string, entry: AccessLogEntry) => string | null;

/** One end of a TCP connection, as pairing sees it. All ends handed over together have the same address key. */
export interface ConnectionEnd {
  /** Ms since the epoch. `end` equals `start` when the line has no duration. */
  readonly start: number;
  readonly end: number;
  /** Null where they tell nothing: not printed, encrypted once more, or of a connection that was refused. */
  readonly bytes_received: number | null;
  readonly bytes_sent: number | null;
  readonly upstream_cluster: string | null;
  readonly requested_server_name: string | null;
  /** Address of the client's pod and of the server, as this end has them: canonical, without port; null: not known. */
  readonly client_ip: string | null;
  readonly server_ip: string | null;
  /** True for requests of HTTP/2 and later, which overlap on one connection. */
  readonly unordered: boolean;
  /** Settles the order of ends that start together; the same for the same line everywhere. */
  readonly tie: number;
}

/** Links between ends by their place in the arrays given. */
export interface Alignment {
  readonly links: ReadonlyArray<{
    readonly outbound: number;
    readonly inbound: number;
    readonly score: number;
  }>;
  readonly ambiguousOutbound: readonly number[];
  readonly ambiguousInbound: readonly number[];
}

/** Decides which ends belong together. A function of the set of ends: their order in the arrays does not matter. */
export type AlignEnds = (outbound: readonly ConnectionEnd[], inbound: readonly ConnectionEnd[]) => Alignment;

/**
 * Where two ends whose addresses agree, alone with each other, are linked by `AlignEnds` whatever else they say: the server's begins in
 * the life of the client's, give or take `clockMs`; and both have the same bytes, or end within so many ms of each other.
 */
export interface SureLimits {
  readonly clockMs: number;
  /** Neither has any bytes; one of them does not tell its bytes; their bytes differ. */
  readonly noBytesMs: number;
  readonly unknownBytesMs: number;
  readonly otherBytesMs: number;
}

/** What a store needs to know of pairing: it finds the ends that may belong together, and these rules decide. */
export interface PairingRules {
  /** Ends whose addresses agree on both sides. */
  readonly align: AlignEnds;
  readonly sure: SureLimits;
  /** Score of two ends that agree in half of their addresses, as `kind` says; null: they are not one connection. */
  readonly half: (
    kind: Exclude<PairKind, 'full'>,
    outbound: ConnectionEnd,
    inbound: ConnectionEnd,
  ) => number | null;
}
