/** `meshwake report`: writes one report. */
import type { ReportFormat } from '../../domain/report.ts';
import { parseReportRequest } from '../../domain/report-request.ts';
import type { Severity } from '../../domain/resources.ts';
import { renderReport } from '../../output/report/render-report.ts';
import { filtersOf } from '../flags.ts';
import { interruptOf, note, print, widthOf } from '../io.ts';
import { openSource } from '../open-source.ts';
import { reaches } from '../report.ts';
import { type Session, stdoutPaint } from '../session.ts';
import type { FilterTexts } from '../source.ts';
import { configOf, type TargetFlags, targetOf } from '../target-flags.ts';

export interface ReportFlags extends TargetFlags {
  readonly output: ReportFormat;
  readonly failOn?: Severity;
  readonly compareSince?: string;
  readonly testDelivery?: string;
  readonly config?: string;
}

/** Errors: those of `testDelivery`. */
async function test(target: string, flags: ReportFlags, { io }: Session): Promise<void> {
  const { testDelivery } = await import('../test-delivery.ts');
  const where = await testDelivery(target, configOf(flags, io).get('config'), io);
  note(io, `${target} has it: ${where}`);
}

export async function report(flags: ReportFlags, session: Session): Promise<void> {
  const { io } = session;
  if (flags.testDelivery !== undefined) return test(flags.testDelivery, flags, session);
  const texts: FilterTexts = {
    ...filtersOf({ ...flags }),
    ...(flags.compareSince === undefined ? {} : { compare_since: [flags.compareSince] }),
  };
  // Wrong questions are wrong wherever the data is.
  parseReportRequest(texts, io.now());
  const { target, token } = await targetOf(flags, io);
  const source = await openSource(target, io, token);
  try {
    const made = await source.report(texts);
    await print(io, renderReport(made, flags.output, { paint: stdoutPaint(session), width: widthOf(io) }));
    const { severity } = made;
    if (flags.failOn !== undefined && severity !== null && reaches([severity], flags.failOn))
      session.setExit(3);
  } finally {
    await source.close();
  }
  const interrupt = interruptOf(io);
  if (interrupt !== null) session.setExit(interrupt.exit);
}
