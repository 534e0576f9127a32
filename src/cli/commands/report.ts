import { Command, Option } from 'commander';
import { filtersFor } from '../../domain/filter-scope.ts';
import { REPORT_FORMATS } from '../../domain/report.ts';
import { SEVERITIES } from '../../domain/resources.ts';
import type { ReportFlags } from '../actions/report.ts';
import { addFilters, settingOption } from '../flags.ts';
import { describe, type Session } from '../session.ts';
import { addTargetOptions } from '../target-flags.ts';

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
  return describe(command, HELP).action(async (flags: ReportFlags) => {
    const { report } = await import('../actions/report.ts');
    await report(flags, session);
  });
}
