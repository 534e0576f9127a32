/** What formats are known, and how a single line is read: for people who ask. */
import { NO_IDENTITY } from '../domain/entry.ts';
import { formatName } from '../domain/format-name.ts';
import { compileFormats, FORMATS } from './compiled-formats.ts';
import { openLine } from './envelope/open.ts';
import { newOpened } from './envelope/opened.ts';
import { JsonAssembly } from './json-assembly.ts';
import { MessageReader } from './message.ts';
import { readOpened } from './open-message.ts';
import { Streams } from './streams.ts';

export interface FormatInfo {
  readonly name: string;
  readonly title: string;
  readonly kind: 'text' | 'json';
  readonly source: string;
  /** Name that the lines of this format are told to be of, where another one looks exactly the same; else null. */
  readonly readAs: string | null;
  /** Envoy format string; null for JSON and for ztunnel. */
  readonly format: string | null;
  readonly sample: string;
}

/** Lists the known formats, in the order in which they are tried. */
export function listFormats(): readonly FormatInfo[] {
  return FORMATS.map((format) => ({
    name: format.name,
    title: format.title,
    kind: format.kind === 'text' || format.kind === 'ztunnel-text' ? 'text' : 'json',
    source: format.source,
    readAs: format.readAs,
    format: format.kind === 'text' ? format.format : null,
    sample: format.samples[0]?.line ?? '',
  }));
}

export interface Explanation {
  readonly envelope: string;
  /** Format of an accepted line; of a rejected one, the format that fitted furthest; null when none did. */
  readonly format: string | null;
  /** `incomplete`: a piece of a message, whose rest is to come. */
  readonly outcome: 'accepted' | 'skipped' | 'rejected' | 'incomplete';
  /** Why it was skipped or rejected; null otherwise. */
  readonly reason: string | null;
  /** Where that format stopped: 1-based, in the line without colours, or in the message of a JSON envelope. */
  readonly column: number | null;
  /** What was expected there; null when that cannot be said. */
  readonly expected: string | null;
}

let reader: MessageReader | null = null;

/** Says how one line is read, by the known formats, without what came before it. */
export function explainLine(line: string): Explanation {
  reader ??= new MessageReader(compileFormats(null));
  const streams = new Streams(NO_IDENTITY);
  const opened = newOpened(streams.fallback);
  openLine(line, streams, opened);
  const nothing = { envelope: opened.envelope, format: null, reason: null, column: null, expected: null };
  if (opened.pieces !== null && !opened.last) return { ...nothing, outcome: 'incomplete' };
  const reading = readOpened(opened, reader, streams);
  // The message may have been in a field of what looked like one.
  const { envelope } = opened;
  if (reading.kind === 'entry')
    return { ...nothing, envelope, outcome: 'accepted', format: formatName(reading.format) };
  if (reading.kind === 'skip') return { ...nothing, envelope, outcome: 'skipped', reason: reading.reason };
  const message = opened.text.slice(opened.at);
  if (message.startsWith('{') && opened.object === null && beginsObject(message)) {
    return { ...nothing, outcome: 'incomplete' };
  }
  const { format, reason, at, expected } = reading;
  return { envelope, format, outcome: 'rejected', reason, column: at + 1, expected: expected || null };
}

function beginsObject(message: string): boolean {
  return new JsonAssembly<string, null>().begin('', null, message);
}
