/**
 * A segment: connections that all hold both lines, or all the client's, or all the server's, as columns, sorted by row. Little endian.
 *
 *   rows, columns   how many (two bytes each); columns are 15, or 20 where a line has a hash of its own or a text
 *   heads           of each column: bytes of a value (0, 1, 2, 3, 4, 6), exceptions (two bytes), base (a double)
 *   columns         of each: its values, then its exceptions: place (two bytes) and value (a double), by place
 *
 * A value is stored less the base and plus one: 0 is none, all bits set an exception. Without bytes all values are the base, or none
 * where that is NaN: so are those of the line that no row has. Columns are those of `connection`, but that ports are not made smaller.
 * Texts are, row by row, the client's and the server's, this one without what it begins with as the client's does. Written by
 * `wasm/batch/segments.ts`.
 */
import { PORT_BASE, type RawRow } from '../rows.ts';
import { damaged } from '../stored.ts';
import { SIDES, type Sides } from './levels.ts';

/**
 * Numbers of columns. What the server's line has is less what the client's has, if there is one, but for its shape and its upstream port;
 * starts are less the second of the row otherwise.
 */
export const COLUMN = {
  ...{ row: 0, clientShape: 1, clientStart: 2, clientDuration: 3, clientReceived: 4, clientSent: 5 },
  ...{ clientUpstream: 6, clientDownstream: 7, serverShape: 8, serverStart: 9, serverDuration: 10 },
  ...{ serverReceived: 11, serverSent: 12, serverDownstream: 13, serverUpstream: 14 },
  ...{ clientHash: 15, serverHash: 16, clientText: 17, serverText: 18, sharedText: 19 },
} as const;

const NUMBERS = 15;
const ALL_COLUMNS = 20;
const HEAD_BYTES = 4;
const COLUMN_HEAD_BYTES = 11;
const EXCEPTION_BYTES = 10;
const WIDTHS: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 6]);
const TWO_16 = 0x1_0000;
const TWO_32 = 0x1_0000_0000;

export class Segment {
  /** How many; they have places from 0 on. */
  readonly rows: number;
  /** The lines that all rows hold. */
  readonly sides: Sides;
  readonly #bytes: Buffer;
  readonly #hasRest: boolean;
  readonly #width: number[] = [];
  readonly #base: number[] = [];
  readonly #begin: number[] = [];
  readonly #exceptions: number[] = [];
  readonly #readTexts: () => Buffer | null;
  #texts: Texts | null = null;

  /** `readTexts` is called when the first text is asked for. Errors: `db_damaged`. */
  constructor(bytes: Buffer, readTexts: () => Buffer | null) {
    const columns = bytes.length < HEAD_BYTES ? 0 : bytes.readUInt16LE(2);
    let at = HEAD_BYTES + columns * COLUMN_HEAD_BYTES;
    if ((columns !== NUMBERS && columns !== ALL_COLUMNS) || bytes.length < at) throw unreadable();
    this.rows = bytes.readUInt16LE(0);
    this.#bytes = bytes;
    this.#hasRest = columns === ALL_COLUMNS;
    this.#readTexts = readTexts;
    for (let column = 0; column < columns; column++) {
      const head = HEAD_BYTES + column * COLUMN_HEAD_BYTES;
      const width = bytes[head] as number;
      const exceptions = bytes.readUInt16LE(head + 1);
      if (!WIDTHS.has(width)) throw unreadable();
      this.#width.push(width);
      this.#exceptions.push(exceptions);
      this.#base.push(bytes.readDoubleLE(head + 3));
      this.#begin.push(at);
      at += this.rows * width + exceptions * EXCEPTION_BYTES;
    }
    if (at !== bytes.length || this.rows === 0) throw unreadable();
    this.sides = this.#isWithout(COLUMN.serverShape)
      ? SIDES.client
      : this.#isWithout(COLUMN.clientShape)
        ? SIDES.server
        : SIDES.both;
  }

