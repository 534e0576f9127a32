/** All commands in one list: what is not here does not exist. */
import { Command, Option } from 'commander';
import { analyzeCommand } from './commands/analyze.ts';
import { completionCommand } from './commands/completion.ts';
import { dbCommand } from './commands/db.ts';
import { explainCommand } from './commands/explain.ts';
import { formatsCommand } from './commands/formats.ts';
import { getCommand } from './commands/get.ts';
import { ingestCommand } from './commands/ingest.ts';
import { addLaterCommands, presentCommands } from './commands/later.ts';
import { reportCommand } from './commands/report.ts';
import { serveCommand } from './commands/serve.ts';
import { describe, type Session } from './session.ts';

const HELP = {
  summary: 'Meshwake finds out where service-mesh traffic really goes, and when that changed',
  examples: [
    ['stern -n app web -c istio-proxy | meshwake', 'what is wrong right now'],
    ['stern . -A -c istio-proxy | meshwake ingest', 'keep the lines in meshwake.db'],
    ['meshwake get incidents', 'ask what was kept'],
    ['meshwake explain 10.233.66.113:5701', 'who owns an address, who calls it'],
  ],
  exits: ['3 an incident at or above --fail-on'],
} as const;

/** For somebody who typed `meshwake` alone. */
export const SHORT_HELP = `${HELP.summary}.

  stern -n NAMESPACE POD -c istio-proxy | meshwake
  meshwake analyze FILE...

See \`meshwake --help\` for the rest.
`;

/** Builds the program. It throws commander's errors instead of ending the process, and writes to the streams of `session`. */
export function buildProgram(session: Session): Command {
  const { io, version } = session;
  const program = describe(new Command('meshwake'), HELP)
    .version(`meshwake ${version} (Node.js ${process.version}, ${process.platform} ${process.arch})`)
    .option('--no-color', 'No colours, also on a terminal (also: NO_COLOR, TERM=dumb)')
    // Otherwise a command takes the options of those below it for its own, such as the --output of `formats detect`.
    .enablePositionalOptions()
    .addCommand(analyzeCommand(session), { isDefault: true })
    .addCommand(ingestCommand(session))
    .addCommand(serveCommand(session))
    .addCommand(getCommand(session))
    .addCommand(explainCommand(session))
    .addCommand(reportCommand(session))
    .addCommand(formatsCommand(session))
    .addCommand(dbCommand(session))
    .addCommand(completionCommand(session));
  addLaterCommands(program);
  for (const command of allCommands(program)) {
    command.enablePositionalOptions();
    if (command !== program) command.addOption(new Option('--no-color').hideHelp());
    command.exitOverride().configureOutput({
      writeOut: (text) => session.say(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      // The caller prints usage errors, in the same form as all others.
      outputError: () => {},
    });
  }
  return program;
}

/** Whether colours are wanted: `--no-color` may stand behind any of the words that make up a command. */
export function wantsColor(command: Command): boolean {
  const { color } = command.opts<{ color?: boolean }>();
  return color !== false && (command.parent === null || wantsColor(command.parent));
}

/** A command and everything below it. */
export function allCommands(command: Command): Command[] {
  return [command, ...presentCommands(command).flatMap(allCommands)];
}
