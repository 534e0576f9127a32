import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import type { Io } from '../../src/cli/io.ts';
import { allCommands, buildProgram } from '../../src/cli/program.ts';
import { envName, SETTINGS } from '../../src/config.ts';
import { page, table } from './markdown.ts';

/** Columns that help is broken at. */
const WIDTH = 100;

/** docs/cli.md: the help of every command, as it prints it. */
export function cliPage(): string {
  const commands = allCommands(program());
  const settings = Object.values(SETTINGS).map((setting) => [
    { code: envName(setting.flag) },
    { code: `--${setting.flag}` },
    setting.default === null ? '' : { code: setting.default },
    setting.description,
  ]);
  return page('Commands', 'the help of the commands', [
    'Data goes to standard output, everything else to standard error. Colours are off in a pipe, with `--no-color`, with ' +
      '`NO_COLOR` and with `TERM=dumb`. A closed pipe is a normal end. Ctrl-C keeps what was read, prints the tally and ends ' +
      'with 130. The filters of `get` and `explain` are those of the API; their names may be typed with `-` or `_`, and one ' +
      'given twice means *or*.',
    '## Environment',
    'A flag beats the environment, which beats the default. `analyze` keeps lines only when `--db` is given as a flag.',
    table(['variable', 'flag', 'default', 'meaning'], settings),
    ...commands.flatMap((command) => [`## ${pathOf(command)}`, `\`\`\`text\n${helpOf(command)}\n\`\`\``]),
  ]);
}

/** `meshwake db check`. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** The commands, on streams of their own; nothing is run. */
export function program(): Command {
  const stream = Object.assign(new PassThrough(), { columns: WIDTH });
  const io: Io = {
    stdin: new PassThrough(),
    stdout: stream,
    stderr: stream,
    env: {},
    now: () => 0,
    interrupted: new AbortController().signal,
  };
  return buildProgram({ io, version: '0.0.0', color: () => false, say: () => {}, setExit: () => {} });
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => WIDTH,
  });
  command.outputHelp();
  return text.trimEnd();
}
