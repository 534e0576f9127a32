/** Runs one command line to its exit status. Every error ends here: one sentence, one remedy, no stack trace. */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { AppError, ERRORS, quoted } from '../domain/errors.ts';
import { nearest } from '../domain/nearest.ts';
import { escapeText } from '../output/terminal.ts';
import { presentCommands } from './commands/later.ts';
import { normalizeFlags } from './flags.ts';
import { ClosedPipe, type Io, note, paintFor, print } from './io.ts';
import { buildProgram, SHORT_HELP, wantsColor } from './program.ts';

/** Shape: arguments without the program itself. Returns the exit status; never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exit = 0;
  let color = true;
  let help = '';
  const session = {
    io,
    version: readVersion(),
    color: () => color,
    say: (text: string) => {
      help += text;
    },
    setExit: (status: number) => {
      exit = status;
    },
  };
  const program = buildProgram(session);
  try {
    program.hook('preAction', (_, command) => {
      color = wantsColor(command);
    });
    await program.parseAsync(normalizeFlags(argv), { from: 'user' });
    return exit;
  } catch (error) {
    const commands = presentCommands(program).map((command) => command.name());
    const told = error instanceof CommanderError && help !== '' ? await printed(help, error, io) : error;
    return report(told, argv, commands, io);
  }
}

/** Prints what commander has to say before it ends; answers the error to end with. */
async function printed(help: string, ending: CommanderError, io: Io): Promise<unknown> {
  try {
    await print(io, help);
    return ending;
  } catch (error) {
    return error;
  }
}

/** Prints an error and returns the exit status that it stands for. */
function report(error: unknown, argv: readonly string[], commands: readonly string[], io: Io): number {
  if (error instanceof ClosedPipe) return 0;
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const { message, remedy, exit } = tell(error, argv, commands);
  const label = paintFor(io, 'stderr', !argv.includes('--no-color')).red('error:');
  io.stderr.write(`${label} ${escapeText(message)}\n`);
  note(io, `hint: ${remedy}`);
  if (error instanceof AppError && error.code === 'no_input') io.stderr.write(`\n${SHORT_HELP}`);
  if (!(error instanceof AppError) && !(error instanceof CommanderError)) logInternal(error, io);
  return exit;
}

interface Told {
  readonly message: string;
  readonly remedy: string;
  readonly exit: number;
}

function tell(error: unknown, argv: readonly string[], commands: readonly string[]): Told {
  if (error instanceof CommanderError) return usage(error);
  if (!(error instanceof AppError)) {
    return { message: 'internal error: this is a bug in meshwake', remedy: ERRORS.internal.remedy, exit: 1 };
  }
  if (error.code === 'file_missing') return missingFile(error, argv, commands);
  return { message: error.message, remedy: error.remedy, exit: error.exit };
}

/** Commander says `error: …` and, on a second line, what may have been meant; of choices it names all, in words of its own. */
function usage(error: CommanderError): Told {
  if (error.code === 'commander.help')
    return { message: 'no command is named', remedy: didYouMean(null), exit: 2 };
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const meant = /\(Did you mean (.+)\?\)/.exec(suggestion ?? '')?.[1] ?? null;
  const choice = /value '(.*)' is invalid .*Allowed choices are (.*)\.$/.exec(first);
  if (choice === null) return { message: first, remedy: didYouMean(meant), exit: 2 };
  const [, given = '', choices = ''] = choice;
  return {
    message: `cannot use ${quoted(given)}: expected one of ${choices}`,
    remedy: didYouMean(nearest(given, choices.split(', '))),
    exit: 2,
  };
}

/** A word that is no file may be a command that was misspelt: `analyze` takes whatever is no command for a file. */
function missingFile(error: AppError, argv: readonly string[], commands: readonly string[]): Told {
  const [word = ''] = argv;
  const meant = commands.includes(word) ? null : nearest(word, commands);
  return {
    message: error.message,
    remedy: meant === null ? error.remedy : didYouMean(`meshwake ${meant}`),
    exit: 1,
  };
}

function didYouMean(meant: string | null): string {
  return meant === null ? ERRORS.usage.remedy : `did you mean ${meant}?`;
}

/** A bug is told whole, on lines that a terminal can show. */
function logInternal(error: unknown, io: Io): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  for (const line of text.split('\n')) note(io, `  ${line.trim()}`);
}

function readVersion(): string {
  // The file is our own, and npm does not install a package without a version.
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
