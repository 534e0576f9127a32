/** Files and standard input: refused early, before a database is made or a line taken. */
import { constants, createReadStream, fstatSync } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { AppError, quoted } from '../domain/errors.ts';
import type { Io } from './io.ts';
import { arrayLines, beginsArray } from './json-array.ts';

/** Beginnings of compressed files, in hexadecimal. */
const COMPRESSED: ReadonlyArray<readonly [magic: string, program: string]> = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
  ['fd377a585a00', 'xz'],
  ['425a68', 'bzip2'],
  ['504b0304', 'zip'],
];
const READ_BYTES = 256 * 1024;

/**
 * The inputs to read, checked one by one; none given is standard input, which `-` also names.
 * Errors: `no_input` when standard input is a terminal and was not asked for; `file_missing`, `file_is_directory`,
 * `file_unreadable`.
 */
export async function checkInputs(files: readonly string[], io: Io): Promise<readonly string[]> {
  if (files.length === 0 && io.stdin.isTTY === true) {
    throw new AppError('no_input', 'cannot read standard input: it is a terminal, and no file is named');
  }
  const names = files.length === 0 ? ['-'] : files;
  for (const name of names) {
    if (name !== '-') await checkFile(name);
    else if (isDirectory(io.stdin)) {
      throw new AppError('file_is_directory', 'cannot read standard input: it is a directory');
    }
  }
  return names;
}

/**
 * The bytes of an input, chunk by chunk; ends early, without an error, when the user interrupts. An input that is one
 * JSON array comes as one record a line.
 * Errors: `input_compressed`, `file_missing`, `file_unreadable`, `bad_body`.
 */
export async function* readChunks(name: string, io: Io): AsyncGenerator<Uint8Array> {
  const chunks = readBytes(name, io);
  const { value: first, done } = await chunks.next();
  if (done === true) return;
  if (!beginsArray(first)) {
    yield first;
    yield* chunks;
    return;
  }
  try {
    yield* arrayLines(name, joined(first, chunks));
  } catch (error) {
    if (!io.interrupted.aborted) throw error;
  }
}

async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

async function* readBytes(name: string, io: Io): AsyncGenerator<Uint8Array> {
  const bytes = name === '-' ? io.stdin : createReadStream(name, { highWaterMark: READ_BYTES });
  let first = true;
  try {
    for await (const chunk of addAbortSignal(io.interrupted, bytes) as AsyncIterable<Uint8Array>) {
      if (first) refuseCompressed(name, chunk);
      first = false;
      yield chunk;
    }
  } catch (error) {
    if (io.interrupted.aborted) return;
    throw error instanceof AppError ? error : openError(name, error);
  }
}

/** The text of a small file, such as a format or tokens. Errors: as {@link checkInputs}. */
export async function readText(name: string): Promise<string> {
  await checkFile(name);
  try {
    return await readFile(name, 'utf8');
  } catch (error) {
    throw openError(name, error);
  }
}

/** Node.js reads a directory given as standard input as empty. */
function isDirectory(stdin: object): boolean {
  return 'fd' in stdin && typeof stdin.fd === 'number' && fstatSync(stdin.fd).isDirectory();
}

async function checkFile(name: string): Promise<void> {
  let directory: boolean;
  try {
    directory = (await stat(name)).isDirectory();
    await access(name, constants.R_OK);
  } catch (error) {
    throw openError(name, error);
  }
  if (directory) throw new AppError('file_is_directory', `cannot read ${quoted(name)}: it is a directory`);
}

function openError(name: string, error: unknown): AppError {
  const code = codeOf(error);
  const what = name === '-' ? 'standard input' : quoted(name);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError('file_missing', `cannot read ${what}: no such file`, { cause: error });
  }
  const cause = code === 'EACCES' ? 'permission denied' : (code ?? 'it cannot be read');
  return new AppError('file_unreadable', `cannot read ${what}: ${cause}`, { cause: error });
}

function refuseCompressed(name: string, chunk: Uint8Array): void {
  const head = Buffer.from(chunk.subarray(0, 6)).toString('hex');
  const found = COMPRESSED.find(([magic]) => head.startsWith(magic));
  if (found === undefined) return;
  const what = name === '-' ? 'standard input' : quoted(name);
  throw new AppError('input_compressed', `cannot read ${what}: it is compressed with ${found[1]}`);
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
