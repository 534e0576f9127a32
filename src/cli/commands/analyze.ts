import { Command, Option } from 'commander';
import { SEVERITIES } from '../../domain/resources.ts';
import type { AnalyzeFlags } from '../actions/analyze.ts';
import { addReadOptions } from '../flags.ts';
import { REPORT_OUTPUTS } from '../report-output.ts';
import { describe, type Session } from '../session.ts';

const HELP = {
  summary: 'Read lines to the end and print what went wrong: the default command',
  examples: [
    ['stern -n app web -c istio-proxy | meshwake', 'what is wrong right now'],
    ['meshwake analyze proxy-*.log', 'several files'],
    ['stern . -A -c istio-proxy | meshwake --follow', 'each incident as it is found'],
    ['meshwake analyze --output html proxy.log > report.html', 'a report to send'],
    ['meshwake analyze evidence.json', 'what `get incidents ID --evidence` wrote'],
    ['meshwake analyze --fail-on high proxy.log', 'for a pipeline: ends with 3 when there is such a finding'],
  ],
  exits: ['3 an incident at or above --fail-on'],
} as const;

export function analyzeCommand(session: Session): Command {
  const command = new Command('analyze')
    .argument('[FILE...]', 'Files with access-log lines; `-`, or none, is standard input')
    .option(
      '--db <FILE>',
      'Keep the lines in this database, and judge all that are in it; without it nothing is kept',
    )
    .addOption(
      new Option('-o, --output <FORM>', 'Form of the report').choices(REPORT_OUTPUTS).default('text'),
    )
    .addOption(
      new Option('--fail-on <SEVERITY>', 'End with 3 when an incident is this severe or more').choices(
        SEVERITIES,
      ),
    )
    .option(
      '--follow',
      'Print each incident as soon as it is found, while lines still come in; those of lines in --db are only counted',
    );
  addReadOptions(command);
  return describe(command, HELP).action(async (files: string[], flags: AnalyzeFlags) => {
    const { analyze } = await import('../actions/analyze.ts');
    await analyze(files, flags, session);
  });
}