  /** True where no row has a value. */
  #isWithout(column: number): boolean {
    return this.#width[column] === 0 && Number.isNaN(this.#base[column]);
  }

  /** The value of a column at a place; NaN: none. */
  number(column: number, place: number): number {
    const bytes = this.#bytes;
    const width = this.#width[column] as number;
    const base = this.#base[column] as number;
    const at = (this.#begin[column] as number) + width * place;
    let code = 0;
    let most = 0;
    switch (width) {
      case 0:
        return base;
      case 1:
        code = bytes[at] as number;
        most = 0xff;
        break;
      case 2:
        code = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
        most = 0xffff;
        break;
      case 3:
        code = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
        most = 0xff_ffff;
        break;
      case 4:
        code = bytes.readUInt32LE(at);
        most = TWO_32 - 1;
        break;
      default:
        code = bytes.readUInt32LE(at) + TWO_32 * bytes.readUInt16LE(at + 4);
        most = TWO_32 * TWO_16 - 1;
    }
    if (code === 0) return Number.NaN;
    return code === most ? this.#exception(column, place) : base + code - 1;
  }

  #exception(column: number, place: number): number {
    const begin = (this.#begin[column] as number) + (this.#width[column] as number) * this.rows;
    let low = 0;
    let high = this.#exceptions[column] as number;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#bytes.readUInt16LE(begin + middle * EXCEPTION_BYTES) < place) low = middle + 1;
      else high = middle;
    }
    const at = begin + low * EXCEPTION_BYTES;
    if (low === this.#exceptions[column] || this.#bytes.readUInt16LE(at) !== place) throw unreadable();
    return this.#bytes.readDoubleLE(at + 2);
  }

  /** The first place whose row is not smaller; `rows` where there is none. */
  placeFrom(row: number): number {
    let low = 0;
    let high = this.rows;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.number(COLUMN.row, middle) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** All rows less a first one: as numbers of 32 bits, which rows of a segment that is added are always told by. */
  rowsLess(first: number): Uint32Array {
    const rows = new Uint32Array(this.rows);
    const width = this.#width[COLUMN.row] as number;
    const less = (this.#base[COLUMN.row] as number) - first - 1;
    // As most are written: no value is an exception, and none is wanting.
    const isPlain = width > 0 && this.#exceptions[COLUMN.row] === 0;
    const begin = this.#begin[COLUMN.row] as number;
    for (let place = 0; place < rows.length; place++) {
      if (!isPlain) {
        rows[place] = this.number(COLUMN.row, place) - first;
        continue;
      }
      let code = 0;
      let worth = 1;
      for (let at = begin + width * place, end = at + width; at < end; at++, worth *= 0x100)
        code += worth * (this.#bytes[at] as number);
      rows[place] = code + less;
    }
    return rows;
  }

  /** What `connection` would have of a row. */
  raw(place: number): RawRow {
    const texts = this.#hasRest ? this.#textsOf() : null;
    return {
      row: this.number(COLUMN.row, place),
      c_shape: this.#orNull(COLUMN.clientShape, place),
      c_start: this.#orNull(COLUMN.clientStart, place),
      c_duration: this.#orNull(COLUMN.clientDuration, place),
      c_received: this.#orNull(COLUMN.clientReceived, place),
      c_sent: this.#orNull(COLUMN.clientSent, place),
      c_upstream_local_port: this.#portOf(COLUMN.clientUpstream, place),
      c_downstream_remote_port: this.#portOf(COLUMN.clientDownstream, place),
      s_shape: this.#orNull(COLUMN.serverShape, place),
      s_start: this.#orNull(COLUMN.serverStart, place),
      s_duration: this.#orNull(COLUMN.serverDuration, place),
      s_received: this.#orNull(COLUMN.serverReceived, place),
      s_sent: this.#orNull(COLUMN.serverSent, place),
      s_downstream_remote_port:
        this.sides === SIDES.server
          ? this.#portOf(COLUMN.serverDownstream, place)
          : this.#orNull(COLUMN.serverDownstream, place),
      s_upstream_local_port: this.#portOf(COLUMN.serverUpstream, place),
      mark: 0,
      c_hash: texts === null ? null : this.#orNull(COLUMN.clientHash, place),
      c_extra: texts === null ? null : texts.client(place),
      s_hash: texts === null ? null : this.#orNull(COLUMN.serverHash, place),
      s_extra: texts === null ? null : texts.server(place),
    };
  }

  #orNull(column: number, place: number): number | null {
    const value = this.number(column, place);
    return Number.isNaN(value) ? null : value;
  }

  #portOf(column: number, place: number): number | null {
    const port = this.number(column, place);
    return Number.isNaN(port) ? null : port - PORT_BASE;
  }

  #textsOf(): Texts {
    this.#texts ??= new Texts(this, this.#readTexts() ?? Buffer.alloc(0));
    return this.#texts;
  }
}

/** The texts of a segment. */
class Texts {
  readonly #segment: Segment;
  readonly #bytes: Buffer;
  /** Where those of each row begin. */
  readonly #begins: Uint32Array;

  constructor(segment: Segment, bytes: Buffer) {
    this.#segment = segment;
    this.#bytes = bytes;
    this.#begins = new Uint32Array(segment.rows);
    let at = 0;
    for (let place = 0; place < segment.rows; place++) {
      this.#begins[place] = at;
      at += lengthOf(segment, COLUMN.clientText, place) + lengthOf(segment, COLUMN.serverText, place);
    }
    if (at !== bytes.length) throw unreadable();
  }

  client(place: number): string | null {
    const length = this.#segment.number(COLUMN.clientText, place);
    const begin = this.#begins[place] as number;
    return Number.isNaN(length) ? null : this.#bytes.toString('utf8', begin, begin + length);
  }

  server(place: number): string | null {
    const length = this.#segment.number(COLUMN.serverText, place);
    if (Number.isNaN(length)) return null;
    const begin = this.#begins[place] as number;
    const own = begin + lengthOf(this.#segment, COLUMN.clientText, place);
    const shared = this.#segment.number(COLUMN.sharedText, place);
    if (shared === 0) return this.#bytes.toString('utf8', own, own + length);
    // A letter may have bytes in both parts.
    return Buffer.concat([
      this.#bytes.subarray(begin, begin + shared),
      this.#bytes.subarray(own, own + length),
    ]).toString();
  }
}

function lengthOf(segment: Segment, column: number, place: number): number {
  const length = segment.number(column, place);
  return Number.isNaN(length) ? 0 : length;
}

function unreadable(): Error {
  return damaged('a segment of connections cannot be read');
}
