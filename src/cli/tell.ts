/** Says what went wrong on a command line: one sentence, one remedy, one exit status. */
import { type Command, CommanderError } from 'commander';
import { AppError, ERRORS, quoted } from '../domain/errors.ts';
import { nearest } from '../domain/nearest.ts';
import { presentCommands } from './commands/later.ts';

export interface Told {
  readonly message: string;
  readonly remedy: string;
  readonly exit: number;
}

/** What to print for an error, and the exit status. Shape: `argv` as typed, `program` with all commands. */
export function tell(error: unknown, argv: readonly string[], program: Command): Told {
  if (error instanceof CommanderError) return usage(error, commandOf(argv, program));
  if (!(error instanceof AppError)) {
    return { message: 'internal error: this is a bug in meshwake', remedy: ERRORS.internal.remedy, exit: 1 };
  }
  if (error.code === 'file_missing') return missingFile(error, argv, program);
  return { message: error.message, remedy: error.remedy, exit: error.exit };
}

/** How commander says that a value is none of the choices, of an option or of an argument. */
const NO_CHOICE =
  /^(?:option '(?:.*, )?(--[\w-]+).*' argument|command-argument value) '(.*)' is invalid.*Allowed choices are (.*)\.$/;

/** Commander says `error: …` and, on a second line, what may have been meant; of choices it names all, in words of its own. */
function usage(error: CommanderError, command: Command): Told {
  const help = helpOf(command);
  if (error.code === 'commander.help') return { message: 'no command is named', remedy: help, exit: 2 };
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const meant = /\(Did you mean (.+)\?\)/.exec(suggestion ?? '')?.[1] ?? null;
  const choice = NO_CHOICE.exec(first);
  if (choice === null) {
    const choices = error.code === 'commander.missingArgument' ? choicesOf(command) : '';
    return { message: first + choices, remedy: meant === null ? help : didYouMean(meant), exit: 2 };
  }
  const [, flag, given = '', choices = ''] = choice;
  const near = nearest(given, choices.split(', '));
  return {
    message: `cannot use ${quoted(given)}${flag === undefined ? '' : ` for ${flag}`}: expected one of ${choices}`,
    remedy: near === null ? help : didYouMean(near),
    exit: 2,
  };
}

/** The command that was meant: the words in front, as far as they name commands. */
function commandOf(argv: readonly string[], program: Command): Command {
  let command = program;
  for (const word of argv.filter((argument) => !argument.startsWith('-'))) {
    const below = presentCommands(command).find((sub) => sub.name() === word);
    if (below === undefined) break;
    command = below;
  }
  return command;
}

/** Flags without a command are those of `analyze`. */
function helpOf(command: Command): string {
  const own = `see \`${pathOf(command)} --help\``;
  return command.parent === null ? `${own}, or \`${pathOf(command)} analyze --help\`` : own;
}

/** `meshwake db check`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** What an argument that is missing may be. */
function choicesOf(command: Command): string {
  const choices = command.registeredArguments.find((argument) => argument.required)?.argChoices;
  return choices === undefined ? '' : `: expected one of ${choices.join(', ')}`;
}

/** A word that is no file may be a command that was misspelt: `analyze` takes whatever is no command for a file. */
function missingFile(error: AppError, argv: readonly string[], program: Command): Told {
  const commands = presentCommands(program).map((command) => command.name());
  const [word = ''] = argv;
  const meant = commands.includes(word) ? null : nearest(word, commands);
  return {
    message: error.message,
    remedy: meant === null ? error.remedy : didYouMean(`meshwake ${meant}`),
    exit: 1,
  };
}

function didYouMean(meant: string): string {
  return `did you mean ${meant}?`;
}
