import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../domain/time.ts';
import type { IngestFlags } from '../actions/ingest.ts';
import { addReadOptions, settingOption } from '../flags.ts';
import { describe, type Session } from '../session.ts';
import { addTargetOptions } from '../target-flags.ts';

const HELP = {
  summary: 'Append lines to a database, or send them to a server',
  examples: [
    ['stern . -A -c istio-proxy | meshwake ingest', 'keep everything from now on in meshwake.db'],
    ['meshwake ingest --db mesh.db proxy-*.log', 'files; the same lines again change nothing'],
    [
      'stern . -A -c istio-proxy | meshwake ingest --server http://meshwake:8710',
      'to a server, again until it has them',
    ],
    [
      'kubectl logs web-0 -c istio-proxy | meshwake ingest -n app --pod web-0',
      'lines that do not say whose they are',
    ],
  ],
  exits: [],
} as const;

export function ingestCommand(session: Session): Command {
  const command = new Command('ingest').argument(
    '[FILE...]',
    'Files with access-log lines; `-`, or none, is standard input',
  );
  addTargetOptions(command);
  addReadOptions(command);
  command
    .addOption(settingOption('disk_floor'))
    .addOption(
      new Option('-o, --output <FORM>', 'Form of the tally: text on stderr, json on stdout')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(
      new Option('--retry-for <DURATION>', 'With --server: how long a batch is tried again, for example 5m')
        .argParser(readDuration)
        .default(300_000, '5m'),
    );
  return describe(command, HELP).action(async (files: string[], flags: IngestFlags) => {
    const { ingest } = await import('../actions/ingest.ts');
    await ingest(files, flags, session);
  });
}

function readDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('Expected a duration such as 30s, 5m, 1h.');
  return ms;
}
