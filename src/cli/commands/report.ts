import { Command, Option } from 'commander';
import { filtersFor } from '../../domain/filter-scope.ts';
import { REPORT_FORMATS, type ReportFormat } from '../../domain/report.ts';
import { parseReportRequest } from '../../domain/report-request.ts';
import { SEVERITIES, type Severity } from '../../domain/resources.ts';
import { renderReport } from '../../output/report/render-report.ts';
import { addFilters, filtersOf, settingOption } from '../flags.ts';
import { interruptOf, note, print, widthOf } from '../io.ts';
import { openSource } from '../open-source.ts';
import { reaches } from '../report.ts';
import { describe, type Session, stdoutPaint } from '../session.ts';
import type { FilterTexts } from '../source.ts';
import { addTargetOptions, configOf, type TargetFlags, targetOf } from '../target-flags.ts';

const HELP = {
  summary: 'Write one report for a window of time: what changed, what is unusual, what to do',
  examples: [
    ['meshwake report', 'the last day, to read here'],
    ['meshwake report --since 7d --output html > week.html', 'one file, to send or to print'],
    [
      'meshwake report --since 1h --compare-since 2026-11-26T09:00:00Z',
      'after an upgrade at nine: which calls go another way',
    ],
    [
      'meshwake report --namespace app --fail-on high',
      'for a pipeline: ends with 3 when there is such an incident',
    ],
    [
      'meshwake report --config meshwake.yaml --test-delivery team',
      'whether a target of `serve --config` is reached',
    ],
    ['meshwake report --server http://meshwake:8710 --output json', 'from a server, for a program'],
  ],
  exits: ['3 an incident at or above --fail-on'],
} as const;

interface Flags extends TargetFlags {
  readonly output: ReportFormat;
  readonly failOn?: Severity;
  readonly compareSince?: string;
  readonly testDelivery?: string;
  readonly config?: string;
}

export function reportCommand(session: Session): Command {
  const command = new Command('report');
  addTargetOptions(command);
  command
    .addOption(
      new Option('-o, --output <FORM>', 'Form of the report').choices(REPORT_FORMATS).default('text'),
    )
    .addOption(
      new Option('--fail-on <SEVERITY>', 'End with 3 when an incident is this severe or more').choices(
        SEVERITIES,
      ),
    )
    .option(
      '--compare-since <TIME>',
      'Compare the routing since this time with the routing before it (default: --since)',
    );
  addFilters(command, filtersFor('reports'));
  command
    .option('--test-delivery <NAME>', 'Send a target of the configuration something that says it is a test')
    .addOption(settingOption('config'));
  return describe(command, HELP).action((flags: Flags) =>
    flags.testDelivery === undefined ? report(flags, session) : test(flags.testDelivery, flags, session),
  );
}

/** Errors: those of `testDelivery`. */
async function test(target: string, flags: Flags, { io }: Session): Promise<void> {
  const { testDelivery } = await import('../test-delivery.ts');
  const where = await testDelivery(target, configOf(flags, io).get('config'), io);
  note(io, `${target} has it: ${where}`);
}

async function report(flags: Flags, session: Session): Promise<void> {
  const { io } = session;
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
