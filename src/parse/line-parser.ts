/** Reads lines: takes the envelope off, puts pieces together, and reads the message in the first format that fits. */
import {
  type Identity,
  type LineParser,
  numbersOf,
  type Origin,
  type Outcome,
  type RejectReason,
} from '../domain/entry.ts';
import { LINE_BYTES_MAX, PARTIAL_STREAMS_MAX, REJECT_TEXT_MAX } from '../domain/limits.ts';
import { Pieces } from './assembly.ts';
import { compileFormats } from './compiled-formats.ts';
import { openObject } from './envelope/json.ts';
import { openBare, openLine } from './envelope/open.ts';
import { newOpened, type Opened } from './envelope/opened.ts';
import { JsonAssembly } from './json-assembly.ts';
import { parseJsonObject } from './json-format.ts';
import type { LogFormat } from './log-format.ts';
import { MessageReader, type Reading } from './message.ts';
import { readOpened } from './open-message.ts';
import { type Stream, Streams } from './streams.ts';

const BRACE = 0x7b;

/** Where a line came from, kept with the pieces that wait. */
interface Source {
  readonly stream: Stream;
  readonly envelope: string;
  readonly utf8: boolean;
}

/**
 * Creates a parser for one stream of lines.
 * Shape: `format` is an Envoy format string or a JSON map of keys to operators of the user's own, tried before the known
 * ones; `identity` stands in for what the envelope of a line does not tell; `formats` replaces the known formats.
 * A record that comes in pieces is one outcome, told with its last piece. What had to be given up on the way is told by
 * a later `push` that has nothing else to tell, or by `end`, which is called until it answers null.
 * Errors: `bad_format`.
 */
export function createLineParser(options: {
  readonly format: string | null;
  readonly identity: Identity;
  readonly formats?: readonly LogFormat[];
}): LineParser {
  return new Parser(new MessageReader(compileFormats(options.format, options.formats)), options.identity);
}

class Parser implements LineParser {
  readonly #messages: MessageReader;
  readonly #streams: Streams;
  readonly #opened: Opened;
  readonly #pieces = new Pieces<Source>();
  readonly #objects = new JsonAssembly<Stream, Source>();
  readonly #later: Outcome[] = [];

  constructor(messages: MessageReader, identity: Identity) {
    this.#messages = messages;
    this.#streams = new Streams(identity);
    this.#opened = newOpened(this.#streams.fallback);
  }

  push(line: string, utf8: boolean): Outcome | null {
    const outcome = this.#read(line, utf8);
    if (outcome !== null && /[ \t]$/.test(line) && isBlankTaken(outcome)) {
      return this.#readTrimmed(line, utf8) ?? outcome;
    }
    return outcome ?? this.#later.shift() ?? null;
  }

  pushRecord(text: string, utf8: boolean, origin: Origin): Outcome | null {
    const line = text.replace(/\r?\n$/, '');
    if (line.length > LINE_BYTES_MAX) return reject('line_too_long', line, this.#streams.of(origin.identity));
    const opened = this.#opened;
    this.#open(line);
    opened.stream = this.#streams.within(origin.identity, opened.stream.identity);
    opened.envelope = origin.envelope;
    // A record is whole by itself, but for what a container runtime has cut before its transport saw it.
    if (opened.pieces === null) return this.#readOpened(opened, utf8);
    const { pod, namespace, container, node } = opened.stream.identity;
    const key = JSON.stringify([pod, namespace, container, node, opened.pieces]);
    const joined = this.#join(opened, key, utf8);
    return joined === 'whole' ? this.#readOpened(opened, utf8) : joined;
  }

  end(): Outcome | null {
    const later = this.#later.shift();
    if (later !== undefined) return later;
    const pieces = this.#pieces.takeOldest();
    if (pieces !== null) return this.#readLastPieces(pieces.source, pieces.text);
    const object = this.#objects.takeOldest();
    return object === null ? null : reject('truncated', object.text, object.source.stream);
  }

  idle(): boolean {
    return this.#objects.size === 0 && this.#pieces.size === 0 && this.#later.length === 0;
  }

  /** Reads a line that blanks were added to, as copying does; null: it is no better without them. */
  #readTrimmed(line: string, utf8: boolean): Outcome | null {
    if (!this.idle()) return null;
    const trimmed = line.trimEnd();
    const outcome = this.#read(trimmed, utf8);
    if (outcome?.kind !== 'accepted') return null;
    const raw = outcome.line.raw + line.slice(trimmed.length);
    return { kind: 'accepted', line: { ...outcome.line, raw, rebuildable: false } };
  }

