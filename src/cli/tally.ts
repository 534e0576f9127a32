/** Adds up what several inputs, or several requests, came to. */
import { AppError } from '../domain/errors.ts';
import { REJECTS_SHOWN_MAX } from '../domain/limits.ts';
import type { IngestTally } from '../domain/resources.ts';
import { escapeText } from '../output/terminal.ts';
import { formatCount } from '../output/text.ts';
import { type Io, note } from './io.ts';

/** A tally whose rejects say which file they stand in. */
export interface TotalTally extends IngestTally {
  readonly rejects: ReadonlyArray<IngestTally['rejects'][number] & { readonly file?: string }>;
}

export const NO_LINES: TotalTally = Object.freeze({
  received: 0,
  accepted: 0,
  duplicates: 0,
  skipped: 0,
  rejected: 0,
  rejects: Object.freeze([]),
});

/** The sum, with the first rejects of both, `REJECTS_SHOWN_MAX` at most. */
export function addTallies(a: TotalTally, b: TotalTally): TotalTally {
  return {
    received: a.received + b.received,
    accepted: a.accepted + b.accepted,
    duplicates: a.duplicates + b.duplicates,
    skipped: a.skipped + b.skipped,
    rejected: a.rejected + b.rejected,
    rejects: [...a.rejects, ...b.rejects].slice(0, REJECTS_SHOWN_MAX),
  };
}

/** Says in each reject which file it stands in. */
export function inFile(tally: IngestTally, file: string): TotalTally {
  return { ...tally, rejects: tally.rejects.map((reject) => ({ ...reject, file })) };
}

/** Characters of a rejected line that are shown on stderr. */
const TEXT_SHOWN_MAX = 160;

/** Rejected lines that are shown on stderr. */
const NOTED_MAX = 5;

/** Shows the first rejected lines on stderr: where, why, what. */
export function noteRejects(io: Io, tally: TotalTally): void {
  const shown = tally.rejects.slice(0, NOTED_MAX);
  for (const { line, reason, text, file } of shown) {
    const where = file === undefined ? `line ${line}` : `${file}:${line}`;
    note(io, `rejected ${where}: ${reason}: ${escapeText(text).slice(0, TEXT_SHOWN_MAX)}`);
  }
  const more = tally.rejected - shown.length;
  if (more > 0) note(io, `and ${more} more rejected`);
  // Where nothing was read, the error says it.
  if (shown.some(({ reason }) => reason === 'unknown_format') && !nothingRead(tally))
    note(
      io,
      'hint: `meshwake formats detect FILE` says where such a line stops being one, and what was expected there',
    );
}

/** True when lines came and not one of them could be used although some looked as if they should. */
export function nothingRead(tally: TotalTally): boolean {
  return tally.rejected > 0 && tally.accepted + tally.duplicates === 0;
}

/** The error for lines of which none could be used. */
export function nothingUsable({ received }: TotalTally): AppError {
  const lines =
    received === 1 ? 'the line: it is no' : `any of the ${formatCount(received)} lines: none is an`;
  return new AppError('nothing_read', `cannot use ${lines} access-log line of a known format`);
}
