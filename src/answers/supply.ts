/** What whoever answers knows of lines that come in, and what it can ask of whoever stores them. */
import type { Inflow } from '../domain/inflow.ts';

/** What is told of lines that come in. */
export interface Supply extends Inflow {
  /** Version of the store now. */
  version(): number;
  /** At least as many flows as changed after a version; null: not known. */
  changes(since: number): number | null;
  /** Bytes of the write-ahead log, and a way to take it into the file. */
  logBytes(): number;
  checkpoint(): Promise<void>;
}
