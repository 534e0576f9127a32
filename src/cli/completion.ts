/** Completion scripts, made from the commands themselves so that they cannot fall behind. */
import type { Command } from 'commander';
import { presentCommands } from './commands/later.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What can follow a command: its words are complete candidates. */
export interface CommandWords {
  /** `meshwake`, `meshwake get`, `meshwake db check`. */
  readonly path: string;
  /** Subcommands and fixed arguments, then flags. */
  readonly words: readonly string[];
}

/** Every command with the words that may follow it. */
export function describeCommands(program: Command): readonly CommandWords[] {
  return walk(program, program.name());
}

function walk(command: Command, path: string): CommandWords[] {
  const subcommands = presentCommands(command).map((sub) => sub.name());
  const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  const flags = command.options
    .filter((option) => !option.hidden)
    .map((option) => option.long ?? option.short ?? '');
  return [
    { path, words: [...subcommands, ...choices, ...flags, '--help'] },
    ...presentCommands(command).flatMap((sub) => walk(sub, `${path} ${sub.name()}`)),
  ];
}

export function formatCompletion(shell: Shell, commands: readonly CommandWords[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return `#compdef meshwake\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
    case 'fish':
      return fish(commands);
  }
}

/** The longest path of commands that was typed decides; flags and values between them are passed over. */
function bash(commands: readonly CommandWords[]): string {
  const cases = commands.map(({ path, words }) => `    '${path}') words='${words.join(' ')}' ;;`);
  const paths = commands.map(({ path }) => `'${path}'`).join('|');
  return `_meshwake() {
  local path=meshwake word words='' current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${paths}) path="$path $word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _meshwake meshwake
`;
}

function fish(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ path, words }) =>
    words.map((word) => {
      const seen = path
        .split(' ')
        .slice(1)
        .map((part) => `__fish_seen_subcommand_from ${part}`);
      const condition = seen.length === 0 ? '__fish_use_subcommand' : seen.join('; and ');
      const candidate = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c meshwake -n '${condition}' ${candidate}`;
    }),
  );
  return `${lines.join('\n')}\n`;
}
