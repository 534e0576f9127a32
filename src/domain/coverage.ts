/** What could not be seen: the denominators of everything that was found, and of everything that was not. */
import type { Source } from './resources.ts';

/**
 * Coverage of the lines that a filter asks for. Times are RFC 3339 UTC; counts are of lines, each of which is one end
 * of a connection. Windows are widened to whole hours, which is how finely lines are summed up.
 */
export interface Coverage {
  /** Smallest and largest `start_time`; null without lines. */
  readonly first_seen: string | null;
  readonly last_seen: string | null;
  readonly lines: LineCounts;
  readonly pairing: PairingCounts;
  /** All pods that wrote lines or should have, and those shown: what there is to tell of them first. */
  readonly pods_total: number;
  readonly pods: readonly CoveragePod[];
  /** All addresses of pods whose own log was not read, and those shown: where most lines point first. */
  readonly peers_total: number;
  readonly peers: readonly CoveragePeer[];
  /** What to read too: the commands that bring most of the missing partners first. */
  readonly read_next: readonly ReadNext[];
  /** Refused lines, of all times: a line that cannot be read has no start. */
  readonly rejected: number;
  readonly rejects: readonly CoverageReject[];
  /** What no log tells, or what was judged with less than all: each where it applies. */
  readonly notes: readonly CoverageNote[];
}

/** outbound + inbound + unknown_direction = tcp + http = total. */
export interface LineCounts {
  readonly total: number;
  readonly outbound: number;
  readonly inbound: number;
  readonly unknown_direction: number;
  readonly tcp: number;
  readonly http: number;
}

/** paired + ambiguous + expected_unmatched + pending + unexplained = lines. */
export interface VerdictCounts {
  /** Lines with a partner. */
  readonly paired: number;
  readonly ambiguous: number;
  /** Lines whose other end left no line among those that were read. */
  readonly expected_unmatched: number;
  readonly pending: number;
  readonly unexplained: number;
}

export interface PairingCounts extends VerdictCounts {
  /** Lines that have a partner or should have one: all but `expected_unmatched`. */
  readonly joinable: number;
  /** Shares of the joinable lines, 0 to 1; null when there is none. */
  readonly paired_rate: number | null;
  readonly unexplained_rate: number | null;
  /** Why lines have no partner and need none, the most frequent reason first; they add up to `expected_unmatched`. */
  readonly reasons: ReadonlyArray<{ readonly reason: string; readonly lines: number }>;
}

/** One stream of lines: a pod, or, where no envelope names one (`pod` is null), an address that wrote lines. */
export interface CoveragePod extends VerdictCounts {
  readonly pod: string | null;
  readonly workload: string | null;
  readonly namespace: string | null;
  readonly node: string | null;
  readonly addresses: readonly string[];
  /** Null when it wrote none of the lines asked for. */
  readonly first_seen: string | null;
  readonly last_seen: string | null;
  readonly lines: number;
  readonly outbound: number;
  readonly inbound: number;
  readonly unknown_direction: number;
  /** Lines of other pods whose other end belongs into this log, and those of them that have no partner. */
  readonly peer_lines: number;
  readonly peer_lines_missing: number;
  /** The only direction it wrote lines of, although others show connections of the other one; null otherwise. */
  readonly one_sided: 'outbound' | 'inbound' | null;
  /** End of its last line, when others show connections with it long after; null otherwise. */
  readonly silent_since: string | null;
  /**
   * Times without its lines in which others show connections with it, between starts of its lines. `after` null: before
   * its first line was written, which is when its connection ended.
   */
  readonly gaps: readonly CoverageGap[];
  /** Most partners that others' lines call for are missing: then a single missing one says nothing. */
  readonly log_filtered: boolean;
}

export interface CoverageGap {
  readonly after: string | null;
  readonly before: string;
  /** Lines of other pods in that time without a partner. */
  readonly peer_lines: number;
}

/** A pod, by its address, that is known from the lines of others alone. */
export interface CoveragePeer {
  readonly address: string;
  /** Services that it answers for, as far as the lines tell. */
  readonly services: readonly string[];
  /** Lines that point at it: with it as the server, and as the client. */
  readonly lines: number;
  readonly as_server: number;
  readonly as_client: number;
  /** Pods that these lines are of, those with most lines first, and how many pods there are. */
  readonly seen_by: readonly Source[];
  readonly seen_by_total: number;
  readonly first_seen: string;
  readonly last_seen: string;
  /** A command that reads its log. */
  readonly command: string;
}

export interface ReadNext {
  readonly command: string;
  /** Addresses that the command stands for, and lines that point at them. */
  readonly addresses: number;
  readonly lines: number;
}

export interface CoverageReject {
  readonly reason: string;
  readonly pod: string | null;
  readonly namespace: string | null;
  readonly lines: number;
  readonly sample: string;
}

/** What a note is about. */
export const NOTE_SUBJECTS = [
  'unexplained',
  'log_filtered',
  'late_lines',
  'superseded',
  'rejected',
  'unnamed_pods',
  'unknown_direction',
  'http',
  'open_connections',
  'never_logged',
] as const;
export type NoteSubject = (typeof NOTE_SUBJECTS)[number];

/** `text` is a sentence without its full stop; `lines`: how many it is about, null when that cannot be counted. */
export interface CoverageNote {
  readonly about: NoteSubject;
  readonly text: string;
  readonly lines: number | null;
}

/** Share of joinable lines that may stay unexplained before a note says so. */
export const UNEXPLAINED_TARGET = 0.01;

/** The document with at most `limit` items in each list; the totals stay. */
export function cutCoverage(coverage: Coverage, limit: number): Coverage {
  return {
    ...coverage,
    pods: coverage.pods.slice(0, limit),
    peers: coverage.peers.slice(0, limit),
    rejects: coverage.rejects.slice(0, limit),
  };
}
