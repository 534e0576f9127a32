/** Commands that are promised and not there yet: they are told, and not taken for files or misspellings. */
import { Command } from 'commander';
import { AppError } from '../../domain/errors.ts';

const COMMANDS: readonly string[] = ['whatif', 'config'];

/** Commands that do nothing but say so; hidden from help, documentation and completion. */
export function addLaterCommands(program: Command): void {
  for (const name of COMMANDS) {
    const command = new Command(name).helpOption(false).allowUnknownOption().allowExcessArguments();
    program.addCommand(
      command.action(() => {
        throw notYet(`run \`meshwake ${name}\``);
      }),
      { hidden: true },
    );
  }
}

/** The commands right below one that are there. */
export function presentCommands(command: Command): readonly Command[] {
  return command.commands.filter((sub) => command.parent !== null || !COMMANDS.includes(sub.name()));
}

function notYet(what: string): AppError {
  return new AppError('not_supported', `cannot ${what}: this version of meshwake does not have it yet`, {
    remedy: 'see `meshwake --help` for what there is',
  });
}
