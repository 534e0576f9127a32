/** What whoever answers knows of lines that come in, and what it can ask of whoever stores them. */
import type { Behind } from '../domain/behind.ts';

/** What is told of lines that come in. */
export interface Supply {
  /** Version of the store now. */
  version(): number;
  /** At least as many flows as changed after a version; null: not known. */
  changes(since: number): number | null;
  /** Lines are being stored at this moment. */
  isBusy(): boolean;
  /** Share of the time since the last call in which it was busy, 0 to 1. */
  busyShare(): number;
  /** Resolves to true as soon as it is busy or another version is stored, to false after `ms` without either. */
  moves(ms: number): Promise<boolean>;
  /** Resolves when another version is stored, or after `ms`. */
  stored(ms: number): Promise<void>;
  /** What was stored after a version; null: nothing. */
  behind(version: number): Behind | null;
  /** Has lines wait until `resume`; resolves when none is being stored. */
  holdBack(): Promise<void>;
  resume(): void;
  /** Bytes of the write-ahead log, and a way to take it into the file. */
  logBytes(): number;
  checkpoint(): Promise<void>;
}
