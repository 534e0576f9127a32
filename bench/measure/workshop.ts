/** What every benchmark gets. */
import type { FlagDefaults } from '../flags.ts';

export interface Workshop {
  /** For databases; empty, and removed at the end. */
  readonly folder: string;
  /** For files to read; kept when the user named it. */
  readonly inputs: string;
  /** Flags that all of them take. */
  readonly flags: FlagDefaults;
  /** Tells how far it is. */
  readonly tell: (text: string) => void;
}
