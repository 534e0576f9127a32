import { Argument, Command } from 'commander';
import { describeCommands, formatCompletion, SHELLS, type Shell } from '../completion.ts';
import { print } from '../io.ts';
import { describe, type Session } from '../session.ts';

const HELP = {
  summary: 'Print a completion script for a shell',
  examples: [
    ['source <(meshwake completion bash)', 'for this bash'],
    ['meshwake completion zsh > ~/.zfunc/_meshwake', 'for every zsh, with ~/.zfunc in fpath'],
    ['meshwake completion fish > ~/.config/fish/completions/meshwake.fish', 'for every fish'],
  ],
  exits: [],
} as const;

export function completionCommand(session: Session): Command {
  const command = new Command('completion').addArgument(
    new Argument('<SHELL>', 'Which shell').choices(SHELLS),
  );
  return describe(command, HELP).action((shell: Shell, _flags: unknown, self: Command) =>
    print(session.io, formatCompletion(shell, describeCommands(self.parent ?? self))),
  );
}
