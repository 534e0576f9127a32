import { Command, InvalidArgumentError, Option } from 'commander';
import { withIngestRuntime } from '../../compose/ingest-runtime.ts';
import { parseDuration } from '../../domain/time.ts';
import { tallySentence } from '../../output/report/counts.ts';
import { formatJson } from '../../output/terminal.ts';
import { addReadOptions, type ReadFlags, readOptionsOf, settingOption } from '../flags.ts';
import { checkInputs } from '../input.ts';
import { interruptOf, note, print } from '../io.ts';
import { readLines } from '../read-lines.ts';
import { createClient } from '../remote.ts';
import { sendLines } from '../send-lines.ts';
import { describe, type Session } from '../session.ts';
import { noteRejects, nothingRead, nothingUsable, type TotalTally } from '../tally.ts';
import { addTargetOptions, configOf, diskFloorOf, type TargetFlags, targetOf } from '../target-flags.ts';

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

interface Flags extends ReadFlags, TargetFlags {
  readonly diskFloor?: string;
  readonly output: 'text' | 'json';
  readonly retryFor: number;
}

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
  return describe(command, HELP).action((files: string[], flags: Flags) => ingest(files, flags, session));
}

async function ingest(files: readonly string[], flags: Flags, session: Session): Promise<void> {
  const { io } = session;
  const inputs = await checkInputs(files, io);
  const tally = await deliver(inputs, flags, session);
  noteRejects(io, tally);
  note(io, tallySentence(tally));
  if (flags.output === 'json') await print(io, `${formatJson(tally)}\n`);
  const interrupt = interruptOf(io);
  if (interrupt !== null) session.setExit(interrupt.exit);
  else if (nothingRead(tally)) {
    throw nothingUsable(tally);
  }
}

async function deliver(inputs: readonly string[], flags: Flags, { io }: Session): Promise<TotalTally> {
  const options = await readOptionsOf(flags);
  const { target, token } = await targetOf(flags, io);
  if (target.kind === 'server') {
    return sendLines(inputs, { ...options, retryFor: flags.retryFor }, createClient(target.url, token), io);
  }
  const diskFloor = diskFloorOf(configOf(flags, io));
  return withIngestRuntime({ db: target.db, diskFloor }, (runtime) =>
    readLines(inputs, options, runtime, io),
  );
}

function readDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('Expected a duration such as 30s, 5m, 1h.');
  return ms;
}
