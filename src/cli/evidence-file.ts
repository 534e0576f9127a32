/** Reads a document of evidence back: its lines as the proxies wrote them, each with who wrote it. */

import { AppError } from '../domain/errors.ts';
import { EVIDENCE_KIND, EVIDENCE_VERSION } from '../domain/evidence.ts';
import { EVIDENCE_FILE_BYTES_MAX } from '../domain/limits.ts';
import type { Incident } from '../domain/resources.ts';
import { inputName } from './text-file.ts';

/** An incident as a document tells it; what it holds beside its id is the document's word. */
export type ToldIncident = Partial<Incident> & { readonly id: string };

/** Told of each document that was read. */
export type OnEvidence = (incident: ToldIncident, name: string) => void;

const BEGINNING = `{"kind":"${EVIDENCE_KIND}"`;

/** True for the beginning of a document of evidence. */
export function beginsEvidence(chunk: Uint8Array): boolean {
  return squeezed(chunk).startsWith(BEGINNING);
}

/** True while a beginning does not tell yet whether it is that of such a document. */
export function mayBeginEvidence(head: Uint8Array): boolean {
  const text = squeezed(head);
  return head.length < 1_024 && text.length < BEGINNING.length && BEGINNING.startsWith(text);
}

function squeezed(head: Uint8Array): string {
  return Buffer.from(head.subarray(0, 1_024))
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replaceAll(/\s/g, '');
}

/**
 * The lines of a document, as records of JSON, one a line. It is held whole: it has an end, and a bound.
 * Errors: `bad_body` when it is no JSON, of another version, or larger than {@link EVIDENCE_FILE_BYTES_MAX}.
 */
export async function* evidenceLines(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  onEvidence: OnEvidence,
): AsyncGenerator<Uint8Array> {
  const { incident, lines } = readEvidence(name, await readWhole(name, chunks));
  onEvidence(incident, name);
  for (let from = 0; from < lines.length; from += PIECE_LINES) {
    const records = lines
      .slice(from, from + PIECE_LINES)
      .map((line) => `${JSON.stringify(recordOf(line))}\n`);
    yield Buffer.from(records.join(''));
  }
}

/** Lines handed on at once. */
const PIECE_LINES = 500;

async function readWhole(name: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > EVIDENCE_FILE_BYTES_MAX)
      throw unreadable(name, `it has more than ${EVIDENCE_FILE_BYTES_MAX} bytes`);
    // A chunk holds until the next one is asked for.
    parts.push(Buffer.from(chunk));
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

type Fields = Readonly<Record<string, unknown>>;

function readEvidence(
  name: string,
  text: string,
): { readonly incident: ToldIncident; readonly lines: readonly Fields[] } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw unreadable(name, 'it is no JSON, or cut off', error);
  }
  const { version, incident, lines } = fieldsOf(document);
  if (version !== EVIDENCE_VERSION) {
    const got = JSON.stringify(version) ?? 'nothing';
    throw unreadable(name, `got version ${got.slice(0, 120)}, expected ${EVIDENCE_VERSION}`);
  }
  const { id } = fieldsOf(incident);
  if (typeof id !== 'string' || !Array.isArray(lines))
    throw unreadable(name, 'it has no incident or no lines');
  return { incident: { ...fieldsOf(incident), id }, lines: lines.map(fieldsOf) };
}

function fieldsOf(value: unknown): Fields {
  // Any object can be asked for any field.
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** As stern's `json` has it; empty names are none. */
function recordOf({ line, pod, namespace, container, node }: Fields): object {
  return {
    message: textOf(line),
    nodeName: textOf(node),
    namespace: textOf(namespace),
    podName: textOf(pod),
    containerName: textOf(container),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function unreadable(name: string, why: string, cause?: unknown): AppError {
  return new AppError('bad_body', `cannot read the evidence in ${inputName(name)}: ${why}`, {
    cause,
    remedy: 'write it again with `meshwake get incidents ID --evidence`',
  });
}
