import { Argument, Command, Option } from 'commander';
import { PAGE_ITEMS_MAX } from '../../domain/limits.ts';
import { GROUPINGS, METRICS, STEP_DEFAULT } from '../../domain/timeseries.ts';
import { RESOURCE_NAMES } from '../../output/columns.ts';
import { addFilters, repeatableOption } from '../flags.ts';
import { type GetFlags as Flags, OUTPUTS } from '../get-flags.ts';
import { ANSWERS, type Resource } from '../resource.ts';
import { describe, type Session } from '../session.ts';
import { addTargetOptions } from '../target-flags.ts';

const HELP = {
  summary:
    'List connections, pairs, routes, shifts, incidents, anomalies; tell what was not seen (coverage), who calls whom (topology), how much when (timeseries), which reports were made (reports)',
  examples: [
    ['meshwake get incidents', 'the worst first'],
    ['meshwake get shifts --since 1h --port 5701 -o wide', 'what changed for one port'],
    [
      'meshwake get connections --pod "web-*" --state captured -o csv > captured.csv',
      'all of them, for a spreadsheet',
    ],
    ['meshwake get pairs --server http://meshwake:8710 -o ndjson', 'all of them, from a server'],
    [
      'meshwake get incidents ID --evidence > evidence.json',
      'all that proves it, to be read by `meshwake analyze evidence.json`',
    ],
    ['meshwake get anomalies', 'what was unusual in the last day of the lines'],
    [
      'meshwake get reports --server http://meshwake:8710',
      'reports that a server made, and what became of them',
    ],
    ['meshwake get coverage --since 1d', 'lines without a partner, logs with holes; by whole hours'],
    ['meshwake get topology --namespace app', 'from workload to destination to cluster to workload'],
    [
      'meshwake get timeseries --metric duration_p95 --step 5m --group-by upstream_cluster -o csv',
      'how long connections took, five minutes at a time',
    ],
  ],
  exits: [],
} as const;

export function getCommand(session: Session): Command {
  const command = new Command('get')
    .addArgument(resourceArgument())
    .argument('[ID]', 'One of them, by its id');
  addTargetOptions(command);
  command
    .addOption(
      new Option('-o, --output <FORM>', 'ndjson and csv give everything that matches; of coverage, its pods')
        .choices(OUTPUTS)
        .default('table'),
    )
    .option('--limit <N>', `Items at most, up to ${PAGE_ITEMS_MAX} (default: 100; with ndjson and csv: all)`)
    .option('--cursor <TEXT>', 'Go on where a page ended: its next_cursor, with the same filters')
    .option('--metric <NAME>', `Of timeseries: ${METRICS.join(', ')} (default: connections)`)
    .option('--step <DURATION>', `Of timeseries: whole minutes, such as 5m, 1h (default: ${STEP_DEFAULT})`)
    .addOption(
      repeatableOption('--group-by <NAME>', `Of timeseries: a series for each ${GROUPINGS.join(', ')}`),
    );
  command.option('--schedule <NAME>', 'Of reports: only those of this schedule');
  command.option('--evidence', 'Of one incident: its lines, pairs and timeline, as one JSON document');
  addFilters(command);
  return describe(command, HELP).action(async (resource: Resource, id: string | undefined, flags: Flags) => {
    const { answer } = await import('../actions/get.ts');
    await answer(resource, id ?? null, flags, session);
  });
}

function resourceArgument(): Argument {
  return new Argument('<RESOURCE>', 'What to list').choices([...RESOURCE_NAMES, ...ANSWERS]);
}
