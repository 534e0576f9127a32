/**
 * What a query to Loki answers, kept in a file: one JSON document with all lines in it, of any length. Each line comes out as a
 * record of its own, with the labels of its stream, however long the document is.
 */
import { messageOf } from '../domain/errors.ts';
import { JSON_DEPTH_MAX, LABELS_LENGTH_MAX, LINE_BYTES_MAX } from '../domain/limits.ts';
import { DocumentError } from './json-documents.ts';

type Chunks = AsyncIterable<Uint8Array>;

/** Bytes of a beginning that are looked at. */
const HEAD_BYTES = 1_024;

/** Beginnings without their white space: of what a query answers, and of what is pushed to Loki. */
const ANSWERS = ['{"status":"success","data":{', '{"data":{'];
const KEYS = ['"resultType":', '"result":', '"stats":', '"encodingFlags":'];
const BEGINNINGS = [
  ...ANSWERS.flatMap((answer) => KEYS.map((key) => answer + key)),
  '{"streams":[{"stream":',
];

/** True for the beginning of such a document; no access log begins like that. */
export function beginsLokiExport(head: Uint8Array): boolean {
  const text = compact(head);
  return BEGINNINGS.some((beginning) => text.startsWith(beginning));
}

/** True while a beginning may be that of such a document, and is too short to tell. */
export function mayBeginLokiExport(head: Uint8Array): boolean {
  const text = compact(head);
  return (
    head.length < HEAD_BYTES &&
    BEGINNINGS.some((beginning) => beginning !== text && beginning.startsWith(text))
  );
}

function compact(head: Uint8Array): string {
  return Buffer.from(head.subarray(0, HEAD_BYTES))
    .toString('utf8')
    .replace(/[\s\uFEFF]+/g, '');
}

/**
 * The lines of such a document, each as a line of JSON with its `labels`, `timestamp` and `line`.
 * Errors: {@link DocumentError} when it is no JSON, holds no lines, or breaks off; after all lines before that.
 */
export async function* lokiExportLines(chunks: Chunks): AsyncGenerator<Uint8Array> {
  // Loaded by whoever needs it: most inputs are text.
  const { jsonParser } = await import('stream-json/core/parser.js');
  const parse = jsonParser({ packValues: false });
  const reader = new ExportReader();
  for await (const text of pieces(chunks)) {
    let records: readonly string[];
    try {
      const tokens = parse(text);
      records = typeof tokens === 'symbol' ? [] : reader.take(tokens.values);
    } catch (error) {
      throw error instanceof DocumentError ? error : new DocumentError(`it is not JSON: ${messageOf(error)}`);
    }
    for (const record of records) yield Buffer.from(record);
  }
  if (!reader.isWhole) throw new DocumentError('it ends in the middle');
}

/**
 * The text, cut behind each bracket that closes: the parser keeps back what stood before an error in the same piece, and
 * an entry ends with a bracket. Errors: {@link DocumentError} when it is not UTF-8.
 */
async function* pieces(chunks: Chunks): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (error) {
      throw new DocumentError('it is not UTF-8', { cause: error });
    }
  };
  for await (const chunk of chunks) {
    const text = decode(chunk);
    for (let from = 0; from < text.length; ) {
      const bracket = text.indexOf(']', from);
      const to = bracket < 0 ? text.length : bracket + 1;
      yield text.slice(from, to);
      from = to;
    }
  }
  yield decode();
}

type Token = { readonly name: string; readonly value?: string | boolean | null };

/** Where the reader is: outside of what is wanted, or in which part of a stream. */
interface Level {
  readonly isArray: boolean;
  /** Of an object, the key whose value comes. */
  key: string;
  /** Of an array, how many values came before. */
  index: number;
}

class ExportReader {
  readonly #levels: Level[] = [];
  /** Of the stream that is read; null before they came. */
  #labels: Map<string, string> | null = null;
  #labelsLength = 0;
  #time = '';
  #line: string | null = null;
  #text = '';
  #isWhole = false;
  #records: string[] = [];

