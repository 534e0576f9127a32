/** Files and standard input: refused early, before a database is made or a line taken. */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { AppError } from '../domain/errors.ts';
import { beginsLokiExport, mayBeginLokiExport } from '../ingest/loki-export.ts';
import { bytesOf, headed, joined } from '../ingest/stream-bytes.ts';
import { beginsEvidence, evidenceLines, mayBeginEvidence, type OnEvidence } from './evidence-file.ts';
import { HEAD_BYTES, plainBytes, refuseForm, refuseInside } from './input-form.ts';
import type { Io } from './io.ts';
import { arrayLines, beginsArray, lokiLines, mayBeginArray } from './json-array.ts';
import { checkFile, openError } from './text-file.ts';

/** Bytes read at once: not more than the nearer memory of a processor holds until they are parsed. */
const READ_BYTES = 256 * 1024;
/** After so long whatever else waits has its turn: signals, timers, the thread that stores. */
const TURN_MS = 5;

/**
 * The inputs to read, checked one by one; none given is standard input, which `-` also names.
 * Errors: `no_input` when standard input is a terminal and was not asked for; `file_missing`, `file_is_directory`,
 * `file_unreadable`, `input_compressed`.
 */
export async function checkInputs(files: readonly string[], io: Io): Promise<readonly string[]> {
  if (files.length === 0 && io.stdin.isTTY === true) {
    throw new AppError('no_input', 'cannot read standard input: it is a terminal, and no file is named');
  }
  const names = files.length === 0 ? ['-'] : files;
  for (const name of names) {
    if (name === '-') await checkStdin(io.stdin);
    else {
      await checkFile(name);
      await refuseHead(name, await readFileHead(name));
    }
  }
  return names;
}

/** True where all inputs are ordinary files with names: they can be read again. */
export async function areFiles(names: readonly string[]): Promise<boolean> {
  for (const name of names) if (name === '-' || !(await stat(name)).isFile()) return false;
  return true;
}

/**
 * The bytes of an input, chunk by chunk, unpacked and in UTF-8; ends early, without an error, when the user interrupts.
 * An input that is one JSON array, the answer to a query of Loki, or a document of evidence, comes as one record a line. A
 * chunk holds until the next one is asked for.
 * Errors: `input_compressed`, `input_damaged`, `file_missing`, `file_unreadable`, `bad_body`.
 */
export async function* readChunks(
  name: string,
  io: Io,
  onEvidence: OnEvidence = () => {},
): AsyncGenerator<Uint8Array> {
  try {
    yield* records(name, plainBytes(name, readBytes(name, io)), onEvidence);
  } catch (error) {
    // What was cut off by the interrupt is no fault of the input.
    if (!io.interrupted.aborted) throw error;
  }
}

async function* records(
  name: string,
  bytes: AsyncGenerator<Uint8Array>,
  onEvidence: OnEvidence,
): AsyncGenerator<Uint8Array> {
  const mayBegin = [mayBeginArray, mayBeginLokiExport, mayBeginEvidence];
  const chunks = headed(bytes, (head) => !mayBegin.some((may) => may(head)));
  const { value: first, done } = await chunks.next();
  if (done === true) return;
  const all = joined(first, chunks);
  if (beginsArray(first)) yield* arrayLines(name, all);
  else if (beginsLokiExport(first)) yield* lokiLines(name, all);
  else if (beginsEvidence(first)) yield* evidenceLines(name, all, onEvidence);
  else yield* all;
}

async function* readBytes(name: string, io: Io): AsyncGenerator<Uint8Array> {
  try {
    if (name === '-' && isFile(io.stdin)) yield* fileBytes(io.stdin.fd, io.interrupted);
    else if (name !== '-' && (await stat(name)).isFile()) yield* namedBytes(name, io.interrupted);
    else yield* bytesOf(addAbortSignal(io.interrupted, name === '-' ? io.stdin : createReadStream(name)));
  } catch (error) {
    if (!io.interrupted.aborted) throw openError(name, error);
  }
}

async function* namedBytes(name: string, interrupted: AbortSignal): AsyncGenerator<Uint8Array> {
  const fd = openSync(name, 'r');
  try {
    yield* fileBytes(fd, interrupted);
  } finally {
    closeSync(fd);
  }
}

/**
 * The bytes of an ordinary file, read without handing that to another thread and being woken by it: mostly they are in memory already. All
 * chunks behind the first lie in one buffer, which is filled again and again.
 */
async function* fileBytes(fd: number, interrupted: AbortSignal): AsyncGenerator<Uint8Array> {
  const head = fill(fd, Buffer.allocUnsafeSlow(HEAD_BYTES));
  if (head.length > 0) yield head;
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  for (let since = 0; !interrupted.aborted; ) {
    const length = readSync(fd, buffer, 0, buffer.length, null);
    if (length === 0) return;
    yield buffer.subarray(0, length);
    if (performance.now() - since < TURN_MS) continue;
    await turn();
    since = performance.now();
  }
}

/** Reads until the buffer is full or the file ends: whoever looks at the beginning need not put it together. */
function fill(fd: number, buffer: Buffer): Buffer {
  for (let length = 0; ; ) {
    const more = readSync(fd, buffer, length, buffer.length - length, null);
    length += more;
    if (more === 0 || length === buffer.length) return buffer.subarray(0, length);
  }
}

/** True for standard input that is an ordinary file. */
function isFile(stdin: object): stdin is { readonly fd: number } {
  return 'fd' in stdin && typeof stdin.fd === 'number' && fstatSync(stdin.fd).isFile();
}

/** Node.js reads a directory given as standard input as empty. What comes from a pipe is looked at when it comes. */
async function checkStdin(stdin: object): Promise<void> {
  if (!('fd' in stdin) || typeof stdin.fd !== 'number') return;
  const found = fstatSync(stdin.fd);
  if (found.isDirectory()) {
    throw new AppError('file_is_directory', 'cannot read standard input: it is a directory');
  }
  if (found.isFile()) await refuseHead('-', readHead(stdin.fd));
}

async function refuseHead(name: string, head: Uint8Array): Promise<void> {
  refuseForm(name, head);
  await refuseInside(name, head);
}

/** The first bytes of a file; none of what is no file: a named pipe gives its bytes once. */
async function readFileHead(name: string): Promise<Uint8Array> {
  if (!(await stat(name)).isFile()) return new Uint8Array(0);
  let fd: number | null = null;
  try {
    fd = openSync(name, 'r');
    return readHead(fd);
  } catch (error) {
    throw openError(name, error);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** Leaves the place that the file is read from where it is. */
function readHead(fd: number): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  return head.subarray(0, readSync(fd, head, 0, head.length, 0));
}
