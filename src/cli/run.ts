/** Runs one command line to its exit status. Every error ends here: one sentence, one remedy, no stack trace. */
import { readFileSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { AppError } from '../domain/errors.ts';
import { MANIFEST } from '../domain/package-files.ts';
import { escapeText } from '../output/terminal.ts';
import { normalizeFlags } from './flags.ts';
import { ClosedPipe, type Io, note, paintFor, print } from './io.ts';
import { buildProgram, SHORT_HELP, wantsColor } from './program.ts';
import { tell } from './tell.ts';

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
    const told = error instanceof CommanderError && help !== '' ? await printed(help, error, io) : error;
    return report(told, argv, program, io);
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
function report(error: unknown, argv: readonly string[], program: Command, io: Io): number {
  if (error instanceof ClosedPipe) return 0;
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const { message, remedy, exit } = tell(error, argv, program);
  const label = paintFor(io, 'stderr', !argv.includes('--no-color')).red('error:');
  io.stderr.write(`${label} ${escapeText(message)}\n`);
  note(io, `hint: ${remedy}`);
  if (error instanceof AppError && error.code === 'no_input') io.stderr.write(`\n${SHORT_HELP}`);
  if (!(error instanceof AppError) && !(error instanceof CommanderError)) logInternal(error, io);
  return exit;
}

/** A bug is told whole, on lines that a terminal can show. */
function logInternal(error: unknown, io: Io): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  for (const line of text.split('\n')) note(io, `  ${line.trim()}`);
}

function readVersion(): string {
  // The file is our own, and npm does not install a package without a version.
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