  #read(line: string, utf8: boolean): Outcome | null {
    if (line.length > LINE_BYTES_MAX) return reject('line_too_long', line, this.#streams.fallback);
    const opened = this.#opened;
    this.#open(line);
    if (opened.pieces === null) return this.#readMessage(opened, utf8);
    const joined = this.#join(opened, opened.pieces, utf8);
    return joined === 'whole' ? this.#readMessage(opened, utf8) : joined;
  }

  /** Takes the envelope off a line, into `#opened`. */
  #open(line: string): void {
    openLine(line, this.#streams, this.#opened);
    if (this.#opened.envelope !== 'none' && this.#messages.isOwn(line))
      openBare(line, this.#streams, this.#opened);
  }

  /** Keeps a piece, or puts the last one to those before it: `opened` is then the whole message. */
  #join(opened: Opened, key: string, utf8: boolean): Outcome | 'whole' | null {
    const source = { stream: opened.stream, envelope: opened.envelope, utf8 };
    const text = opened.text.slice(opened.at);
    const joined = opened.last ? this.#pieces.finish(key, source, text) : this.#pieces.add(key, source, text);
    if (joined === null) return null;
    if (typeof joined !== 'string') return reject(joined.reason, joined.text, joined.source.stream);
    opened.text = joined;
    opened.at = 0;
    return 'whole';
  }

  /** What waits at the end may lack no more than its newline. */
  #readLastPieces(source: Source, text: string): Outcome {
    const opened = this.#opened;
    Object.assign(opened, { stream: source.stream, envelope: source.envelope, text, at: 0, object: null });
    const outcome = this.#readOpened(opened, source.utf8);
    return outcome.kind === 'accepted' ? outcome : reject('truncated', text, source.stream);
  }

  /** Reads a whole message, which may be one line of a JSON object over several lines. */
  #readMessage(opened: Opened, utf8: boolean): Outcome | null {
    if (this.#objects.size > 0 && opened.object === null) {
      const fed = this.#objects.feed(opened.stream, opened.text.slice(opened.at));
      if (fed.kind === 'part') return null;
      if (fed.kind === 'whole') return this.#readWholeObject(fed.source, fed.text);
      if (fed.kind === 'too_long') return reject('partial_too_long', fed.text, opened.stream);
      if (fed.kind === 'broken') this.#later.push(reject('truncated', fed.text, opened.stream));
    }
    const reading = readOpened(opened, this.#messages, this.#streams);
    if (reading.kind === 'reject' && opened.text.charCodeAt(opened.at) === BRACE && opened.object === null) {
      const source = { stream: opened.stream, envelope: opened.envelope, utf8 };
      if (this.#objects.begin(opened.stream, source, opened.text.slice(opened.at)))
        return this.#trimObjects();
    }
    return this.#toOutcome(opened, reading, utf8);
  }

  #trimObjects(): Outcome | null {
    if (this.#objects.size <= PARTIAL_STREAMS_MAX) return null;
    const oldest = this.#objects.takeOldest();
    return oldest === null ? null : reject('truncated', oldest.text, oldest.source.stream);
  }

  #readWholeObject(source: Source, text: string): Outcome {
    const object = parseJsonObject(text);
    if (object === null) return reject('invalid_json', text, source.stream);
    const opened = this.#opened;
    Object.assign(opened, { stream: source.stream, envelope: source.envelope, text, at: 0, object });
    if (source.envelope === 'none') openObject(object, this.#streams, opened);
    return this.#readOpened(opened, source.utf8);
  }

  #readOpened(opened: Opened, utf8: boolean): Outcome {
    return this.#toOutcome(opened, readOpened(opened, this.#messages, this.#streams), utf8);
  }

  #toOutcome(opened: Opened, reading: Reading, utf8: boolean): Outcome {
    const { stream, text, at } = opened;
    if (reading.kind === 'skip')
      return { kind: 'skipped', reason: reading.reason, identity: stream.identity };
    if (reading.kind === 'reject') return reject(reading.reason, text.slice(at), stream);
    return {
      kind: 'accepted',
      line: {
        entry: reading.entry,
        identity: stream.identity,
        format: reading.format,
        envelope: opened.envelope,
        raw: at === 0 ? text : text.slice(at),
        rebuildable: reading.exact && utf8,
        utf8,
        numbers: numbersOf(reading.entry),
      },
    };
  }
}

/** True where blanks behind a line kept it from being read, or were taken for text behind the last field. */
function isBlankTaken(outcome: Outcome): boolean {
  return outcome.kind === 'accepted'
    ? outcome.line.entry.attributes?.trailing?.trim() === ''
    : outcome.kind === 'rejected';
}

function reject(reason: RejectReason, text: string, stream: Stream): Outcome {
  return { kind: 'rejected', reason, text: text.slice(0, REJECT_TEXT_MAX), identity: stream.identity };
}
