/** What every command is given, and how it says with which status the process ends. */
import type { Command } from 'commander';
import type { Paint } from '../output/paint.ts';
import { type Io, paintFor } from './io.ts';

export interface Session {
  readonly io: Io;
  readonly version: string;
  /** Whether `--no-color` was not given. */
  color(): boolean;
  /** Keeps help and the version for the end of the command, where they are written with care. */
  say(text: string): void;
  /** Exit status of a command that ends without an error; 0 unless set. */
  setExit(status: number): void;
}

export function stdoutPaint(session: Session): Paint {
  return paintFor(session.io, 'stdout', session.color());
}

export interface HelpText {
  /** One line, for the list of commands and as the first line of the command's help. */
  readonly summary: string;
  /** Command lines that work as they stand, with what each is for. */
  readonly examples: ReadonlyArray<readonly [command: string, meaning: string]>;
  /** Exit statuses beyond 0 done, 1 failed, 2 wrong usage. */
  readonly exits: readonly string[];
}

/** Puts purpose and examples before the usage, and exit statuses at the end. */
export function describe(command: Command, help: HelpText): Command {
  const width = Math.max(0, ...help.examples.map(([line]) => line.length));
  const examples = help.examples.map(([line, meaning]) => `  ${line.padEnd(width)}  # ${meaning}`).join('\n');
  const exits = ['0 done', '1 failed', '2 wrong usage', ...help.exits].join(', ');
  return command
    .summary(help.summary)
    .addHelpText('before', `${help.summary}\n\nExamples:\n${examples}\n`)
    .addHelpText('after', `\nExit status: ${exits}`);
}
