/** What became of all lines of a process, whatever their way in: for whoever watches it. */

/** Numbers of lines, each since the process began. */
export interface LineTotals {
  readonly received: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly rejected: number;
  /** Lines that the store did not take: their senders were told to send them again. */
  readonly failed: number;
}

export interface Measured {
  /** received = accepted + duplicates + skipped + rejected + failed + those that are not stored yet. */
  readonly lines: LineTotals;
  /** Rejected lines by reason. */
  readonly rejects: ReadonlyMap<string, number>;
  /** Ms that the oldest line that is not stored yet has waited; 0 for none. */
  readonly oldestWaitMs: number;
}

/** Told by every ingest of what it does. */
export interface IngestMeter {
  add(more: LineTotals): void;
  reject(reason: string): void;
  /** A batch has its first line. Answers how to say that it is stored, or lost. */
  begin(): () => void;
  measured(): Measured;
}

export function createIngestMeter(): IngestMeter {
  const lines = { received: 0, accepted: 0, duplicates: 0, skipped: 0, rejected: 0, failed: 0 };
  const rejects = new Map<string, number>();
  /** When batches that are not stored yet had their first line; in that order. */
  const waiting = new Set<{ readonly since: number }>();
  return {
    add(more) {
      lines.received += more.received;
      lines.accepted += more.accepted;
      lines.duplicates += more.duplicates;
      lines.skipped += more.skipped;
      lines.rejected += more.rejected;
      lines.failed += more.failed;
    },
    reject: (reason) => void rejects.set(reason, (rejects.get(reason) ?? 0) + 1),
    begin() {
      const batch = { since: performance.now() };
      waiting.add(batch);
      return () => void waiting.delete(batch);
    },
    measured() {
      const [oldest] = waiting;
      const oldestWaitMs = oldest === undefined ? 0 : performance.now() - oldest.since;
      return { lines: { ...lines }, rejects: new Map(rejects), oldestWaitMs };
    },
  };
}