  /** True at the end of the document. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The records that these tokens complete. Errors: {@link DocumentError}; the records before it come with the next. */
  take(tokens: readonly Token[]): readonly string[] {
    for (const token of tokens) this.#takeOne(token);
    const records = this.#records;
    this.#records = [];
    return records;
  }

  #takeOne({ name, value }: Token): void {
    switch (name) {
      case 'startKey':
      case 'startString':
        this.#text = '';
        break;
      case 'stringChunk':
        // One more than a line may have: enough to be found too long.
        if (this.#text.length <= LINE_BYTES_MAX) this.#text += String(value);
        break;
      case 'endKey':
        if (this.#level !== null) this.#level.key = this.#text;
        break;
      case 'startObject':
      case 'startArray':
        this.#open(name === 'startArray');
        break;
      case 'endObject':
      case 'endArray':
        this.#close();
        break;
      case 'endString':
        this.#string(this.#text);
        this.#next();
        break;
      case 'endNumber':
      case 'nullValue':
      case 'trueValue':
      case 'falseValue':
        this.#next();
        break;
    }
  }

  get #level(): Level | null {
    return this.#levels.at(-1) ?? null;
  }

  #open(isArray: boolean): void {
    if (this.#levels.length >= JSON_DEPTH_MAX)
      throw new DocumentError(`it nests deeper than ${JSON_DEPTH_MAX} levels`);
    const inside = this.#inside;
    if (inside === 'list' && !isArray) {
      this.#labels = null;
      this.#labelsLength = 0;
    } else if (inside === 'labels') this.#labels = new Map();
    else if (inside === 'entry') {
      this.#time = '';
      this.#line = null;
    }
    this.#levels.push({ isArray, key: '', index: 0 });
  }

  #close(): void {
    this.#levels.pop();
    if (this.#inside === 'entry') this.#finishEntry();
    if (this.#levels.length === 0) this.#isWhole = true;
    else this.#next();
  }

  /** What the value that comes, or that just ended, is. */
  get #inside(): 'list' | 'labels' | 'entry' | 'label' | 'time' | 'line' | 'other' {
    const depth = this.#levels.length;
    const outer = this.#levels[0]?.key === 'streams' ? 1 : this.#isResult() ? 2 : 0;
    if (outer === 0 || depth <= outer) return 'other';
    const inner = depth - outer;
    if (inner === 1) return 'list';
    const key = this.#levels[outer + 1]?.key;
    if (inner === 2) return key === 'stream' ? 'labels' : 'other';
    if (inner === 3) return key === 'stream' ? 'label' : key === 'values' ? 'entry' : 'other';
    if (inner !== 4 || key !== 'values') return 'other';
    const { index } = this.#level ?? { index: 2 };
    return index === 0 ? 'time' : index === 1 ? 'line' : 'other';
  }

  #isResult(): boolean {
    return this.#levels[0]?.key === 'data' && this.#levels[1]?.key === 'result';
  }

  #string(text: string): void {
    const [outer, inner] = this.#levels;
    if (
      this.#levels.length === 2 &&
      outer?.key === 'data' &&
      inner?.key === 'resultType' &&
      text !== 'streams'
    )
      throw new DocumentError(
        `it holds numbers and no lines: its resultType is ${JSON.stringify(text.slice(0, 20))}`,
      );
    switch (this.#inside) {
      case 'label':
        this.#labelsLength += text.length + (this.#level?.key.length ?? 0);
        if (this.#labelsLength > LABELS_LENGTH_MAX)
          throw new DocumentError(`the labels of a stream have more than ${LABELS_LENGTH_MAX} characters`);
        this.#labels?.set(this.#level?.key ?? '', text);
        break;
      case 'time':
        this.#time = text;
        break;
      case 'line':
        this.#line = text;
        break;
    }
  }

  #next(): void {
    const level = this.#level;
    if (level?.isArray === true) level.index++;
  }

  #finishEntry(): void {
    if (this.#line === null)
      throw new DocumentError('an entry has no line: expected ["<nanoseconds>", "<line>"]');
    if (this.#labels === null) throw new DocumentError('a stream has its values before its labels');
    const record = { labels: Object.fromEntries(this.#labels), timestamp: this.#time, line: this.#line };
    this.#records.push(`${JSON.stringify(record)}\n`);
  }
}
