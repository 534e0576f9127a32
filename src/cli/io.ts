/** The process as the commands see it: streams, environment, clock, signals. */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import picocolors from 'picocolors';
import { AppError } from '../domain/errors.ts';
import { NO_PAINT, type Paint } from '../output/paint.ts';
import { escapeText } from '../output/terminal.ts';

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Io {
  readonly stdin: Readable & Terminal;
  readonly stdout: Writable & Terminal;
  readonly stderr: Writable & Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Aborted by SIGINT or SIGTERM, with the {@link Interrupt} as its reason. */
  readonly interrupted: AbortSignal;
}

/** Why a command was stopped, and the exit status that says so. */
export interface Interrupt {
  readonly signal: 'SIGINT' | 'SIGTERM';
  readonly exit: number;
}

/** Thrown by {@link print} when nobody reads any more: a normal end. */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe';
}

/** Columns of text where the terminal is wider, or does not tell. */
const WIDTH_MAX = 100;
/** Narrower than this is no terminal that somebody reads on: some tell 0. */
const WIDTH_MIN = 20;

/** Writes data and waits until it may be followed by more. Errors: {@link ClosedPipe}, `output_unwritable`. */
export async function print(io: Io, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    io.stdout.write(text, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(isClosedPipe(error) ? new ClosedPipe() : unwritable(error));
    });
  });
}

/** Writes one line for people to stderr; what is unsafe in it is escaped. */
export function note(io: Io, text: string): void {
  io.stderr.write(`${escapeText(text)}\n`);
}

/** Colours of one stream: off in a pipe, with NO_COLOR, with TERM=dumb, and when `color` is false. */
export function paintFor(io: Io, stream: 'stdout' | 'stderr', color: boolean): Paint {
  const wanted = color && io[stream].isTTY === true && !io.env.NO_COLOR && io.env.TERM !== 'dumb';
  return wanted ? picocolors.createColors(true) : NO_PAINT;
}

/** Columns to break text at. */
export function widthOf(io: Io): number {
  const columns = io.stdout.columns ?? WIDTH_MAX;
  return columns < WIDTH_MIN ? WIDTH_MAX : Math.min(columns, WIDTH_MAX);
}

/** The real process. The first signal aborts `interrupted`; a second one ends the process at once. */
export function processIo(): Io {
  const controller = new AbortController();
  for (const [signal, exit] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(exit);
      controller.abort({ signal, exit } satisfies Interrupt);
    });
  }
  // Each write has its own callback; without a listener the stream would end the process with a stack trace.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    now: Date.now,
    interrupted: controller.signal,
  };
}

/** The interrupt that happened, or null. */
export function interruptOf(io: Io): Interrupt | null {
  // The reason is what `processIo`, or a test in its place, aborted with.
  return io.interrupted.aborted ? (io.interrupted.reason as Interrupt) : null;
}

/** Waits until everything written has left the process, or cannot. */
export async function drain(stream: Writable): Promise<void> {
  if (stream.writableLength === 0 || stream.destroyed) return;
  await Promise.race([once(stream, 'drain'), once(stream, 'close'), once(stream, 'error')]).catch(() => {});
}

/** What the system says when a file, or the disk below it, takes no more. */
const WRITE_CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file is as large as it may be',
  EIO: 'the device failed',
};

function unwritable(error: Error): AppError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  const cause = code === null ? error.message : `${WRITE_CAUSES[code] ?? 'the system refuses'} (${code})`;
  return new AppError('output_unwritable', `cannot write standard output: ${cause}`, { cause: error });
}

function isClosedPipe(error: Error): boolean {
  return 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}
