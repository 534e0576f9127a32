/** What the HTTP side needs from the outside. */
import type { Token } from '../auth/tokens.ts';
import type { Arrivals } from '../domain/arrivals.ts';
import type { Behind } from '../domain/behind.ts';
import type { Identity } from '../domain/entry.ts';
import type { StoreCondition } from '../domain/ports.ts';
import type { Analysis } from '../domain/queries.ts';
import type { ReportDesk } from '../domain/report-desk.ts';
import type { ReportStore } from '../domain/report-store.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { IngestMeter } from '../ingest/meter.ts';
import type { PageFiles } from './page-files.ts';

export interface Timeouts {
  /** Ms for the headers of a request to arrive. */
  readonly headers: number;
  /** Ms for a whole request to arrive, body included. */
  readonly request: number;
  /** Ms between two looks for requests that are late. */
  readonly check: number;
  /** Ms for an answer to begin; of everything but ingest. */
  readonly handler: number;
  /** Ms that the sender of a body may keep us waiting, plus a second for each KiB it has sent. */
  readonly bodyPause: number;
}

export const TIMEOUTS: Timeouts = Object.freeze({
  headers: 10_000,
  request: 300_000,
  check: 1_000,
  handler: 30_000,
  bodyPause: 10_000,
});

export interface AnswersState {
  /** What an answer would be behind, if it was asked for now; null: nothing. */
  behind(): Behind | null;
  /** 0: questions are answered where they are asked. */
  threads(): number;
}

export interface AppDeps {
  readonly analysis: Analysis;
  /** What answers are behind, and how many threads there are for them. */
  readonly answers: AnswersState;
  /** One per request body. Errors: `bad_format`. */
  readonly newIngest: (options: { readonly format: string | null; readonly identity: Identity }) => Ingest;
  /** Reports that were made. */
  readonly reports: Pick<ReportStore, 'reports' | 'report' | 'deliveriesOf'>;
  /** Who makes them. */
  readonly office: ReportDesk;
  /** When the lines began that come in. */
  readonly arrivals: Arrivals;
  /** What became of all lines, whatever their way in. */
  readonly meter: Pick<IngestMeter, 'measured'>;
  /** How the store is. */
  readonly condition: () => StoreCondition;
  /** The web page; null where it was not built. */
  readonly page: PageFiles | null;
  readonly version: string;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Who may ask for what; null when everybody may. */
  readonly tokens: readonly Token[] | null;
  /** Whether only this machine can reach us; then a request must name this machine as its host. */
  readonly loopback: boolean;
  /** True once the process is about to stop. */
  readonly isDraining: () => boolean;
  /** Where internal errors are told, as JSON lines; null for nowhere. */
  readonly log: { write(line: string): unknown } | null;
  readonly timeouts: Timeouts;
}
