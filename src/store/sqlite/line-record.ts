/**
 * What is known of a line besides its partner. Ambiguous: several lines fit equally well, so that none was taken.
 * Superseded: a later line tells of the same connection, as with logs that are flushed while it is open.
 */
export type Standing = typeof PLAIN | typeof AMBIGUOUS | typeof SUPERSEDED;
export const PLAIN = 0;
export const AMBIGUOUS = 1;
export const SUPERSEDED = 2;

/** Hashes are stored less this, so that they fit in six bytes. */
export const HASH_BASE = 2 ** 47;

/** A line in the store's own codes. */
export interface LineRecord {
  readonly shape: number;
  /** Ms since the epoch. */
  readonly start: number;
  readonly duration: number | null;
  readonly received: number | null;
  readonly sent: number | null;
  /** NO_PORT when there is none. */
  readonly upstreamLocalPort: number;
  readonly downstreamRemotePort: number;
  /** 48 bits. */
  readonly hash: number;
  /** True when shape and numbers do not tell the hash. */
  readonly ownHash: boolean;
  readonly extra: string | null;
  readonly standing: Standing;
}

/** A line of unknown direction is kept as the client's. */
export interface ConnectionRow {
  readonly row: number;
  readonly client: LineRecord | null;
  readonly server: LineRecord | null;
}
