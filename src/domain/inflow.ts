/** What is told of lines on their way into a store, to whoever answers questions meanwhile. */
import type { Behind } from './behind.ts';

export interface Inflow {
  /** Lines are being stored, or wait for it. */
  isBusy(): boolean;
  /** Share of the time since the last call in which it was busy, 0 to 1. */
  busyShare(): number;
  /** Resolves as soon as it is busy, or another version is stored, or lines are held back: true; false after `ms` without any of it. */
  moves(ms: number): Promise<boolean>;
  /** Resolves when another version is stored, or after `ms`. */
  stored(ms: number): Promise<void>;
  /** Null: nothing was stored since that version. Of versions that are long gone, as far as is known. */
  behind(version: number): Behind | null;
  /** Lines that come from now on wait until `resume`. Resolves when none is being stored any more. */
  holdBack(): Promise<void>;
  resume(): void;
}
