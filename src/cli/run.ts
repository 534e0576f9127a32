/** Runs one command line to its exit status. Every error ends here: one sentence, one remedy, no stack trace. */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { AppError, ERRORS } from '../domain/errors.ts';
import { escapeText } from '../output/terminal.ts';
import { normalizeFlags } from './flags.ts';
import { ClosedPipe, type Io, note, paintFor } from './io.ts';
import { buildProgram, SHORT_HELP } from './program.ts';

/** Shape: arguments without the program itself. Returns the exit status; never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exit = 0;
  let color = true;
  const session = {
    io,
    version: readVersion(),
    color: () => color,
    setExit: (status: number) => {
      exit = status;
    },
  };
  try {
    const program = buildProgram(session);
    program.hook('preAction', () => {
      color = program.opts<{ color: boolean }>().color;
    });
    await program.parseAsync(normalizeFlags(argv), { from: 'user' });
    return exit;
  } catch (error) {
    return report(error, io, !argv.includes('--no-color'));
  }
}

/** Prints an error and returns the exit status that it stands for. */
function report(error: unknown, io: Io, color: boolean): number {
  if (error instanceof ClosedPipe) return 0;
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const { message, remedy, exit } = tellable(error);
  const label = paintFor(io, 'stderr', color).red('error:');
  io.stderr.write(`${label} ${escapeText(message)}\n`);
  note(io, `hint: ${remedy}`);
  if (error instanceof AppError && error.code === 'no_input') io.stderr.write(`\n${SHORT_HELP}`);
  if (!(error instanceof AppError) && !(error instanceof CommanderError)) logInternal(error, io);
  return exit;
}

function tellable(error: unknown): { message: string; remedy: string; exit: number } {
  if (error instanceof AppError) return { message: error.message, remedy: error.remedy, exit: error.exit };
  if (error instanceof CommanderError) return usage(error);
  return { message: 'internal error: this is a bug in meshwake', remedy: ERRORS.internal.remedy, exit: 1 };
}

/** Commander says `error: …` and, on a second line, what may have been meant. */
function usage(error: CommanderError): { message: string; remedy: string; exit: number } {
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const meant = /\(Did you mean (.+)\?\)/.exec(suggestion ?? '')?.[1];
  return {
    message: error.code === 'commander.help' ? 'no command given' : first,
    remedy: meant === undefined ? ERRORS.usage.remedy : `did you mean ${meant}?`,
    exit: 2,
  };
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
