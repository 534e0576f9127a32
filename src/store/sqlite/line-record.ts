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
  readonly extra: string | null;
  readonly ambiguous: boolean;
}

/** A line of unknown direction is kept as the client's. */
export interface ConnectionRow {
  readonly row: number;
  readonly client: LineRecord | null;
  readonly server: LineRecord | null;
}
