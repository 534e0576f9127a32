import { Command, Option } from 'commander';
import type { DetectOutput } from '../actions/formats.ts';
import { describe, type Session } from '../session.ts';

const HELP = {
  summary: 'List the known log formats',
  examples: [
    ['meshwake formats', 'names and titles'],
    ['meshwake formats -o json', 'with format strings, sources and a sample line each'],
    ['meshwake formats detect proxy.log', 'which format each line is in, and why a line is refused'],
  ],
  exits: [],
} as const;

const DETECT_HELP = {
  summary: 'Say which format and envelope each line is in, and why a line is refused',
  examples: [
    ['meshwake formats detect proxy.log', 'a file'],
    ['stern -n app web -c istio-proxy --tail 20 --no-follow | meshwake formats detect', 'what stern prints'],
  ],
  exits: [],
} as const;

const DETECT_OUTPUTS: readonly DetectOutput[] = ['text', 'json', 'ndjson'];

export function formatsCommand(session: Session): Command {
  const command = new Command('formats').addOption(
    new Option('-o, --output <FORM>', 'Form of the list').choices(['table', 'json']).default('table'),
  );
  describe(command, HELP).action(async (flags: { output: 'table' | 'json' }) => {
    const { list } = await import('../actions/formats.ts');
    await list(flags.output, session.io);
  });
  return command.addCommand(detectCommand(session));
}

function detectCommand(session: Session): Command {
  const command = new Command('detect')
    .argument('[FILE]', 'File with log lines; `-`, or none, is standard input')
    .addOption(
      new Option('-o, --output <FORM>', 'Form of the answer').choices(DETECT_OUTPUTS).default('text'),
    );
  return describe(command, DETECT_HELP).action(
    async (file: string | undefined, flags: { output: DetectOutput }) => {
      const { detect } = await import('../actions/formats.ts');
      await detect(file, flags.output, session.io);
    },
  );
}
