/** In which form the bytes of an input come: packed or not, and as what text. */
import { AppError } from '../domain/errors.ts';
import { DecompressError, decompress, type Encoding } from '../ingest/decompress.ts';
import { headed, joined } from '../ingest/stream-bytes.ts';
import { quote } from './next-commands.ts';
import { inputName } from './text-file.ts';

type Chunks = AsyncGenerator<Uint8Array>;

/**
 * Bytes that tell the form of a file: the mark of a tar archive stands behind its first header, and a packed one has to be
 * read up to the end of its first block.
 */
export const HEAD_BYTES = 256 * 1024;

/** Beginnings of compressed files, in hexadecimal: those that are read, and those that are not, with what reads them. */
const READ: ReadonlyArray<readonly [magic: string, encoding: Encoding]> = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
];
const REFUSED: ReadonlyArray<readonly [magic: string, program: string, command: string]> = [
  ['fd377a585a00', 'xz', 'xz -dc'],
  ['425a68', 'bzip2', 'bzip2 -dc'],
  ['504b0304', 'zip', 'unzip -p'],
];
/** Bytes of the longest of them. A line is longer: nobody waits for the rest of one. */
const MAGIC_BYTES = Math.max(...[...READ, ...REFUSED].map(([magic]) => magic.length / 2));
/** How an archive is written to standard output, by what it is packed with. */
const UNTAR: Readonly<Record<string, string>> = { gzip: 'tar -xzOf', zstd: 'tar --zstd -xOf' };
const TAR_MARK = 'ustar';
const TAR_MARK_AT = 257;
const TAR_MARK_END = TAR_MARK_AT + TAR_MARK.length;

/** Texts of Windows begin with this, little endian. */
const UTF_16_MARK = 'fffe';

/** The bytes of a text in UTF-8, unpacked where they were packed. Errors: `input_compressed`, `input_damaged`. */
export async function* plainBytes(name: string, bytes: Chunks): Chunks {
  const chunks = headed(bytes, holdsMagic);
  const { value: first, done } = await chunks.next();
  if (done === true) return;
  refuseForm(name, first);
  const encoding = encodingOf(first);
  const all = joined(first, chunks);
  yield* encoding === null ? utf8Bytes(all) : utf8Bytes(unpacked(name, all, encoding));
}

/** Refuses what is not read even when it is unpacked. Shape: `head` is the beginning of a file. Errors: `input_compressed`. */
export async function refuseInside(name: string, head: Uint8Array): Promise<void> {
  const encoding = encodingOf(head);
  if (encoding === null) return;
  try {
    const unpacked = headed(decompress(oneChunk(head), encoding), (first) => first.length >= TAR_MARK_END);
    for await (const chunk of unpacked) {
      refuseForm(name, chunk, encoding);
      return;
    }
  } catch (error) {
    // A beginning is cut off; what is damaged before that is told when it is read.
    if (!(error instanceof DecompressError)) throw error;
  }
}

async function* oneChunk(bytes: Uint8Array): Chunks {
  yield bytes;
}

/** Errors: `input_compressed` for what has to be unpacked first; `within` is what it was packed with. */
export function refuseForm(name: string, head: Uint8Array, within: Encoding | null = null): void {
  const found = REFUSED.find(([magic]) => begins(head, magic));
  if (found !== undefined) {
    const [, program, command] = found;
    throw packed(name, `it is compressed with ${program}`, command);
  }
  const mark = Buffer.from(head.subarray(TAR_MARK_AT, TAR_MARK_END)).toString('latin1');
  if (mark === TAR_MARK) throw packed(name, 'it is a tar archive', UNTAR[within ?? ''] ?? 'tar -xOf');
}

async function* unpacked(name: string, chunks: Chunks, encoding: Encoding): Chunks {
  let first = true;
  try {
    for await (const chunk of headed(decompress(chunks, encoding), holdsMagic)) {
      if (first) refuseForm(name, chunk, encoding);
      first = false;
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof DecompressError)) throw error;
    throw new AppError('input_damaged', `cannot unpack ${inputName(name)}: ${error.message}`, {
      cause: error,
    });
  }
}

async function* utf8Bytes(chunks: Chunks): Chunks {
  const { value: first, done } = await chunks.next();
  if (done === true) return;
  const all = joined(first, chunks);
  if (!begins(first, UTF_16_MARK)) {
    yield* all;
    return;
  }
  const decoder = new TextDecoder('utf-16le');
  for await (const chunk of all) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

function encodingOf(head: Uint8Array): Encoding | null {
  return READ.find(([magic]) => begins(head, magic))?.[1] ?? null;
}

/** Whether the longest of the magic numbers would be seen. */
function holdsMagic(head: Uint8Array): boolean {
  return head.length >= MAGIC_BYTES;
}

function begins(bytes: Uint8Array, magic: string): boolean {
  return Buffer.from(bytes.subarray(0, magic.length / 2)).toString('hex') === magic;
}

function packed(name: string, cause: string, command: string): AppError {
  return new AppError('input_compressed', `cannot read ${inputName(name)}: ${cause}`, {
    remedy: `unpack it first: \`${command} ${name === '-' ? 'FILE' : quote(name)} | meshwake …\``,
  });
}
