/** What every carrier needs. */
import type { ReportFormat } from '../domain/report.ts';
import type { StoredReport } from '../domain/report-store.ts';
import type { Networks } from './networks.ts';

/** The text of a report, in its own format unless another one is named. */
export type RenderStored = (report: StoredReport, format?: ReportFormat) => string;

export interface CarrierDeps {
  readonly networks: Networks;
  readonly render: RenderStored;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Of the web page, without a slash at its end; null: links are left out. */
  readonly externalUrl: string | null;
}
